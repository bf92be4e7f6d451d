#!/usr/bin/env python3
# A daemon on three live databases for SOAK_SECONDS (1800): memory,
# descriptors and ledger stay flat, and the applications do not feel it.
#
# Each application inserts rows and, some seconds later, lets them go (their
# `until` column is set), so that there is always something due.  A tenth of
# the time goes first without the daemon: the baseline of the latencies.

import json
import os
import random
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

SECONDS = float(os.environ.get("SOAK_SECONDS", "1800"))
STORES = {"one": "WAL", "two": "WAL", "three": "DELETE"}
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "metrics.prom";
brake = { rows = 100000000; share = 1.0; };
"""
POLICY = """notice = { id = "s"; title = "Soak"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( %s );
datasets = ( %s );
"""
STORE = '{ name = "%s"; sqlite = "../data/%s.db"; }'
DATASET = """{ name = "%s"; promise = "until they leave"; mode = "enforce";
  store = "%s"; table = "visit"; keep = { until = "gone"; clock = "unix"; };
  action = "delete"; children = ( { table = "part"; column = "visit"; } ); }"""
SCHEMA = """PRAGMA journal_mode = %s;
CREATE TABLE visit (id INTEGER PRIMARY KEY, gone INT, name TEXT);
CREATE INDEX visit_gone ON visit (gone);
CREATE TABLE part (id INTEGER PRIMARY KEY, visit INT, name TEXT);
CREATE INDEX part_visit ON part (visit);"""


def setup():
    s = rt.Setup()
    for d in ("policies.d", "data"):
        os.makedirs(s.path(d))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "s.conf"), "w") as f:
        f.write(POLICY % (", ".join(STORE % (n, n) for n in STORES),
                          ", ".join(DATASET % (n, n) for n in STORES)))
    for name, mode in STORES.items():
        c = sqlite3.connect(s.data(name + ".db"))
        c.executescript(SCHEMA % mode)
        c.close()
    return s


def write(path, seed, switch, end, out):
    """One application; its latencies go to `out`, before and after the file
    `switch` is there."""
    c = sqlite3.connect(path, timeout=10, isolation_level=None)
    rnd = random.Random(seed)
    took, errors, n = [[], []], 0, 0
    while time.monotonic() < end:
        now, began = int(time.time()), time.monotonic()
        try:
            c.execute("BEGIN IMMEDIATE")
            k = c.execute("INSERT INTO visit (name) VALUES (?)",
                          ("x" * rnd.randrange(20, 400),)).lastrowid
            c.execute("INSERT INTO part (visit, name) VALUES (?, 'part')",
                      (k,))
            c.execute("UPDATE visit SET gone = ? WHERE id = ? AND gone IS"
                      " NULL", (now, k - rnd.randrange(10, 60)))
            if n % 200 == 0:        # the few that were missed by chance
                c.execute("UPDATE visit SET gone = ? WHERE id < ? AND gone"
                          " IS NULL", (now, k - 60))
            c.execute("COMMIT")
        except sqlite3.Error:
            errors += 1
            if c.in_transaction:
                c.execute("ROLLBACK")
        took[os.path.exists(switch)].append(time.monotonic() - began)
        n += 1
        time.sleep(rnd.uniform(0, 0.06))
    c.execute("UPDATE visit SET gone = 1500000000")
    c.close()
    with open(out, "w") as f:
        json.dump({"errors": errors, "took": took}, f)


def rss_kb(pid):
    with open("/proc/%d/statm" % pid) as f:
        return int(f.read().split()[1]) * 4


def sample(s):
    pid = s.daemon.pid
    ledger = s.path("state", "ledger.db")
    return {"rss": rss_kb(pid), "fds": len(os.listdir("/proc/%d/fd" % pid)),
            "ledger": os.path.getsize(ledger) // 1024,
            "wal": os.path.getsize(ledger + "-wal") // 1024}


def mean(x):
    return sum(x) / len(x)


def slope(x):
    """What the least squares line rises by from the first to the last."""
    mid, m = (len(x) - 1) / 2, mean(x)
    below = sum((i - mid) ** 2 for i in range(len(x)))
    return sum((i - mid) * (v - m) for i, v in enumerate(x)) / below * len(x)


def flat(name, samples, slack, unit):
    x = [v[name] for v in samples]
    x = x[len(x) // 4:]             # it has warmed up
    third = len(x) // 3
    first, last = mean(x[:third]), mean(x[-third:])
    room = max(slack, 0.05 * first)
    ok(last - first <= room and slope(x) <= 2 * room,
       "%s stays: %.0f %s in the first third, %.0f in the last, slope %+.1f"
       % (name, first, unit, last, slope(x)), x[::max(1, len(x) // 40)])


def p99(took):
    took = sorted(took) or [0]
    return took[int(len(took) * 0.99)]


def main():
    s = setup()
    alone, switch = SECONDS / 10, s.path("with")
    end = time.monotonic() + alone + SECONDS
    pids = {}
    for i, name in enumerate(STORES):
        pids[name] = os.fork()
        if pids[name] == 0:
            try:
                write(s.data(name + ".db"), i, switch, end,
                      s.path(name + ".json"))
            finally:
                os._exit(0)
    time.sleep(alone)
    ok(s.start(), "the daemon runs")
    open(switch, "w").close()
    samples = []
    while time.monotonic() < end:
        samples.append(sample(s))
        time.sleep(max(0.5, SECONDS / 600))
    for pid in pids.values():
        os.waitpid(pid, 0)
    left = lambda: sum(s.sql(n + ".db", "SELECT count(*) FROM visit")[0][0]
                       for n in STORES)
    ok(rt.await_(30, lambda: left() == 0), "all that left is gone", left())
    flat("rss", samples, 512, "KiB")
    flat("fds", samples, 2, "descriptors")
    flat("ledger", samples, 128, "KiB")
    most = max(v["wal"] for v in samples)   # SQLite checkpoints at 1000 pages
    ok(most < 5000, "its log: %d KiB at most" % most)
    for name in STORES:
        with open(s.path(name + ".json")) as f:
            r = json.load(f)
        before, after = map(p99, r["took"])
        same(r["errors"], 0, name + ": no error in %d transactions"
             % sum(map(len, r["took"])))
        ok(after <= max(5 * before, 0.1), "%s: p99 %.1f ms alone, %.1f ms "
           "with it" % (name, before * 1e3, after * 1e3))
    same(s.ctl("status").returncode, 0, "nothing needs a person")
    gone = sum(s.erased().values())
    n = len(s.trail())
    s.stop()
    same(s.verify().returncode, 0, "the trail of %d records is valid; %d "
         "rows went" % (n, gone))
    ok(gone > SECONDS, "there was something to do", gone)
    rt.done()


main()
