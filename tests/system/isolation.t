#!/usr/bin/env python3
# Proves that a store that is corrupt, no database, locked, missing or changed
# stops itself alone (I7): the others go on time; it is tried again with
# growing delay; status, metrics and exit codes say what is overdue and since
# when; and once it is mended, what was overdue goes.

import os
import re
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "metrics.prom"; check_every = "1 hour";
"""
NOTICE = """notice = { id = "i"; title = "Isolation"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( %s );
datasets = ( %s );
"""
STORE = '{ name = "%s"; sqlite = "../data/%s.db"; busy = "1 seconds"; }'
DATASET = """{ name = "%s"; promise = "an hour"; mode = "enforce";
  store = "%s"; table = "t"; keep = { period = "1 hour"; from = "at";
  clock = "unix"; }; action = "delete"; }"""
NAMES = ("good", "corrupt", "header", "locked", "missing", "changed")
BAD = NAMES[1:]
SOON = 8                # seconds until the second row is due


def setup():
    s = rt.Setup()
    for d in ("policies.d", "data"):
        os.makedirs(s.path(d))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "i.conf"), "w") as f:
        f.write(NOTICE % (", ".join(STORE % (n, n) for n in NAMES),
                          ", ".join(DATASET % (n, n) for n in NAMES)))
    s.ctl("key", "init")
    now = int(time.time())
    for n in NAMES:
        c = sqlite3.connect(s.data(n + ".db"))
        c.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, at INT, x)")
        c.executemany("INSERT INTO t VALUES (?, ?, ?)",
                      [(1, now - 7200, ""), (2, now - 3600 + SOON, ""),
                       (3, now + 3600, "x" * 20000)])
        c.commit()
        c.close()
    return s, now + SOON


def ids(s, name):
    return [r[0] for r in s.sql(name + ".db", "SELECT id FROM t ORDER BY id")]


def states(s):
    return {d["dataset"][2:]: d for d in
            s.ctl_json("status")["status"]["datasets"]}


def overwrite(path, at, data):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(data)


def spoil(s):
    """Each in its own way; how to mend it."""
    kept = {}
    for n in ("corrupt", "header"):
        with open(s.data(n + ".db"), "rb") as f:
            kept[n] = f.read()
    overwrite(s.data("corrupt.db"), 4096, b"\xff" * 4096)
    overwrite(s.data("header.db"), 0, b"\xff" * 100)
    lock = sqlite3.connect(s.data("locked.db"), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    os.rename(s.data("missing.db"), s.path("away.db"))
    s.sql("changed.db", "ALTER TABLE t RENAME COLUMN at TO moved")

    def mend():
        for n in ("corrupt", "header"):
            overwrite(s.data(n + ".db"), 0, kept[n])
        lock.execute("ROLLBACK")
        lock.close()
        os.rename(s.path("away.db"), s.data("missing.db"))
        s.sql("changed.db", "ALTER TABLE t RENAME COLUMN moved TO at")
    return mend


def delays(s, name):
    with open(s.log) as f:
        return [int(x) for x in re.findall(
            r"store i/%s: .*tried again in (\d+) s" % name, f.read())]


def metric(s, series, name):
    with open(s.path("metrics.prom")) as f:
        m = re.search(r'^retentiond_%s{dataset="i/%s"} (\d+)$' % (
            series, name), f.read(), re.M)
    return int(m.group(1)) if m else None


def main():
    s, due = setup()
    ok(s.start(), "the daemon runs")
    ok(rt.await_(5, lambda: all(ids(s, n) == [2, 3] for n in NAMES)),
       "all is well: the first row of each goes")
    # Until a pass has ended it is not known what is due next.
    ok(rt.await_(5, lambda: all(d["last_pass"] and d["state"] != "at work"
                                for d in states(s).values())),
       "and the passes end", states(s))
    same(s.ctl("status").returncode, 0, "nothing needs a person")
    mend = spoil(s)
    ok(rt.await_(due + 3 - time.time(), lambda: ids(s, "good") == [3]),
       "five are spoilt; the good one goes on time", ids(s, "good"))
    ok(rt.await_(12, lambda: all(len(delays(s, n)) >= 3 for n in BAD)),
       "each is tried again", {n: delays(s, n) for n in BAD})
    for n in BAD:
        same(delays(s, n)[:3], [1, 2, 4], n + ": with growing delay")
    same(delays(s, "good"), [], "the good one has nothing to try again")
    st = states(s)
    now = time.time()
    for n in BAD:
        # "at work" while it is tried once more
        ok(st[n]["state"] in ("failed", "at work") and st[n]["error"],
           n + ": status says what is wrong", st[n])
        late = st[n]["overdue_seconds"]
        ok(now - due - 3 <= late <= now - due + 2,
           n + ": and how long it has been overdue", late, now - due)
        ok(st[n]["last_pass"] is not None, n + ": and when it was last well")
        same(metric(s, "failed", n), 1, n + ": metrics: failed")
        ok(metric(s, "overdue_seconds", n) > 0, n + ": metrics: overdue")
    same((st["good"]["overdue_seconds"], metric(s, "failed", "good"),
          metric(s, "overdue_seconds", "good")), (0, 0, 0),
         "good: nothing of all that")
    r = s.ctl("status")
    ok(r.returncode == 1 and all(re.search(
        r"i/%s: .*overdue since %s" % (n, rt.rfc3339(
            rt.instant("1970-01-01T00:00:00Z") + rt.timedelta(
                seconds=due))), r.out) for n in BAD),
       "status ends with 1, and tells each with its time", r.out)
    s.sql("good.db", "INSERT INTO t VALUES (4, 1500000000, '')")
    same((s.ctl("run", "--wait", "i/good").returncode, ids(s, "good")),
         (0, [3]), "a pass over the good one: done, 0")
    same(s.ctl("run", "--wait", "i/missing").returncode, 1,
         "over another: 1")
    mend()
    s.ctl("run", "--wait")
    ok(rt.await_(10, lambda: all(ids(s, n) == [3] for n in NAMES)),
       "mended: what was overdue goes", {n: ids(s, n) for n in NAMES})
    ok(rt.await_(10, lambda: s.ctl("status").returncode == 0),
       "and nothing needs a person", s.ctl("status").out)
    same([metric(s, "failed", n) for n in NAMES], [0] * 6,
         "nor do the metrics say so")
    s.stop()
    same(s.verify().returncode, 0, "the trail is valid")
    rt.done()


main()
