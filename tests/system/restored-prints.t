#!/usr/bin/env python3
# Proves that a database that came out of a backup by SQLite's backup interface,
# which leaves the traces of a VACUUM, is known by what was erased in it: the
# person is gone again without anybody being asked, and bystanders, persons who
# signed up anew, files that did not come back and rows that nothing shows to
# be old stay, after a VACUUM all of them.

import os
import shutil
import sqlite3
import subprocess
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
  { name = "plain"; sqlite = "../data/plain.db"; },
  { name = "quarters"; sqlite = "../data/q*.db"; } );
datasets = (
  { name = "readers"; promise = "until left"; mode = "enforce"; store = "site";
    table = "reader"; keep = { until = "left_at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "orders"; promise = "2 years"; mode = "enforce"; store = "site";
    table = "orders"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "notes"; promise = "2 years"; mode = "enforce"; store = "plain";
    table = "note"; keep = { until = "gone"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "cards"; promise = "2 years"; mode = "enforce"; store = "plain";
    table = "card"; keep = { period = "2 years"; from = "day"; clock = "date"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "people"; promise = "2 years"; mode = "enforce"; store = "quarters";
    table = "person"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "anonymise"; columns = { email = "null"; };
    subject = { email = "email"; }; },
  { name = "calls"; promise = "until hung up"; mode = "enforce";
    store = "quarters"; table = "call"; keep = { until = "gone"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; }
);
"""
# Never on the quarter of an hour: that would be no moment.
NOW = int(time.time()) // 900 * 900 - 900 + 77
OLD = NOW - 800 * 86400
DAY = time.strftime("%Y-%m-%d", time.gmtime(NOW - 5 * 86400))
ANN, BOB, CAT = "Ann@Example.org", "bob@example.org", "cat@example.net"


def make(path, sql, *fill):
    c = sqlite3.connect(path)
    c.executescript(sql)
    for text, rows in fill:
        c.executemany(text, rows)
    c.commit()
    c.close()


def setup(wal=False):
    s = rt.Setup()
    for d in ("policies.d", "data", "backup"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "b.conf"), "w") as f:
        f.write(POLICY)
    mode = "PRAGMA journal_mode=WAL; " if wal else ""
    make(s.data("site.db"), mode + "CREATE TABLE reader (id INTEGER PRIMARY "
         "KEY, email TEXT, name TEXT, left_at INTEGER); CREATE TABLE orders "
         "(id INTEGER PRIMARY KEY, email TEXT, at INTEGER, price REAL, "
         "photo BLOB);",
         ("INSERT INTO reader VALUES (?,?,?,?)",
          [(1, ANN, "A", None), (2, BOB, None, None), (3, CAT, "C", None),
           (4, CAT, "C", None)]),
         ("INSERT INTO orders VALUES (?,?,?,?,?)",
          [(1, ANN, NOW, 1.5, b"\0x"), (2, BOB, NOW, 2, None),
           (3, ANN, NOW - 9, 7, b"")]))
    # No times, or such as are borne by whoever writes the row anew.
    make(s.data("plain.db"), mode + "CREATE TABLE note (email TEXT, "
         "gone INTEGER); CREATE TABLE card (email TEXT PRIMARY KEY, day TEXT);",
         ("INSERT INTO note VALUES (?,?)", [(ANN, None), (BOB, None)]),
         ("INSERT INTO card VALUES (?,?)", [(ANN, DAY), (BOB, DAY)]))
    for name in ("q1.db", "q2.db"):
        make(s.data(name), mode + "CREATE TABLE person (id INTEGER PRIMARY "
             "KEY, email TEXT, at INTEGER); CREATE TABLE call (id INTEGER "
             "PRIMARY KEY AUTOINCREMENT, email TEXT, gone INTEGER);",
             ("INSERT INTO person VALUES (?,?,?)",
              [(1, ANN, NOW), (2, BOB, NOW)]),
             ("INSERT INTO call VALUES (?,?,?)",
              [(1, BOB, None), (2, ANN, None)]))
    s.ctl("key", "init")
    return s


def copy(a, b):
    x, y = sqlite3.connect(a), sqlite3.connect(b, timeout=10)
    x.backup(y)
    y.close()
    x.close()


def backup(s):
    for name in os.listdir(s.data()):
        if name.endswith(".db"):
            copy(s.data(name), s.path("backup", name))


def restore(s, name):
    copy(s.path("backup", name), s.data(name))


def rows(s, table, db="site.db"):
    return s.sql(db, "SELECT * FROM %s ORDER BY 1" % table)


def whose(s, table, db="site.db"):
    return [r[0] for r in s.sql(db, "SELECT email FROM %s ORDER BY rowid"
                                % table)]


def erase(s, who):
    rt.same(s.ctl("subject", "erase", "--email", who).returncode, 0,
            who + " is erased")


def asked(s, store):
    with open(s.log) as f:
        return f.read().count("retentionctl restored b/" + store)


def came_back(s, store):
    with open(s.log) as f:
        return f.read().count("store b/%s came out of a backup" % store)


def passes(s, n=2):
    for _ in range(n):
        s.ctl("run", "--wait")


def prints(s):
    c = sqlite3.connect(s.path("state", "ledger.db"))
    n = c.execute("SELECT count(*) FROM print").fetchone()[0]
    c.close()
    return n


def begin(wal=False):
    s = setup(wal)
    backup(s)
    s.start()
    passes(s, 1)
    erase(s, ANN)
    passes(s)
    rt.same((whose(s, "reader"), whose(s, "orders")), ([BOB, CAT, CAT], [BOB]),
            "and gone")
    return s


def known_by_rows(wal):
    s = begin(wal)
    how = "WAL: " if wal else ""
    restore(s, "site.db")
    rt.same(len(rows(s, "orders")), 3, how + "back")
    # Whoever signed up anew meanwhile has a row that is younger.
    s.sql("site.db", "INSERT INTO orders VALUES (9, ?, ?, 1.5, NULL)", ANN,
          int(time.time()) + 1)
    # Erased as well, but of the backup's time nothing is due: a stranger.
    passes(s, 1)
    rt.ok(rt.await_(30, lambda: whose(s, "reader") == [BOB, CAT, CAT] and
                    [r[0] for r in rows(s, "orders")] == [2, 9]),
          how + "gone again, but for what is younger", rows(s, "reader"),
          rows(s, "orders"))
    passes(s)
    rt.same([r[0] for r in rows(s, "orders")], [2, 9], how + "that stays")
    rt.same((came_back(s, "site"), asked(s, "site")), (1, 0),
            how + "seen once, and nobody was asked")
    s.stop()
    rt.same(s.verify().returncode, 0, how + "the trail is valid")
    rt.same([r["why"] for r in s.trail() if r["type"] == "request" and
             r["kind"] == "restored" and r["state"] == "seen"],
            ["rows that were erased are there again"], how + "on record")
    rt.same({r["dataset"] for r in s.trail() if r["type"] == "intent" and
             r.get("cause") == "restored" and "request" in r},
            {"b/readers", "b/orders"}, how + "intents say why, and for whom")
    s.close()


def vacuum(wal):
    s = begin(wal)
    how = "VACUUM, WAL: " if wal else "VACUUM: "
    # The same reader as before, and the numbers too.
    s.sql("site.db", "INSERT INTO reader VALUES (1, ?, 'A', NULL)", ANN)
    s.sql("site.db", "INSERT INTO orders VALUES (1, ?, ?, 1.5, ?)", ANN,
          int(time.time()), b"\0x")
    s.sql("plain.db", "INSERT INTO note VALUES (?, NULL)", ANN)
    s.sql("plain.db", "INSERT INTO card VALUES (?, ?)", ANN, DAY)
    for q in ("q1.db", "q2.db"):
        s.sql(q, "UPDATE person SET email = ? WHERE id = 1", ANN)
        s.sql(q, "INSERT INTO call (email) VALUES (?)", ANN)
    before = [rows(s, *x) for x in (("reader",), ("orders",),
              ("note", "plain.db"), ("card", "plain.db"), ("person", "q1.db"),
              ("call", "q1.db"), ("person", "q2.db"), ("call", "q2.db"))]
    for name in ("site.db", "plain.db", "q1.db", "q2.db"):
        s.sql(name, "VACUUM")
    passes(s, 3)
    time.sleep(1)
    rt.same([rows(s, *x) for x in (("reader",), ("orders",),
             ("note", "plain.db"), ("card", "plain.db"), ("person", "q1.db"),
             ("call", "q1.db"), ("person", "q2.db"), ("call", "q2.db"))],
            before, how + "who came back by himself stays, in all of them")
    rt.same([came_back(s, x) for x in ("site", "plain", "quarters")],
            [0, 0, 0], how + "nothing is taken for a backup")
    rt.ok(asked(s, "site") > 0, how + "somebody is asked")
    rt.same(s.ctl("restored", "b/plain").returncode, 0, how + "and told")
    rt.same(whose(s, "note", "plain.db"), [BOB], how + "that is taken for it")
    s.stop()
    rt.same(s.verify().returncode, 0, how + "the trail is valid")
    s.close()


def without_times():
    s = begin()
    restore(s, "plain.db")
    passes(s, 3)
    rt.same((whose(s, "note", "plain.db"), whose(s, "card", "plain.db"),
             came_back(s, "plain")), ([ANN, BOB], [ANN, BOB], 0),
            "of rows that anybody could have written nothing goes")
    rt.ok(asked(s, "plain") == 1, "but somebody is asked, once",
          asked(s, "plain"))
    s.ctl("restored", "b/plain")
    rt.same((whose(s, "note", "plain.db"), whose(s, "card", "plain.db")),
            ([BOB], [BOB]), "and told")
    s.close()


def one_of_two_files():
    s = begin()
    s.sql("q2.db", "INSERT INTO call (email) VALUES (?)", ANN)
    restore(s, "q1.db")
    s.sql("q2.db", "VACUUM")
    rt.same(whose(s, "call", "q1.db"), [BOB, ANN], "one file is back")
    passes(s, 1)
    rt.ok(rt.await_(30, lambda: whose(s, "call", "q1.db") == [BOB] and
                    whose(s, "person", "q1.db") == [None, BOB]),
          "by numbers that are given once, and gone again",
          rows(s, "call", "q1.db"), rows(s, "person", "q1.db"))
    passes(s)
    rt.same((whose(s, "call", "q2.db"), whose(s, "person", "q2.db")),
            ([BOB, ANN], [None, BOB]), "in that file alone")
    rt.same(came_back(s, "quarters"), 1, "seen once")
    s.close()


def an_older_person():
    """The backup is younger than the erasure of one, older than that of the
    other: the first one's new row in it is no old one."""
    s = begin()
    s.sql("site.db", "INSERT INTO reader VALUES (1, ?, 'A', NULL)", ANN)
    copy(s.data("site.db"), s.path("backup", "site.db"))
    c = sqlite3.connect(s.path("state", "ledger.db"))
    for table, column in (("print", "t"), ("suppression", "erased")):
        c.execute("UPDATE %s SET %s = %s - 3600000" % (table, column, column))
    c.commit()
    c.close()
    erase(s, BOB)
    passes(s)
    rt.same((whose(s, "reader"), whose(s, "orders")), ([ANN, CAT, CAT], []),
            "another one is erased")
    restore(s, "site.db")
    passes(s, 1)
    rt.ok(rt.await_(30, lambda: whose(s, "reader") == [ANN, CAT, CAT] and
                    whose(s, "orders") == []), "the other one goes again",
          rows(s, "reader"), rows(s, "orders"))
    passes(s)
    rt.same(whose(s, "reader"), [ANN, CAT, CAT], "and the first one stays")
    rt.ok(asked(s, "site") > 0, "of whom somebody is asked")
    s.close()


def changed_since():
    """What the backup holds in an older version goes by its time; what has
    none stays."""
    s = setup()
    backup(s)
    s.sql("site.db", "UPDATE orders SET price = 8 WHERE id = 3")
    s.sql("site.db", "UPDATE reader SET name = 'Ann' WHERE id = 1")
    s.start()
    passes(s, 1)
    erase(s, ANN)
    restore(s, "site.db")
    passes(s, 1)
    rt.ok(rt.await_(30, lambda: whose(s, "orders") == [BOB]),
          "one version is known, the other one has a time", rows(s, "orders"))
    passes(s)
    rt.same(whose(s, "reader"), [ANN, BOB, CAT, CAT], "without one it stays")
    rt.ok(asked(s, "site") == 1, "and somebody is asked")
    s.close()


def another_schema():
    """A column came after the backup: the application's own change of its
    schema looks the same."""
    s = setup()
    backup(s)
    s.sql("site.db", "ALTER TABLE orders ADD COLUMN note TEXT")
    s.start()
    passes(s, 1)
    erase(s, ANN)
    s.sql("site.db", "ALTER TABLE reader ADD COLUMN note TEXT")
    passes(s)
    rt.same((asked(s, "site"), came_back(s, "site")), (0, 0),
            "a new column is nothing to ask about")
    restore(s, "site.db")
    passes(s, 1)
    rt.ok(rt.await_(30, lambda: whose(s, "orders") == [BOB] and
                    whose(s, "reader") == [BOB, CAT, CAT]),
          "known under the schema of before", rows(s, "orders"))
    s.close()


def held():
    s = begin()
    s.ctl("hold", "add", "--subject", "email=ANN@example.org", "--matter", "x")
    restore(s, "site.db")
    passes(s, 3)
    time.sleep(1)
    rt.same(whose(s, "orders"), [ANN, BOB, ANN], "a hold keeps here as well")
    s.close()


def corrections():
    """What had been corrected is told: nobody knows the new values."""
    s = setup()
    backup(s)
    s.start()
    passes(s, 1)
    r = s.ctl("subject", "correct", "--email", "ann@example.org", "--dataset",
              "b/readers", "--set", "name=Anne", "--yes")
    rt.same((r.returncode, rows(s, "reader")[0][2]), (0, "Anne"), "corrected")

    def outcome():
        return [(o["store"], o["state"], o["error"]) for q in s.ctl_json(
                    "subject", "requests", "--all")["requests"]
                for o in q["outcome"]]
    rt.same(outcome(), [("b/site", "corrected", None)], "the register has it")
    s.ctl("restored", "b/plain")
    rt.same(outcome(), [("b/site", "corrected", None)],
            "of another store it says nothing")
    shutil.copyfile(s.path("backup", "site.db"), s.data("new"))
    os.rename(s.data("new"), s.data("site.db"))
    passes(s, 1)
    rt.ok(rt.await_(20, lambda: outcome()[0][1] == "uncertain"),
          "and tells that it may have come back", outcome())
    with open(s.log) as f:
        rt.ok("correct it again" in f.read(), "so does the log")
    s.close()


def put_back(s, was):
    """The same files, by their numbers: in place."""
    shutil.rmtree(s.path("state"))
    shutil.copytree(s.path("kept"), s.path("state"))
    for name, content in was.items():
        with open(s.data(name), "r+b") as f:
            f.truncate()
            f.write(content)


def killed():
    """At any sync, of the parent and of its workers: looked at again."""
    s = begin()
    s.stop()
    restore(s, "site.db")
    shutil.copytree(s.path("state"), s.path("kept"))
    was = {}
    for name in os.listdir(s.data()):
        with open(s.data(name), "rb") as f:
            was[name] = f.read()
    n, hit, wrong = 1, True, []
    while hit:
        put_back(s, was)
        log = s.path("strace.log")
        subprocess.run(
            ["strace", "-f", "-qq", "-o", log, "-e", "trace=fdatasync", "-e",
             "inject=fdatasync:signal=SIGKILL:when=%d" % n,
             rt.program("retentiond"), "-c", s.conf, "--once"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=60)
        with open(log) as f:
            hit = "killed by SIGKILL" in f.read()
        for _ in range(2):
            s.retentiond("--once")
        if (whose(s, "reader"), whose(s, "orders")) != ([BOB, CAT, CAT],
                                                        [BOB]):
            wrong.append("%d: %s" % (n, rows(s, "orders")))
        n += 3
    rt.ok(n > 10, "killed %d times" % (n // 3))
    rt.none(wrong, "a kill puts it off, and loses nothing")
    rt.same(s.verify().returncode, 0, "the trail is valid")
    s.close()


def housekeeping():
    s = begin()
    n = prints(s)
    rt.same(n, 9, "a print of each row that went")
    s.stop()
    c = sqlite3.connect(s.path("state", "ledger.db"))
    c.execute("UPDATE suppression SET expires = ?",
              (int(time.time() * 1000) - 1,))
    c.commit()
    c.close()
    restore(s, "site.db")
    s.retentiond("--once")
    rt.same(whose(s, "orders"), [ANN, BOB, ANN],
            "when its time is over nobody is looked for")
    rt.same(prints(s), 0, "and no print is kept")
    s.close()


for w in (False, True):
    known_by_rows(w)
    vacuum(w)
without_times()
one_of_two_files()
an_older_person()
changed_since()
another_schema()
held()
if shutil.which("strace"):
    killed()
corrections()
housekeeping()
rt.done()
