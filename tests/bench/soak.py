#!/usr/bin/env python3
# A daemon on three live databases for SOAK_SECONDS (1800): memory,
# descriptors and ledger stay flat, and the applications do not feel it.
#
# Each application inserts rows and, some seconds later, lets them go (their
# `until` column is set), so that there is always something due.  A quarter of
# every cycle the daemon is halted (SIGSTOP, between two workers): the control
# of the latencies, on the same machine under the same load.  The verdict is
# the exit status: slopes and ratios are asserted.

import json
import os
import random
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

SECONDS = float(os.environ.get("SOAK_SECONDS", "1800"))
CYCLE = min(60.0, SECONDS / 6)
SETTLE = min(2.0, CYCLE / 20)   # after each change nobody is measured
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


def write(path, seed, end, out):
    """One application; when each transaction began and how long it took go to
    `out`."""
    c = sqlite3.connect(path, timeout=10, isolation_level=None)
    rnd = random.Random(seed)
    took, errors, n = [], 0, 0
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
        took.append((began, time.monotonic() - began))
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
    ok(last - first <= room and slope(x) <= room,
       "%s stays: %.0f %s in the first third, %.0f in the last, slope %+.1f"
       % (name, first, unit, last, slope(x)), x[::max(1, len(x) // 40)])


def share(took, part):
    took = sorted(took) or [0]
    return took[int(len(took) * part)]


def workers(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return f.read().split()


def at_work(pid):
    for child in workers(pid):
        try:
            with open("/proc/%s/stat" % child) as f:
                if f.read().rsplit(")", 1)[1].split()[0] != "Z":
                    return True
        except FileNotFoundError:
            pass
    return False


def halt(pid):
    """Stop the daemon where no worker holds a lock; False: not in a second."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(0.002)
        if not at_work(pid):
            return True
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.01)
    return False


def watch(s, end):
    """Samples, and the phases: (began, ended, was the daemon halted)."""
    samples, phases, pid = [], [], s.daemon.pid
    while time.monotonic() < end:
        for halted, part in ((False, 0.75), (True, 0.25)):
            halted = halted and halt(pid)
            began = time.monotonic()
            while time.monotonic() < min(end, began + CYCLE * part):
                if not halted:
                    samples.append(sample(s))
                time.sleep(min(max(0.25, SECONDS / 1200), CYCLE / 12))
            phases.append((began + SETTLE, time.monotonic(), halted))
            os.kill(pid, signal.SIGCONT)
    return samples, phases


def felt(name, result, phases):
    """What the application felt of the daemon."""
    took = [[], []]
    for began, ended, halted in phases:
        took[halted] += [t for at, t in result["took"] if began <= at < ended]
    on, off = took
    ok(len(off) > SECONDS and len(on) > 2 * len(off),
       "%s: %d transactions with the daemon, %d with it halted"
       % (name, len(on), len(off)))
    for part, room in ((0.5, 0.0005), (0.99, 0.01)):
        ok(share(on, part) <= 2 * share(off, part) + room,
           "%s: p%g %.1f ms with the daemon, %.1f ms with it halted" % (
               name, part * 100, share(on, part) * 1e3,
               share(off, part) * 1e3))
    print("# %s: the longest %.0f ms, and %.0f ms" % (
        name, max(on, default=0) * 1e3, max(off, default=0) * 1e3))


def main():
    s = setup()
    ok(s.start(), "the daemon runs")
    end = time.monotonic() + SECONDS
    pids = {}
    for i, name in enumerate(STORES):
        pids[name] = os.fork()
        if pids[name] == 0:
            try:
                write(s.data(name + ".db"), i, end, s.path(name + ".json"))
            finally:
                os._exit(0)
    samples, phases = watch(s, end)
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
        same(r["errors"], 0, name + ": no error in %d transactions"
             % len(r["took"]))
        felt(name, r, phases)
    same(s.ctl("status").returncode, 0, "nothing needs a person")
    gone = sum(s.erased().values())
    n = len(s.trail())
    s.stop()
    same(s.verify().returncode, 0, "the trail of %d records is valid; %d "
         "rows went" % (n, gone))
    ok(gone > SECONDS, "there was something to do", gone)
    rt.done()


main()
