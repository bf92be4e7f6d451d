#!/usr/bin/env python3
# Proves that a daemon that is told to stop ends between two transactions, not
# after the pass: what went is recorded, what did not is still there, and the
# next start takes it up.

import os
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

ROWS = 120000
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
brake = { rows = 100000000; share = 1.0; };
"""
POLICY = """notice = { id = "s"; title = "Stop"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; } );
datasets = ( { name = "visit"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "site"; table = "visit";
    keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; } );
"""


def setup():
    s = rt.Setup()
    os.makedirs(s.path("policies.d"), exist_ok=True)
    os.makedirs(s.path("data"), exist_ok=True)
    for name, text in (("retentiond.conf", MAIN), ("policies.d/s.conf", POLICY)):
        with open(s.path(name), "w") as f:
            f.write(text)
    c = sqlite3.connect(s.data("site.db"), isolation_level=None)
    c.executescript(
        """PRAGMA journal_mode=WAL;
        CREATE TABLE visit (id INTEGER PRIMARY KEY, at INTEGER, who INTEGER);
        CREATE INDEX visit_at ON visit (at); CREATE INDEX visit_who ON visit (who);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
          WHERE i < %d) INSERT INTO visit SELECT i, 1000000000 + i,
          abs(random()) FROM n;""" % ROWS)
    return s, c


def application(path, end):
    """Keeps the batches small: it writes all the time."""
    c = sqlite3.connect(path, timeout=5, isolation_level=None)
    while not end.is_set():
        c.execute("INSERT INTO visit (at, who) VALUES (9999999999, 1)")
        time.sleep(0.01)
    c.close()


def left(c):
    return c.execute("SELECT count(*) FROM visit WHERE at < 2000000000"
                     ).fetchone()[0]


def main():
    s, c = setup()
    end = threading.Event()
    t = threading.Thread(target=application, args=(s.data("site.db"), end))
    t.start()
    try:
        s.start()
        rt.await_(20, lambda: left(c) < ROWS)
        start = time.monotonic()
        s.stop()
        took = time.monotonic() - start
    finally:
        end.set()
        t.join()
    stayed = left(c)
    gone = ROWS - stayed
    rt.ok(0 < stayed, "it ended within the pass: some are still there",
          "%d gone" % gone)
    rt.ok(took < 10, "and soon", "%.1f s" % took)
    outcomes = [r for r in s.trail() if r["type"] in ("done", "fail")]
    rt.same(sum(r["erased"] for r in outcomes), gone,
            "what went is recorded, each row once")
    intents = [r["op"] for r in s.trail() if r["type"] == "intent"]
    rt.same(sorted(r["op"] for r in outcomes), sorted(intents),
            "no intent stays open")
    rt.same(s.ctl("audit", "verify", "--key",
                  s.ctl("key", "show").stdout.strip()).returncode, 0,
            "the trail is valid")
    rt.same(s.retentiond("--once").returncode, 0, "the next start goes on")
    rt.same(left(c), 0, "and finishes")
    c.close()
    s.close()
    rt.done()


main()
