#!/usr/bin/env python3
# Proves that a database of another user, with a rollback journal, goes in long
# batches when the daemon sees that nobody has it open, in short ones while
# somebody has, and that whoever comes in the middle of it waits no longer than
# applications do.

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

OWNER, ROWS = 65534, 60000
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
brake = { rows = 1000000; share = 1.0; };
"""
POLICY = """
notice = { id = "n"; title = "T"; controller = "Example"; owner = "Head";
  review_by = "2030-03-31"; };
stores = ( { name = "s"; sqlite = "../data/a.db"; } );
datasets = ( { name = "t"; promise = "two years"; basis = "test";
  mode = "enforce"; store = "s"; table = "t"; action = "delete";
  keep = { period = "2 years"; from = "at"; clock = "unix"; }; } );
"""
# A process namespace of its own, where root sees everybody.
INSIDE = ["unshare", "--pid", "--fork", "--mount-proc"]
HERE = """import os, sqlite3, sys, time
open(sys.argv[2], "w").close()
"""
HOLD = """import sqlite3, sys, time
c = sqlite3.connect(sys.argv[1])
c.execute("SELECT * FROM t LIMIT 1").fetchall()
open(sys.argv[2], "w").close()
time.sleep(100)
"""
# Comes when the pass has begun, and tells how long a commit took.
COME = HERE + """while not os.path.exists(sys.argv[1] + "-journal"):
    time.sleep(0.002)
c = sqlite3.connect(sys.argv[1], timeout=10)
begun = time.monotonic()
c.execute("INSERT INTO t (at) VALUES (4000000000)")
c.commit()
print(time.monotonic() - begun)
"""


def make():
    s = rt.Setup()
    os.chmod(s.dir, 0o755)
    for d in ("data", "policies.d"):
        os.mkdir(s.path(d))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "a.conf"), "w") as f:
        f.write(POLICY)
    s.sql("a.db", "CREATE TABLE t (id INTEGER PRIMARY KEY, at INT, x TEXT)")
    s.sql("a.db", "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1"
          " FROM c WHERE i < %d) INSERT INTO t SELECT i, 1000000000,"
          " hex(randomblob(20)) FROM c" % ROWS)
    s.sql("a.db", "CREATE INDEX tx ON t (x)")
    for path in (s.path("data"), s.data("a.db")):
        os.chown(path, OWNER, OWNER)
    return s


def run(s, beside):
    """Beside that script; how often was committed, and what it said."""
    inner = ('"$6" -c "$1" "$2" "$7" & h=$!; until [ -e "$7" ]; do sleep 0.01;'
             ' done; strace -f -qq -o "$3" -e trace=unlink,unlinkat "$4" -c'
             ' "$5" --once; s=$?; sleep 0.3; kill $h 2>/dev/null; wait;'
             ' exit $s')
    p = subprocess.run(
        INSIDE + ["bash", "-c", inner, "bash", beside, s.data("a.db"),
                  s.path("log"), rt.program("retentiond"), s.conf,
                  sys.executable, s.path("there")],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=100)
    out, err = p.stdout, p.stderr
    with open(s.path("log")) as f:
        commits = f.read().count('a.db-journal"')
    rt.ok(p.returncode == 0, "the pass ends well", err.decode())
    left = s.sql("a.db", "SELECT count(*) FROM t WHERE at = 1000000000")[0][0]
    rt.same(left, 0, "and all that is due has gone")
    return commits, out.decode()


def main():
    if os.geteuid() != 0 or not shutil.which("strace") or "asan" in rt.BUILD:
        rt.skip_all("needs root and strace, and no sanitizer")
    if subprocess.run(INSIDE + ["true"], stderr=subprocess.DEVNULL
                      ).returncode != 0:
        rt.skip_all("no process namespace can be made here")
    alone, _ = run(make(), HERE)
    rt.ok(0 < alone <= 6, "nobody there: %d commits" % alone)
    held, _ = run(make(), HOLD)
    rt.ok(held >= 3 * alone,
          "somebody there: %d commits" % held)
    _, took = run(make(), COME)
    rt.ok(took.strip() != "" and float(took) < 1.5,
          "one who comes waits %s s" % took.strip())
    rt.done()


if __name__ == "__main__":
    main()
