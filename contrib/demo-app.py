#!/usr/bin/env python3
"""The application that is open all the time: the website goes on writing to
its database and its access log while retentiond works on them.

Inserts a visit every 50 ms over one connection, waiting at most five seconds
for a lock, and appends a line to the log.  On SIGTERM prints {"writes":N,"errors":N,"found":N,
"lines":N,"longest_ms":N}; `lines` are those that are in the log at the end."""

import json
import signal
import sqlite3
import sys
import time


LINE = ('192.0.2.7 - - [%s +0000] "GET /topic/%d?now=1 HTTP/1.1" 200 512 "-"'
        ' "demo-app/1"\n')


def main(path, log):
    going = [True]
    signal.signal(signal.SIGTERM, lambda *_: going.clear())
    signal.signal(signal.SIGINT, lambda *_: going.clear())
    db = sqlite3.connect(path, timeout=5, isolation_level=None)
    out = open(log, "a", buffering=1)
    writes = errors = longest = 0
    while going:
        start = time.monotonic()
        try:
            db.execute("INSERT INTO visit(page, at, note) VALUES(?, ?, ?)",
                       ("/topic/%d" % (writes % 40), int(time.time()),
                        b"v" * (writes % 300)))
            out.write(LINE % (time.strftime("%d/%b/%Y:%H:%M:%S",
                                            time.gmtime()), writes % 40))
            writes += 1
        except sqlite3.Error:
            errors += 1
        took = time.monotonic() - start
        longest = max(longest, took)
        time.sleep(max(0.0, 0.05 - took))
    seen = db.execute("SELECT count(*) FROM visit").fetchone()[0]
    db.close()
    out.close()
    with open(log, encoding="latin-1") as f:
        lines = sum('"demo-app/1"' in line for line in f)
    print(json.dumps({"writes": writes, "errors": errors, "found": seen, "lines": lines,
                      "longest_ms": round(longest * 1000)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
