#!/usr/bin/env python3
"""The application that is open all the time: the website goes on writing to
its database while retentiond works on it.

Inserts a visit every 50 ms over one connection, waiting at most five seconds
for a lock.  On SIGTERM prints {"writes":N,"errors":N,"found":N,"longest_ms":N}."""

import json
import signal
import sqlite3
import sys
import time


def main(path):
    going = [True]
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    signal.signal(signal.SIGINT, lambda *_: going.clear())
    db = sqlite3.connect(path, timeout=5, isolation_level=None)
    writes = errors = longest = 0
    while going:
        start = time.monotonic()
        try:
            db.execute("INSERT INTO visit(page, at, note) VALUES(?, ?, ?)",
                       ("/topic/%d" % (writes % 40), int(time.time()),
                        b"v" * (writes % 300)))
            writes += 1
        except sqlite3.Error:
            errors += 1
        took = time.monotonic() - start
        longest = max(longest, took)
        time.sleep(max(0.0, 0.05 - took))
    seen = db.execute("SELECT count(*) FROM visit").fetchone()[0]
    db.close()
    print(json.dumps({"writes": writes, "errors": errors, "found": seen,
                      "longest_ms": round(longest * 1000)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
