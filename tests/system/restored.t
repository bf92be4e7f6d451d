#!/usr/bin/env python3
# Proves that whoever was erased on request, and what had gone by its time, is
# gone again within one pass when a store comes out of a backup, by a copy or
# by SQLite's backup interface (more of that in restored-prints.t), noticed or
# told; that bystanders stay; and that it is remembered only as long as the
# policy says.

import datetime
import os
import shutil
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
brake = { rows = 5; share = 0.2; };
"""
POLICY = """notice = { id = "b"; title = "Backups"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31";
  suppress_for = "6 months"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; },
  { name = "quarters"; sqlite = "../data/q*.db"; } );
datasets = (
  { name = "readers"; promise = "until left"; mode = "enforce"; store = "site";
    table = "reader"; keep = { until = "left_at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "orders"; promise = "2 years"; mode = "enforce"; store = "site";
    table = "orders"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "people"; promise = "2 years"; mode = "enforce"; store = "quarters";
    table = "person"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "anonymise"; columns = { email = "null"; };
    subject = { email = "email"; }; }
);
"""
NOW = int(time.time())
NOW -= NOW % 900 == 0       # a moment, not a quarter of an hour
OLD = NOW - 800 * 86400
ANN, BOB = "Ann@Example.org", "bob@example.org"


def setup(wal=False):
    s = rt.Setup()
    for d in ("policies.d", "data", "backup"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "b.conf"), "w") as f:
        f.write(POLICY)
    c = sqlite3.connect(s.data("site.db"))
    if wal:
        c.execute("PRAGMA journal_mode=WAL")
    c.executescript("CREATE TABLE reader (id INTEGER PRIMARY KEY, email TEXT, "
                    "left_at INTEGER); CREATE TABLE orders (id INTEGER PRIMARY "
                    "KEY, email TEXT, at INTEGER);")
    c.executemany("INSERT INTO reader VALUES (?,?,?)",
                  [(1, ANN, None), (2, BOB, None), (3, "cat@example.net", None)])
    c.executemany("INSERT INTO orders VALUES (?,?,?)",
                  [(1, ANN, NOW), (2, BOB, NOW)] +
                  [(i, "o%d@example.net" % i, OLD) for i in range(10, 40)])
    c.commit()
    c.close()
    for name in ("q1.db", "q2.db"):
        c = sqlite3.connect(s.data(name))
        c.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT, "
                  "at INTEGER)")
        c.executemany("INSERT INTO person VALUES (?,?,?)",
                      [(1, ANN, NOW), (2, BOB, NOW)])
        c.commit()
        c.close()
    s.ctl("key", "init")
    return s


def backup(s):
    for name in os.listdir(s.data()):
        if name.endswith(".db"):
            a = sqlite3.connect(s.data(name))
            b = sqlite3.connect(s.path("backup", name))
            a.backup(b)
            a.close()
            b.close()


def by_copy(s, name):
    for side in ("-wal", "-shm", "-journal"):
        if os.path.exists(s.data(name + side)):
            os.unlink(s.data(name + side))
    shutil.copyfile(s.path("backup", name), s.data(name))


def by_rename(s, name):
    shutil.copyfile(s.path("backup", name), s.data("new"))
    os.rename(s.data("new"), s.data(name))


def by_interface(s, name):
    a = sqlite3.connect(s.path("backup", name))
    b = sqlite3.connect(s.data(name), timeout=10)
    a.backup(b)
    b.close()
    a.close()


def rows(s, table="reader", db="site.db"):
    return s.sql(db, "SELECT * FROM %s ORDER BY id" % table)


def first(s):
    """The brake stops the backlog, once: somebody looks."""
    s.ctl("run", "--wait")
    rt.same(len(rows(s, "orders")), 32, "the brake stops what is new")
    for d in s.ctl_json("status")["status"]["datasets"]:
        if d["dataset"] == "b/orders":
            s.ctl("approve", d["plan"]["id"], "--reason", "looked at")
    s.ctl("run", "--wait")


CLEAN = [(2, BOB, None), (3, "cat@example.net", None)]


def erase(s):
    r = s.ctl("subject", "erase", "--email", "ann@example.org")
    rt.same(r.returncode, 0, "erased")
    return rt.same(rows(s), CLEAN, "and gone")


def come_back(s, how):
    if "interface" in how:
        # VACUUM leaves the same traces: only what is known goes, and the
        # brake is for the rest, until somebody says so.
        rt.ok(rt.await_(30, lambda: rows(s) == CLEAN and
                        len(rows(s, "orders")) == 31), how + ": who was "
              "erased is gone again, and the brake holds",
              (rows(s), len(rows(s, "orders"))))
        rt.same(s.ctl("restored", "b/site").returncode, 0, how + ": told")
    rt.ok(rt.await_(30, lambda: rows(s) == CLEAN and
                    len(rows(s, "orders")) == 1),
          how + ": gone again, and what was due with it", rows(s),
          len(rows(s, "orders")))
    rt.same(rows(s, "orders"), [(2, BOB, NOW)], how + ": bystanders stay")


def recorded(s, how, why):
    s.stop()
    rt.same(s.verify().returncode, 0, how + ": the trail is valid")
    seen = [r for r in s.trail() if r["type"] == "request"
            and r["kind"] == "restored" and r["state"] == "seen"]
    rt.ok(why in [r["why"] for r in seen], how + ": on record: " + why, seen)
    intents = [r for r in s.trail() if r["type"] == "intent"
               and r.get("cause") == "restored"]
    rt.same({r["dataset"] for r in intents}, {"b/readers", "b/orders"},
            how + ": its intents say why")
    rt.same({r["dataset"] for r in intents if "request" in r},
            {"b/readers", "b/orders"}, how + ": some for whom")


def running(how, restore, why, wal=False):
    s = setup(wal)
    backup(s)
    s.start()
    first(s)
    erase(s)
    rt.same(len(rows(s, "orders")), 1, "the backlog is gone")
    restore(s, "site.db")
    rt.same(len(rows(s)), 3, how + ": back")
    s.ctl("run", "--wait")
    come_back(s, how)
    recorded(s, how, why)
    s.close()


def stopped():
    s = setup()
    backup(s)
    s.start()
    first(s)
    erase(s)
    s.stop()
    for name in ("site.db", "q1.db", "q2.db"):
        by_copy(s, name)
    rt.same(s.retentiond("--once").returncode, 0, "one pass")
    come_back(s, "while the daemon was down")
    for name in ("q1.db", "q2.db"):
        rt.same([r[1] for r in rows(s, "person", name)], [None, BOB],
                "every file of a glob: " + name)
    s.close()


def told():
    s = setup(True)
    backup(s)
    s.start()
    first(s)
    erase(s)
    # Row by row: nothing of the file tells.
    s.sql("site.db", "INSERT INTO reader VALUES (1, ?, NULL)", ANN)
    s.sql("site.db", "INSERT INTO orders VALUES (50, ?, ?)", ANN,
          int(time.time()) + 1)
    s.ctl("run", "--wait")
    rt.same(len(rows(s)), 3, "who comes back by himself stays")
    s.sql("site.db", "VACUUM")
    s.ctl("run", "--wait")
    rt.same(len(rows(s)), 3, "after a VACUUM, too")
    rt.same(s.ctl("restored", "b/nothing").returncode, 1, "an unknown store")
    r = s.ctl("restored", "b/site")
    rt.same((r.returncode, r.err), (0, ""), "told: done when it is answered")
    rt.same(rows(s), CLEAN, "gone again")
    rt.same([r[0] for r in rows(s, "orders")], [2, 50],
            "a row that is younger than the request is no old one")
    s.ctl("hold", "add", "--subject", "email=ANN@example.org", "--matter", "x")
    by_rename(s, "site.db")
    s.ctl("run", "--wait")
    time.sleep(1)
    rt.same(rows(s)[0], (1, ANN, None), "a hold keeps here as well")
    s.close()


def straight(how, wal):
    """Restored before any pass has seen what the erasing left behind; the
    bytes of a plain copy, written over the file where it lies."""
    s = setup(wal)
    s.start()
    first(s)
    s.sql("site.db", "PRAGMA wal_checkpoint(TRUNCATE)")
    s.ctl("run", "--wait")
    shutil.copyfile(s.data("site.db"), s.path("backup", "site.db"))
    inode = os.stat(s.data("site.db")).st_ino
    erase(s)
    by_copy(s, "site.db")
    rt.same((len(rows(s)), os.stat(s.data("site.db")).st_ino), (3, inode),
            how + ": back, in place")
    s.ctl("run", "--wait")
    rt.ok(rt.await_(30, lambda: rows(s) == CLEAN and
                    len(rows(s, "orders")) == 1), how + ": gone again",
          rows(s))
    rt.same(rows(s, "orders"), [(2, BOB, NOW)], how + ": bystanders stay")
    s.close()


def many():
    """Every file of a glob is looked at, however many there are."""
    s = setup()
    for i in range(100, 400):
        c = sqlite3.connect(s.data("q%d.db" % i))
        c.execute("PRAGMA synchronous = OFF")
        c.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT, "
                  "at INTEGER)")
        c.execute("INSERT INTO person VALUES (1, ?, ?)", (ANN, NOW))
        c.commit()
        c.close()
    backup(s)
    s.start()
    first(s)
    erase(s)
    s.ctl("run", "--wait")
    for i in (100, 399):
        by_rename(s, "q%d.db" % i)
        rt.same(rows(s, "person", "q%d.db" % i)[0][1], ANN, "one is back")
        s.ctl("run", "--wait")
        rt.ok(rt.await_(30, lambda: rows(s, "person", "q%d.db" % i)[0][1]
                        is None), "and gone again: the file %d of 302" % i)
    s.close()


def housekeeping():
    """Whose time is over is forgotten, also when nothing is restored."""
    s = setup()
    s.start()
    first(s)
    erase(s)
    s.stop()
    at = rt.now() + datetime.timedelta(days=2)
    c = sqlite3.connect(s.path("state", "ledger.db"))
    c.execute("UPDATE suppression SET expires = ?",
              (int(at.timestamp() * 1000),))
    c.commit()
    for then, left in ((rt.later(at, -1), 1), (at, 0)):
        s.forget_clock()
        s.retentiond("--once", at=then)
        rt.same(c.execute("SELECT count(*) FROM suppression").fetchone()[0],
                left, "at %s: %d persons are remembered" % (then, left))
    c.close()
    s.close()


def expired():
    s = setup()
    backup(s)
    s.start()
    first(s)
    erase(s)
    s.stop()
    c = sqlite3.connect(s.path("state", "ledger.db"))
    erased, expires = c.execute("SELECT erased, expires FROM suppression"
                                ).fetchone()
    rt.ok(178 <= (expires - erased) / 86400000 <= 185,
          "kept for the time of the policy, in months", expires - erased)
    c.execute("UPDATE suppression SET expires = ?",
              (int(time.time() * 1000) - 1,))
    c.commit()
    c.close()
    by_rename(s, "site.db")
    s.retentiond("--once")
    rt.same(len(rows(s)), 3, "when it is over nobody is looked for")
    c = sqlite3.connect(s.path("state", "ledger.db"))
    rt.same(c.execute("SELECT count(*) FROM suppression").fetchone()[0], 0,
            "and nothing of it is kept")
    c.close()
    s.close()


running("copy", by_copy, "its counter of changes went back")
running("rename", by_rename, "another file is in its place")
for w in (False, True):
    running("backup interface" + (", WAL" if w else ""), by_interface,
            "rows that were erased are there again", w)
stopped()
straight("at once", False)
straight("at once, WAL", True)
many()
told()
housekeeping()
expired()
rt.done()
