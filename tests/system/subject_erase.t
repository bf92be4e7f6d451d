#!/usr/bin/env python3
# Proves that a person's request reaches every store that knows the person,
# does each dataset's own action at once, children and files too, leaves
# everybody else byte for byte, is refused where a hold or restriction is,
# outlives kill -9 between stores, and is on record without an identifier.

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
"""
HEAD = """notice = { id = "p"; title = "Persons"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "crm"; sqlite = "../data/crm.db"; },
  { name = "shop"; sqlite = "../data/shop.db"; },
  { name = "news"; sqlite = "../data/news.db"; },
  { name = "help"; sqlite = "../data/help.db"; },
  { name = "files"; sqlite = "../data/files.db"; } );
datasets = (
  { name = "contacts"; promise = "2 years"; mode = "enforce"; store = "crm";
    table = "contact"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; %(window)s
    children = ( { table = "note"; column = "contact_id"; } );
    subject = { email = "email"; nhs_number = "nhs"; }; },
  { name = "orders"; promise = "2 years"; mode = "enforce"; store = "shop";
    table = "orders"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "anonymise"; columns = { email = "redact"; name = "null"; };
    subject = { email = "email"; }; },
  { name = "phones"; promise = "2 years"; mode = "enforce"; store = "shop";
    table = "orders"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "anonymise"; columns = { phone = "null"; };
    subject = { email = "email"; }; },
  { name = "invoices"; promise = "6 years"; mode = "enforce"; store = "shop";
    table = "invoice"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "tax"; promise = "6 years"; mode = "enforce"; store = "shop";
    table = "invoice"; keep = { period = "6 years"; from = "at"; clock = "unix"; };
    where = "taxed"; action = "delete"; },
  { name = "news"; promise = "until left"; mode = "enforce"; store = "news";
    table = "reader"; keep = { until = "left_at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "tickets"; promise = "2 years"; mode = "review"; store = "help";
    table = "ticket"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "cvs"; promise = "2 years"; mode = "enforce"; store = "files";
    table = "cv"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; files = { column = "path"; root = "../data/cv"; };
    subject = { email = "email"; }; },
  { name = "counts"; promise = "for ever"; mode = "report"; store = "help";
    table = "visit"; keep = { indefinitely = "how often"; };
    action = "delete"; subject = { %(counts)s = "email"; }; }
);
"""
STORES = ("crm.db", "shop.db", "news.db", "help.db", "files.db")
TABLES = {"crm.db": ("contact", "note"), "shop.db": ("orders", "invoice"),
          "news.db": ("reader",), "help.db": ("ticket", "visit"),
          "files.db": ("cv",)}
NOW = int(time.time())
ANN = "Ann.Example@Example.ORG "
ASKED = "ann.example@example.org"
SECRETS = [b"ann.example", b"Ann.Example", b"943 476", b"9434765919"]


def policy(s, window="", counts="login"):
    window = 'window = "%s";' % window if window else ""
    with open(s.path("policies.d", "p.conf"), "w") as f:
        f.write(HEAD % {"window": window, "counts": counts})


def setup(window="", counts="login"):
    s = rt.Setup()
    for d in ("policies.d", "data", "data/cv"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.conf, "w") as f:
        f.write(MAIN)
    policy(s, window, counts)
    s.ctl("key", "init")
    return s


def fill(s, many=0):
    def db(name, script, rows):
        c = sqlite3.connect(s.data(name))
        c.executescript(script)
        for sql, values in rows:
            c.executemany(sql, values)
        c.commit()
        c.close()
    db("crm.db", "CREATE TABLE contact (id INTEGER PRIMARY KEY, email TEXT, "
       "nhs TEXT, at INTEGER); CREATE TABLE note (id INTEGER PRIMARY KEY, "
       "contact_id INTEGER, text TEXT);", [
           ("INSERT INTO contact VALUES (?,?,?,?)",
            [(1, ANN, None, NOW), (2, "bob@example.org", "9434765870", NOW),
             (3, None, "943 476 5919", NOW), (4, None, None, NOW),
             (5, "ann.example@example.org.example.net", None, NOW)]),
           ("INSERT INTO note VALUES (?,?,?)",
            [(1, 1, "about ann"), (2, 2, "about bob"), (3, 1, "more")])])
    db("shop.db", "CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, "
       "name TEXT, phone TEXT, total INTEGER, at INTEGER); CREATE TABLE "
       "invoice (id INTEGER PRIMARY KEY, email TEXT, taxed INTEGER, at "
       "INTEGER);", [
           ("INSERT INTO orders VALUES (?,?,?,?,?,?)",
            [(1, ASKED.upper(), "Ann", "1", 5, NOW),
             (2, "bob@example.org", "Bob", "2", 6, NOW)]),
           ("INSERT INTO invoice VALUES (?,?,?,?)",
            [(1, ASKED, 0, NOW), (2, ASKED, 1, NOW),
             (3, "bob@example.org", 0, NOW)])])
    db("news.db", "CREATE TABLE reader (id INTEGER PRIMARY KEY, email TEXT, "
       "left_at INTEGER);", [("INSERT INTO reader VALUES (?,?,?)",
                              [(1, "bob@example.org", None), (2, ASKED, None)])])
    db("help.db", "CREATE TABLE ticket (id INTEGER PRIMARY KEY, email TEXT, "
       "at INTEGER); CREATE TABLE visit (id INTEGER PRIMARY KEY, email TEXT);",
       [("INSERT INTO ticket VALUES (?,?,?)",
         [(i, ASKED if i % 2 else "bob@example.org", NOW)
          for i in range(1, 9)])])
    db("files.db", "CREATE TABLE cv (id INTEGER PRIMARY KEY, email TEXT, "
       "path TEXT, at INTEGER);",
       [("INSERT INTO cv VALUES (?,?,?,?)",
         [(1, ASKED, "ann.pdf", NOW), (2, "bob@example.org", "bob.pdf", NOW)])])
    for name in ("ann", "bob"):
        with open(s.data("cv", name + ".pdf"), "w") as f:
            f.write("cv of " + name)


def dump(s, mine=True):
    """Every row of every table, without those of the person."""
    out = {}
    for db, tables in TABLES.items():
        for t in tables:
            out[t] = s.sql(db, "SELECT * FROM %s ORDER BY id" % t)
    return out


def parts(reply):
    return {d["dataset"][2:]: (d["state"], d["erased"], d["left"])
            for d in reply["datasets"]}


def leaks(s):
    text = b"".join(open(os.path.join(d, f), "rb").read()
                    for d, _, fs in os.walk(s.path("state")) for f in fs)
    with open(s.log, "rb") as f:
        text += f.read()
    return [w for w in SECRETS if w in text]


def everywhere():
    # A window that is over: a request is not about what falls due.
    hour = (time.gmtime().tm_hour + 12) % 24
    s = setup("%02d:00-%02d:30" % (hour, hour))
    fill(s)
    rt.ok(s.start(), "the daemon runs")
    s.ctl("run", "--wait")
    before = dump(s)
    rt.same(s.ctl("subject", "erase").returncode, 64, "nobody named: usage")
    r = s.ctl("subject", "erase", "--shoe-size", "4")
    rt.same((r.returncode, "shoe_size" in r.err), (1, True),
            "a kind that no dataset declares is refused")
    rt.same(s.ctl("subject", "erase", "--nhs-number", "9434765918").returncode,
            1, "so is a wrong check digit")
    rt.same(dump(s), before, "and nothing has changed")
    r = s.ctl("subject", "erase", "--email", " ANN.example@example.org",
              "--nhs-number", "9434765919", "--reason", "asked by telephone",
              "--json")
    reply = json.loads(r.out)
    rt.same((r.returncode, reply["ok"]), (1, False), "not all of it went")
    rt.same(parts(reply), {
        "contacts": ("done", 2, 0), "orders": ("done", 1, 0),
        "phones": ("done", 1, 0), "invoices": ("left", 1, 1),
        "news": ("done", 1, 0), "tickets": ("done", 4, 0),
        "cvs": ("done", 1, 0)}, "an outcome of each dataset")
    rt.same([d["why"] for d in reply["datasets"] if d["left"]],
            ["1 kept longer by another dataset"], "and why something is left")
    after = dump(s)
    rt.same([r[0] for r in after["contact"]], [2, 4, 5], "by both identifiers, "
            "in every spelling, and no other")
    rt.same(after["note"], [before["note"][1]], "children went along")
    rt.same([(r[2], r[3], r[4]) for r in after["orders"]],
            [(None, None, 5), ("Bob", "2", 6)], "anonymised by both rules")
    rt.ok("ann" not in after["orders"][0][1].lower(), "the address is gone")
    rt.same([r[0] for r in after["invoice"]], [2, 3],
            "what the law keeps is kept")
    rt.same(os.listdir(s.data("cv")), ["bob.pdf"], "so did the file")
    bystanders = {t: [r for r in rows if r[0] in [x[0] for x in after[t]]
                      and (t, r[0]) != ("orders", 1)]
                  for t, rows in before.items()}
    rt.same({t: [r for r in rows if (t, r[0]) != ("orders", 1)]
             for t, rows in after.items()}, bystanders,
            "everybody else's rows are as they were")
    r = s.ctl("subject", "erase", "--email", ASKED)
    rt.same(parts(s.ctl_json("subject", "erase", "--email", ASKED))["tickets"],
            ("done", 0, 0), "again: there is nobody any more")
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    recs = [r for r in s.trail() if r.get("request") == reply["request"]]
    rt.same((len(recs), {r["cause"] for r in recs}, {r["type"] for r in recs}),
            (7, {"request"}, {"intent"}), "every intent has the request's id "
            "and its cause")
    req = [r for r in s.trail() if r["type"] == "request"
           and r["id"] == reply["request"]]
    rt.same([r["state"] for r in req if "dataset" not in r], ["open", "refused"],
            "the request is on record from the first word to the outcome")
    rt.same(sorted((r["dataset"][2:], r["state"], r["erased"], r["left"])
                   for r in req if "dataset" in r),
            sorted((d,) + v for d, v in parts(reply).items()),
            "and one outcome of each dataset")
    rt.none(leaks(s), "no identifier in state or log")
    s.close()


def held():
    s = setup()
    fill(s)
    s.start()
    s.ctl("hold", "add", "--store", "p/crm", "--matter", "case 1")
    reply = s.ctl_json("subject", "erase", "--email", ASKED)
    got = parts(reply)
    rt.same((got["contacts"], got["news"]), (("left", 0, 1), ("done", 1, 0)),
            "a hold on one store refuses there and says so; others go on")
    rt.same([d["why"] for d in reply["datasets"]
             if d["dataset"] == "p/contacts"], ["1 under a legal hold"], "why")
    rt.same(len(s.sql("crm.db", "SELECT 1 FROM contact")), 5, "all rows stay")
    s.close()
    s = setup()
    fill(s)
    s.start()
    s.ctl("subject", "restrict", "--email", "bob@example.org")
    reply = s.ctl_json("subject", "erase", "--email", "bob@example.org")
    rt.same({v[1] for v in parts(reply).values()}, {0},
            "who is under a restriction is not erased")
    rt.same({d["restricted"] for d in reply["datasets"]}, {1, 4},
            "and it says so")
    s.close()


def never():
    s = setup(counts="email")
    fill(s)
    s.sql("help.db", "INSERT INTO visit VALUES (1, ?)", ASKED)
    s.start()
    reply = s.ctl_json("subject", "erase", "--email", ASKED)
    rt.same(parts(reply)["counts"], ("never", 0, 0), "what is kept for ever "
            "stays, and is told")
    rt.same(len(s.sql("help.db", "SELECT 1 FROM visit")), 1, "it is there")
    s.close()


def many():
    s = setup()
    fill(s)
    rows = {"crm.db": "INSERT INTO contact(email, at) VALUES (?, ?)",
            "shop.db": "INSERT INTO invoice(email, at, taxed) VALUES (?, ?, 0)",
            "news.db": "INSERT INTO reader(email, left_at) VALUES (?, NULL)",
            "help.db": "INSERT INTO ticket(email, at) VALUES (?, ?)",
            "files.db": "INSERT INTO cv(email, at) VALUES (?, ?)"}
    for db, sql in rows.items():
        c = sqlite3.connect(s.data(db))
        n = sql.count("?")
        c.executemany(sql, [(ASKED if i < 20000 else "x%d@example.net" % i,
                             NOW)[:n] for i in range(21000)])
        c.commit()
        c.close()
    s.start()
    began = time.monotonic()
    reply = s.ctl_json("subject", "erase", "--email", ASKED)
    rt.ok(sum(v[1] for v in parts(reply).values()) >= 100000,
          "100,000 rows of one person in five stores; no brake",
          str(parts(reply)))
    print("# %.1f s" % (time.monotonic() - began))
    rt.same([s.sql("help.db", "SELECT count(*) FROM ticket")[0][0],
             s.sql("news.db", "SELECT count(*) FROM reader")[0][0]],
            [1004, 1001], "and no other row")
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    s.close()


def killed():
    """kill -9 as soon as one store is done and another is not."""
    s = setup()
    fill(s)
    c = sqlite3.connect(s.data("help.db"))
    c.executemany("INSERT INTO ticket(email, at) VALUES (?, ?)",
                  [(ASKED, NOW)] * 60000)
    c.execute("CREATE INDEX t ON ticket(email)")
    c.commit()
    c.close()
    lock = sqlite3.connect(s.data("files.db"), isolation_level=None)
    s.start()
    s.ctl("run", "--wait")
    lock.execute("BEGIN IMMEDIATE")
    ask = subprocess.Popen([rt.program("retentionctl"), "-c", s.conf,
                            "subject", "erase", "--email", ASKED],
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    rt.ok(rt.await_(60, lambda: not s.sql("news.db", "SELECT 1 FROM reader "
                                          "WHERE id = 2")), "one store is done")
    s.daemon.send_signal(signal.SIGKILL)
    s.daemon.wait()
    ask.wait()
    lock.execute("ROLLBACK")
    rt.same((len(s.sql("files.db", "SELECT 1 FROM cv")),
             sorted(os.listdir(s.data("cv")))), (2, ["ann.pdf", "bob.pdf"]),
            "killed before another is")
    rt.none(leaks(s), "the identifier is nowhere in the clear")
    s.start()
    rt.ok(rt.await_(60, lambda: len(s.sql("files.db", "SELECT 1 FROM cv")) == 1
                    and s.sql("help.db", "SELECT count(*) FROM ticket"
                              )[0][0] == 4),
          "the next start goes on by itself")
    rt.ok(rt.await_(30, lambda: [r for r in s.trail() if r["type"] == "request"
                                 and r["state"] in ("done", "refused")
                                 and "dataset" not in r]), "to the end")
    rt.same(sorted(os.listdir(s.data("cv"))), ["bob.pdf"], "files too")
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    c = sqlite3.connect(s.path("state", "ledger.db"))
    rt.same((c.execute("SELECT count(*) FROM erasure WHERE ended = 0"
                       ).fetchone()[0], c.execute("SELECT count(*) FROM "
                       "erasure_person").fetchone()[0]), (0, 0),
            "the ledger has ended it, and forgotten the hashes")
    rt.same([r[0] for r in c.execute("SELECT sum(erased) FROM erasure_part "
                                     "WHERE dataset = 'p/tickets'")], [60004],
            "and counts what went in both lives")
    c.close()
    s.close()


everywhere()
held()
never()
many()
killed()
rt.done()
