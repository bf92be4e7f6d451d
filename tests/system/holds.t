#!/usr/bin/env python3
# Proves that nothing goes that is under a legal hold or a restriction, by
# dataset, store, subject or everything, on every path; that a hold takes
# effect on a pass under way; that plan, dry run and pass count it alike; and
# that what a hold kept goes with the next pass after its release.

import os
import sqlite3
import sys
import threading
import time
from datetime import timedelta

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
brake = { rows = 100000000; share = 1.0; };
"""
POLICY = """notice = { id = "h"; title = "Holds"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; },
  { name = "big"; sqlite = "../data/big.db"; },
  { name = "cvs"; files = "../data/cvs"; },
  { name = "old"; sqlite = "../data/old.db"; } );
datasets = (
  { name = "orders"; promise = "a year"; mode = "@"; store = "site";
    table = "orders"; keep = { period = "1 year"; from = "at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; nhs_number = "nhs"; }; },
  { name = "notes"; promise = "a year"; mode = "@"; store = "site";
    table = "orders"; keep = { period = "30 days"; from = "at"; clock = "unix"; };
    action = "anonymise"; columns = { note = "null"; }; },
  { name = "visits"; promise = "a year"; mode = "@"; store = "big";
    table = "visit"; keep = { period = "1 year"; from = "at"; clock = "unix"; };
    action = "delete"; },
  { name = "cvs"; promise = "a year"; mode = "@"; store = "cvs";
    match = "*.pdf"; keep = { period = "1 year"; from = "mtime"; };
    action = "delete"; },
  { name = "old"; promise = "until the end"; mode = "@"; store = "old";
    keep = { until_date = "2020-01-01"; agreement = "A1"; };
    action = "destroy"; subject = { email = "email"; }; }
);
"""
PEOPLE = [("Ann@Example.org ", "943 476 5919", "ann"), ("bob@example.org", None, "bob"),
          ("cat@example.net", "9434765870", "cat"), (None, None, "nobody")]


def mode(s, word):
    with open(s.path("policies.d", "h.conf"), "w") as f:
        f.write(POLICY.replace("@", word))


def setup():
    s = rt.Setup()
    for d in ("policies.d", "data", "data/cvs"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.path("retentiond.conf"), "w") as f:
        f.write(MAIN)
    mode(s, "report")
    return s


def fill(s):
    old = int(time.time()) - 800 * 86400
    for name in os.listdir(s.path("data")):
        if name.endswith(".db"):
            os.unlink(s.data(name))
    c = sqlite3.connect(s.data("site.db"))
    c.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, "
              "nhs TEXT, note TEXT, at INTEGER)")
    c.executemany("INSERT INTO orders(email, nhs, note, at) VALUES (?,?,?,?)",
                  [(e, n, t, old) for e, n, t in PEOPLE])
    c.commit()
    c.close()
    c = sqlite3.connect(s.data("big.db"))
    c.execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, at INTEGER)")
    c.execute("INSERT INTO visit VALUES (1, ?)", (old,))
    c.commit()
    c.close()
    c = sqlite3.connect(s.data("old.db"))
    c.execute("CREATE TABLE x (a)")
    c.close()
    with open(s.data("cvs", "a.pdf"), "w") as f:
        f.write("cv")
    os.utime(s.data("cvs", "a.pdf"), (old, old))


def rows(s):
    return [r[0] for r in s.sql("site.db", "SELECT note FROM orders ORDER BY id")]


def counts(s, field):
    plan = s.ctl_json("plan")
    bad = [d["dataset"] for d in plan["datasets"] if d.get("total") !=
           sum(d.get(k, 0) for k in ("due", "held", "restricted", "undated",
                                     "future", "kept"))]
    rt.none(bad, "counts add up")
    return {d["dataset"].split("/")[1]: d[field] for d in plan["datasets"]
            if d.get(field)}


def run(s):
    return s.ctl("run", "--wait").returncode


def hold(s, *args):
    r = s.ctl("hold", "add", *args, "--matter", "case 17")
    rt.same(r.returncode, 0, "held: " + " ".join(args))
    return r.out.split()[-1]


def every_scope():
    s = setup()
    fill(s)
    s.ctl("key", "init")
    s.start()
    all_ = hold(s, "--all")
    mode(s, "enforce")
    rt.same(s.ctl("reload").returncode, 0, "the policies come in")
    run(s)
    rt.same((len(rows(s)), os.path.exists(s.data("old.db")),
             os.path.exists(s.data("cvs", "a.pdf"))), (4, True, True),
            "all: nothing went")
    rt.same(counts(s, "held"), {"orders": 4, "notes": 4, "visits": 1,
                                "cvs": 1, "old": 1}, "and counts as held")
    dry = [line.split() for line in s.retentiond("--dry-run").out.splitlines()]
    rt.same([w[3] for w in dry if w and w[0] == "h/orders"], ["0"],
            "a dry run knows it without the ledger")
    rt.same(s.ctl("hold", "add", "--dataset", "h/nothing", "--matter",
                  "x").returncode, 1, "an unknown dataset is refused")
    rt.same(s.ctl("hold", "add", "--matter", "x").returncode, 64,
            "no scope is wrong usage")
    rt.same(s.ctl("hold", "add", "--subject", "shoe_size=4", "--matter",
                  "x").returncode, 1, "a kind that nobody declares")
    rt.same(s.ctl("hold", "add", "--subject", "nhs_number=9434765918",
                  "--matter", "x").returncode, 1, "a wrong check digit")
    rest = [hold(s, "--dataset", "h/visits"), hold(s, "--store", "h/cvs"),
            hold(s, "--subject", "email= ann@EXAMPLE.org"),
            hold(s, "--subject", "nhs_number=943 476 5870")]
    rt.same(s.ctl("hold", "release", all_, "--reason", "over").returncode, 0,
            "the hold on all is released")
    run(s)
    rt.same(rows(s), ["ann", "cat"], "subjects by two kinds stay, in every "
            "spelling, and untouched by the dataset that does not declare "
            "them; the others went")
    rt.same((s.sql("big.db", "SELECT count(*) FROM visit")[0][0],
             os.path.exists(s.data("cvs", "a.pdf"))), (1, True),
            "so do the dataset and the store under hold")
    rt.same(os.path.exists(s.data("old.db")), True, "a store is not "
            "destroyed while one person is under hold who may be in it")
    rt.same(counts(s, "held"), {"orders": 2, "notes": 2, "visits": 1,
                                "cvs": 1, "old": 1}, "counted")
    r = s.ctl("subject", "restrict", "--email", "cat@example.net")
    rt.same(r.returncode, 0, "a restriction beside a hold")
    rt.same(counts(s, "held")["orders"], 2, "the hold is what counts")
    s.ctl("hold", "release", rest[3])
    run(s)
    rt.same((rows(s), counts(s, "restricted").get("orders")), (["ann", "cat"], 1),
            "released, and still restricted")
    s.stop()
    rt.same(s.retentiond("--once").returncode, 0, "a pass without control")
    rt.same(rows(s), ["ann", "cat"], "keeps them too: it outlives a restart")
    s.start()
    rt.same(s.ctl("subject", "unrestrict", "--email",
                  "CAT@example.net").returncode, 0, "unrestricted")
    run(s)
    rt.same(rows(s), ["ann"], "and gone with the next pass")
    for h in rest[:3]:
        s.ctl("hold", "release", h)
    run(s)
    rt.same((rows(s), s.sql("big.db", "SELECT count(*) FROM visit")[0][0],
             os.path.exists(s.data("old.db")),
             os.path.exists(s.data("cvs", "a.pdf"))), ([], 0, False, False),
            "after the last release everything that was deferred goes")
    rt.same(s.ctl("hold", "release", rest[0]).returncode, 1, "only once")
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    types = [r["type"] for r in s.trail()]
    rt.same([types.count(t) for t in ("hold", "release", "restrict",
                                      "unrestrict")], [5, 5, 1, 1],
            "each is recorded once")
    text = b"".join(open(os.path.join(d, f), "rb").read()
                    for d, _, fs in os.walk(s.path("state")) for f in fs)
    rt.none([p for p in (b"ann@", b"Ann@", b"cat@", b"9434765870",
                         b"943 476") if p in text],
            "and no identifier is in the state folder")
    s.close()


def expires():
    s = setup()
    fill(s)
    s.ctl("key", "init")
    s.start()
    until = rt.rfc3339(rt.now() + timedelta(seconds=5))
    hold(s, "--all", "--until", until)
    mode(s, "enforce")
    s.ctl("reload")
    run(s)
    rt.same(len(rows(s)), 4, "until: not before")
    time.sleep(5)
    run(s)
    rt.same(len(rows(s)), 0, "and after it")
    s.stop()
    s.close()


def under_way():
    s = setup()
    fill(s)
    c = sqlite3.connect(s.data("big.db"))
    c.execute("PRAGMA journal_mode=WAL")
    n = 300000
    c.execute("WITH RECURSIVE k(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM k "
              "WHERE i < ?) INSERT INTO visit SELECT i, ? FROM k",
              (n, int(time.time()) - 800 * 86400))
    c.commit()
    stop = threading.Event()

    def company():          # somebody who writes keeps the batches small
        w = sqlite3.connect(s.data("big.db"), timeout=10)
        while not stop.is_set():
            w.execute("INSERT INTO visit(at) VALUES (9999999999)")
            w.commit()
            time.sleep(0.01)
        w.close()

    t = threading.Thread(target=company)
    t.start()
    s.ctl("key", "init")
    mode(s, "enforce")
    s.start()
    past = "SELECT count(*) FROM visit WHERE at < 9999999999"
    rt.await_(30, lambda: c.execute(past).fetchone()[0] < n)
    hold(s, "--dataset", "h/visits")
    first = c.execute(past).fetchone()[0]
    time.sleep(1)
    rt.ok(0 < first < n, "a hold comes in the middle of a pass", first)
    rt.same(c.execute(past).fetchone()[0], first,
            "when it is answered, nothing more goes")
    run(s)
    rt.same(c.execute(past).fetchone()[0], first, "nor with the next pass")
    stop.set()
    t.join()
    c.close()
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    told = sum(r["erased"] for r in s.trail() if r["type"] in ("done", "fail"))
    rt.same(told - sum(v for k, v in s.erased().items() if k != "h/visits"),
            n - first, "and tells exactly what went before")
    s.close()


def deferred():
    """What holds keep is on record once: not with every pass or start."""
    def said():
        return [(r["held"], r["restricted"]) for r in s.trail()
                if r["type"] == "defer" and r["dataset"] == "h/orders"]

    s = setup()
    fill(s)
    s.ctl("key", "init")
    s.start()
    one = hold(s, "--subject", "email=ann@example.org")
    mode(s, "enforce")
    s.ctl("reload")
    run(s)
    rt.same((rows(s), said()), (["ann"], [(1, 0)]), "deferred: recorded")
    run(s)
    s.stop()
    s.start()
    run(s)
    s.ctl("reload")
    run(s)
    rt.same(said(), [(1, 0)], "deferred: once, over passes and starts")
    old = int(time.time()) - 800 * 86400
    s.sql("site.db", "INSERT INTO orders(email, note, at) VALUES"
          " ('ann@example.org', 'ann', ?)", old)
    run(s)
    rt.same(said(), [(1, 0)], "deferred: not again on the same day")
    two = hold(s, "--all")
    run(s)
    rt.same(said(), [(1, 0), (2, 0)], "deferred: by another hold, more")
    s.ctl("hold", "release", two)
    run(s)
    rt.same(said(), [(1, 0), (2, 0)], "deferred: what is less needs none")
    s.ctl("hold", "release", one)
    rt.ok(rt.await_(10, lambda: rows(s) == []), "deferred: the release alone "
          "takes it up")
    c = sqlite3.connect(s.path("state", "ledger.db"))
    was = c.execute("SELECT held FROM deferred WHERE dataset = 'h/orders'")
    rt.same(was.fetchone(), (0,), "deferred: and nothing is")
    c.close()
    s.stop()
    rt.same(s.verify().returncode, 0, "deferred: the trail is valid")
    s.close()


def unreadable():
    s = setup()
    fill(s)
    s.ctl("key", "init")
    s.start()
    s.ctl("hold", "add", "--all", "--matter", "x")
    mode(s, "enforce")
    s.ctl("reload")
    hold(s, "--subject", "email=ann@example.org")
    s.stop()
    os.unlink(s.path("state", "keys", "subject.key"))
    c = sqlite3.connect(s.path("state", "ledger.db"))
    c.execute("UPDATE hold SET released = 1 WHERE scope = 'all'")
    c.commit()
    c.close()
    rt.same(s.retentiond("--once").returncode, 1, "the key of the subjects "
            "is lost: the pass fails")
    rt.same((len(rows(s)), os.path.exists(s.data("old.db"))), (4, True),
            "and nothing goes that may be under hold")
    s.close()


every_scope()
expires()
under_way()
deferred()
unreadable()
rt.done()
