#!/usr/bin/env python3
"""bench_find.py - 'subject find' over STORES stores of ROWS rows each.

By a plain index, by an index of lower(email), and by reading all rows; each
against the one statement that knows the spelling (the baseline, the same
number of opens).  With an index it has to answer within a second: exit 1
otherwise."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get(
    "RETENTION_BUILD", os.path.join(TOP, "build", "release")))
ROWS = int(os.environ.get("ROWS", 1000000))
STORES = int(os.environ.get("STORES", 5))
INDEXES = (("plain index", "CREATE INDEX i ON p(email)"),
           ("lower(email)", "CREATE INDEX i ON p(lower(email))"),
           ("no index", None))


def policy(n):
    return """notice = { id = "b"; title = "B"; controller = "E"; owner = "E";
  review_by = "2030-03-31"; };
stores = ( %s );
datasets = ( %s );
""" % (", ".join('{ name = "s%d"; sqlite = "../s%d.db"; }' % (i, i)
                 for i in range(n)),
       ", ".join("""{ name = "d%d"; promise = "x"; mode = "report";
  store = "s%d"; table = "p"; action = "delete"; keep = { period = "1 year";
  from = "at"; clock = "unix"; }; subject = { email = "email"; }; }""" %
                 (i, i) for i in range(n)))


def fill(path):
    c = sqlite3.connect(path)
    c.execute("CREATE TABLE p (id INTEGER PRIMARY KEY, email TEXT, note TEXT, "
              "at INTEGER)")
    c.execute("WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k "
              "WHERE i < ?) INSERT INTO p SELECT i, printf("
              "'user%07d@example.org', i * 7919 % ?), printf('%060d', i), i "
              "FROM k", (ROWS, ROWS))
    c.execute("UPDATE p SET email = ' ' || upper(email) WHERE id = ?",
              (ROWS // 2,))
    c.commit()
    c.close()


def main():
    d = tempfile.mkdtemp(prefix="bench-find.")
    bad = False
    try:
        os.makedirs(os.path.join(d, "p"))
        conf = os.path.join(d, "retentiond.conf")
        with open(conf, "w") as f:
            f.write('policies = "p"; state = "state"; control = "c.sock"; '
                    'origin = "h"; metrics = "";\n')
        with open(os.path.join(d, "p", "b.conf"), "w") as f:
            f.write(policy(STORES))
        paths = [os.path.join(d, "s%d.db" % i) for i in range(STORES)]
        fill(paths[0])
        for p in paths[1:]:
            shutil.copy(paths[0], p)
        wanted = sqlite3.connect(paths[0]).execute(
            "SELECT email FROM p WHERE id = ?",
            (ROWS // 2,)).fetchone()[0].strip().lower()
        print("%d stores of %d rows" % (STORES, ROWS))
        for name, index in INDEXES:
            for p in paths:
                c = sqlite3.connect(p)
                c.execute("DROP INDEX IF EXISTS i")
                if index:
                    c.execute(index)
                c.close()
            took, base = [], []
            for _ in range(5):
                t = time.monotonic()
                r = subprocess.run(
                    [os.path.join(BUILD, "retentionctl"), "-c", conf,
                     "subject", "find", "--email", wanted],
                    stdout=subprocess.PIPE, check=True)
                took.append(time.monotonic() - t)
                t = time.monotonic()
                for p in paths:
                    subprocess.run(["sqlite3", "-readonly", p, "SELECT count(*)"
                                    " FROM p WHERE email = ' ' || upper('%s')"
                                    % wanted], stdout=subprocess.DEVNULL,
                                   check=True)
                base.append(time.monotonic() - t)
            if ("found in %d datasets" % STORES).encode() not in r.stdout:
                print("NOT FOUND", r.stdout.decode())
                bad = True
            took.sort()
            base.sort()
            print("%-14s %6.3f s   sqlite3, exact spelling %6.3f s   ratio "
                  "%.2f" % (name, took[2], base[2], took[2] / base[2]))
            bad |= index is not None and took[2] > 1.0
    finally:
        shutil.rmtree(d, True)
    sys.exit(1 if bad else 0)


main()
