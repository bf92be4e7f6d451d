"""faultworld - a few items in every kind of store, and what must be true of
them whatever call has failed."""

import atexit
import gzip
import os
import shutil
import sqlite3
import tempfile

import rt

FEW = 4         # due items per dataset; as many are not
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "metrics.prom";
brake = { rows = 100000; share = 1.0; };
"""
POLICY = """
notice = { id = "w"; title = "World"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = (
  { name = "people"; sqlite = "../data/people.db"; },
  { name = "mail"; sqlite = "../data/mail.db"; },
  { name = "logs"; logs = "../data/access.log*"; },
  { name = "reports"; files = "../data/reports"; } );
datasets = (
  { name = "person"; promise = "two years"; basis = "test"; mode = "enforce";
    store = "people"; table = "person"; action = "delete";
    keep = { period = "2 years"; from = "at"; clock = "unix"; };
    children = ( { table = "parcel"; column = "owner"; } ); },
  { name = "letter"; promise = "two years"; basis = "test"; mode = "enforce";
    store = "mail"; table = "letter"; action = "delete";
    keep = { period = "2 years"; from = "at"; clock = "unix"; };
    files = { column = "file"; root = "../data/letters"; }; },
  { name = "guest"; promise = "two years"; basis = "test"; mode = "enforce";
    store = "mail"; table = "guest"; action = "anonymise";
    columns = { name = "null"; email = "redact"; };
    keep = { period = "2 years"; from = "at"; clock = "unix"; }; },
  { name = "line"; promise = "two years"; basis = "test"; mode = "enforce";
    store = "logs"; time_format = "combined"; action = "delete";
    keep = { period = "2 years"; from = "line"; }; },
  { name = "report"; promise = "two years"; basis = "test"; mode = "enforce";
    store = "reports"; match = "*.pdf"; action = "delete";
    keep = { period = "2 years"; from = "mtime"; }; } );
"""
LINE = '192.0.2.7 - - [%s +0000] "GET /%s HTTP/1.1" 200 7 "-" "-"\n'
NAMES = ("person", "letter", "guest", "line", "report")
OLD = 1262304000        # 2010
LOGS = ("access.log.1", "access.log.2.gz")


def _log(name, ids, how):
    opener = gzip.open if name.endswith(".gz") else open
    with opener(name, how) as f:
        for i in ids:
            f.write(LINE % ("01/Jan/2010:00:00:00" if i[0] == "d" else
                            "01/Jan/2026:00:00:00", i))


def fill(s, batch):
    """As many that are due as not, named d... and k..., new ones in each."""
    ids = ["%s%d-%d" % (x, batch, i) for i in range(FEW) for x in "dk"]
    at = {i: OLD if i[0] == "d" else OLD + 15 * 366 * 86400 for i in ids}
    c = sqlite3.connect(s.data("people.db"))
    for i in ids:
        c.execute("INSERT INTO person (name, at) VALUES (?, ?)", (i, at[i]))
        c.execute("INSERT INTO parcel (owner, name) VALUES ((SELECT"
                  " max(id) FROM person), ?)", (i,))
    c.commit()
    c.close()
    c = sqlite3.connect(s.data("mail.db"))
    for i in ids:
        with open(s.data("letters", i), "w") as f:
            f.write(i)
        c.execute("INSERT INTO letter VALUES (?, ?, ?)", (i, at[i], i))
        c.execute("INSERT INTO guest VALUES (?, ?, ?, ?)",
                  (i, at[i], i, i + "@example.org"))
        path = s.data("reports", i + ".pdf")
        with open(path, "w") as f:
            f.write(i)
        os.utime(path, (at[i], at[i]))
    c.commit()
    c.close()
    for k, name in enumerate(LOGS):
        _log(s.data(name), ids[k * FEW:(k + 1) * FEW], "at")


def build(batches):
    """A template.  With two, the first has gone: a state folder is there."""
    s = rt.Setup()
    for d in ("data", "data/reports", "data/letters", "policies.d"):
        os.mkdir(s.path(d))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "w.conf"), "w") as f:
        f.write(POLICY)
    c = sqlite3.connect(s.data("people.db"))
    c.executescript(
        "PRAGMA journal_mode = WAL;"
        "CREATE TABLE person (id INTEGER PRIMARY KEY, at INT, name TEXT);"
        "CREATE TABLE parcel (id INTEGER PRIMARY KEY, owner INT REFERENCES"
        " person (id), name TEXT); CREATE INDEX po ON parcel (owner);")
    c.close()
    c = sqlite3.connect(s.data("mail.db"))
    c.executescript("CREATE TABLE letter (id TEXT PRIMARY KEY, at INT,"
                    " file TEXT) WITHOUT ROWID; CREATE TABLE guest"
                    " (id TEXT PRIMARY KEY, at INT, name TEXT, email TEXT);")
    c.close()
    for batch in range(batches):
        fill(s, batch)
        if batch + 1 < batches:
            r = s.retentiond("--once")
            rt.ok(r.returncode == 0, "an earlier life", r.err)
    s.batches = batches
    return s


def copy(template):
    s = rt.Setup()
    atexit.unregister(s.close)
    os.rmdir(s.dir)
    shutil.copytree(template.dir, s.dir)
    s.batches = template.batches
    return s


def drop(s):
    shutil.rmtree(s.dir, ignore_errors=True)


def look(s):
    """Per dataset the names of what is there, and what is wrong with it."""
    there, wrong = {}, []
    with tempfile.TemporaryDirectory() as d:
        for f in os.listdir(s.path("data")):
            if f.startswith(("people.db", "mail.db")):
                shutil.copy(s.data(f), d)
        c = sqlite3.connect(os.path.join(d, "people.db"))
        m = sqlite3.connect(os.path.join(d, "mail.db"))
        for x in (c, m):
            if x.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                wrong.append("a database is broken")
        there["person"] = {r[0] for r in c.execute("SELECT name FROM person")}
        pairs = {r[0] for r in c.execute(
            "SELECT parcel.name FROM parcel JOIN person ON owner = person.id"
            " AND person.name = parcel.name")}
        n = c.execute("SELECT count(*) FROM parcel").fetchone()[0]
        if pairs != there["person"] or n != len(pairs):
            wrong.append("rows are torn from their children")
        letters = set(m.execute("SELECT id, file FROM letter"))
        there["letter"] = {r[0] for r in letters}
        there["guest"] = set()
        for i, name, mail in m.execute("SELECT id, name, email FROM guest"):
            if (name, mail) == (i, i + "@example.org"):
                there["guest"].add(i)
            elif name is not None or "example" in mail:
                wrong.append("a guest is half anonymised")
        c.close()
        m.close()
    there["line"] = set()
    for name in LOGS:
        opener = gzip.open if name.endswith(".gz") else open
        if os.path.exists(s.data(name)):
            with opener(s.data(name), "rt") as f:
                there["line"] |= {x.split("/")[-2].split(" ")[0] for x in f
                                  if x.strip()}
    there["report"] = {f[:-4] for f in os.listdir(s.data("reports"))
                       if f.endswith(".pdf") and f[0] != "."}
    for folder, end in (("letters", ""), ("reports", ".pdf")):
        for f in os.listdir(s.data(folder)):
            if f[0] == "k":
                with open(s.data(folder, f)) as g:
                    if g.read() != f[:len(f) - len(end)]:
                        wrong.append("a file that stays was changed")
    for b in range(s.batches):
        kept = {"k%d-%d" % (b, i) for i in range(FEW)}
        for n in NAMES:
            if kept - there[n]:
                wrong.append("%s: gone, and was not due" % n)
        if kept - set(os.listdir(s.data("letters"))):
            wrong.append("letters: a file is gone that was not due")
    return there, wrong


def names_due(s):
    return {"d%d-%d" % (b, i) for b in range(s.batches) for i in range(FEW)}


def told(s):
    """Items intended and erased per dataset, by whole lines of the trail, and
    what is wrong with the outcomes."""
    import json
    intended, erased = dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0)
    opened, wrong, log = {}, [], s.path("state", "trail", "log")
    for f in sorted(os.listdir(log)) if os.path.isdir(log) else []:
        opener = gzip.open if f.endswith(".gz") else open
        with opener(os.path.join(log, f), "rb") as g:
            lines = g.read().split(b"\n")[:-1]
        for r in map(json.loads, lines):
            if r["type"] == "intent":
                opened[r["op"]] = r
                intended[r["dataset"][2:]] += r["n"]
            elif r["type"] in ("done", "fail"):
                i = opened.pop(r["op"], None)
                if i is None:
                    wrong.append("an outcome without an open intent")
                    continue
                erased[i["dataset"][2:]] += r["erased"]
                if r["erased"] + r["left"] + sum(
                        r.get("skipped", {}).values()) != i["n"]:
                    wrong.append("an outcome does not add up")
    return intended, erased, opened, wrong


def wrong_now(s):
    """What is wrong at once after the fault."""
    there, out = look(s)
    intended, erased, _, wrong = told(s)
    out += wrong
    for n in NAMES:
        gone = len(names_due(s) - there[n])
        if gone > intended[n]:
            out.append("%s: %d are gone, %d intended" % (n, gone, intended[n]))
        if erased[n] > gone:
            out.append("%s: %d are gone, %d done" % (n, gone, erased[n]))
    return out


def wrong_later(s):
    """What is wrong after a run in which nothing failed."""
    there, out = look(s)
    _, erased, opened, wrong = told(s)
    out += wrong
    for n in NAMES:
        left = names_due(s) & there[n]
        if left:
            out.append("%s: %d due are left" % (n, len(left)))
        if erased[n] != len(names_due(s)):
            out.append("%s: %d told as erased" % (n, erased[n]))
    if opened:
        out.append("%d operations are open" % len(opened))
    odd = [f for d in ("letters", "reports", "") for f in
           os.listdir(s.data(d)) if f.startswith((".retention", "d"))]
    if odd:
        out.append("left behind: %r" % odd)
    c = sqlite3.connect(s.path("state", "ledger.db"))
    if c.execute("PRAGMA integrity_check").fetchone() != ("ok",) or \
            c.execute("SELECT count(*) FROM op").fetchone() != (0,):
        out.append("the ledger is not in order")
    c.close()
    r = s.verify()
    if r.returncode != 0:
        out.append("verify: %d: %s" % (r.returncode, r.out + r.err))
    return out
