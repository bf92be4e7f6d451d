#!/usr/bin/env python3
# Proves that memory is bounded, whatever the size of a database: a worker
# takes at most 96 MiB and the daemon 32, no more for a large store than for
# one a third of its size, and `cache` is what raises it.
#
# BYTES=N: the size of the large database (300 MB); FILES=N: how many files
# of a folder are due (12,000).

import os
import re
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

BYTES = int(os.environ.get("BYTES", "300000000"))
ROW_BYTES = 1050        # with its share of the indexes
WORKER_MIB, DAEMON_MIB, FILES_MIB = 96, 32, 32
FILES = int(os.environ.get("FILES", "12000"))

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
brake = { rows = 100000000; share = 1.0; };
"""
POLICY = """notice = { id = "m"; title = "Memory"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "big"; sqlite = "../data/big.db"; %s } );
datasets = ( { name = "visit"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "big"; table = "visit";
    keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; } );
"""

FOLDER = """notice = { id = "m"; title = "Memory"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "many"; files = "../data/many"; } );
datasets = ( { name = "file"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "many"; empty_folders = "remove";
    keep = { period = "2 years"; from = "mtime"; }; action = "delete"; } );
"""

# Every third row is due, spread evenly; one index is in no order at all.
FILL = """WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c
  WHERE i < ?1) INSERT INTO visit SELECT i, CASE WHEN i % 3 = 0 THEN 1262304000
  ELSE ?2 END + i % 977, (i * 2654435761) % 4294967296,
  hex(randomblob(500)) FROM c"""


def fill(path, rows):
    c = sqlite3.connect(path)
    for name in ("journal_mode = WAL", "synchronous = OFF",
                 "cache_size = -200000"):
        c.execute("PRAGMA " + name)
    c.execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, at INT, who INT,"
              " name TEXT)")
    c.execute(FILL, (rows, int(time.time()) - 86400))
    c.execute("CREATE INDEX visit_at ON visit (at)")
    c.execute("CREATE INDEX visit_who ON visit (who)")
    c.commit()
    c.close()


def setup(size, extra=""):
    s = rt.Setup()
    os.mkdir(s.path("data"))
    os.mkdir(s.path("policies.d"))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "m.conf"), "w") as f:
        f.write(POLICY % extra)
    # By a process of its own: what it takes would count as ours.
    subprocess.run([sys.executable, __file__, "fill", s.data("big.db"),
                    str(size // ROW_BYTES)], check=True)
    return s


def high_water(pid):
    try:
        with open("/proc/%d/status" % pid) as f:
            m = re.search(r"VmHWM:\s+(\d+) kB", f.read())
        return int(m.group(1)) / 1024 if m else 0
    except OSError:
        return 0


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


class Peak:
    """One pass, watched; peaks in MiB."""

    def __init__(self, s):
        log = open(s.log, "wb")
        start = time.monotonic()
        p = subprocess.Popen([rt.program("retentiond"), "-c", s.conf,
                              "--once"], stdin=subprocess.DEVNULL, stdout=log,
                             stderr=log)
        log.close()
        self.daemon = self.worker = 0
        while True:
            pid, status, used = os.wait4(p.pid, os.WNOHANG)
            if pid:
                break
            for w in children(p.pid):
                self.worker = max(self.worker, high_water(w))
            self.daemon = max(self.daemon, high_water(p.pid))
            time.sleep(0.02)
        p.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - start
        # Of whichever was the larger, to its very end.
        self.worker = max(self.worker, used.ru_maxrss / 1024)


def measure(text, size, extra=""):
    s = setup(size, extra)
    megabytes = os.path.getsize(s.data("big.db")) / 1e6
    rows = size // ROW_BYTES
    p = Peak(s)
    with open(s.log) as f:
        said = f.read()
    print("# %s: %.0f MB, %d of %d rows in %.1f s; worker %.1f MiB, daemon"
          " %.1f MiB" % (text, megabytes, rows // 3, rows, p.seconds,
                         p.worker, p.daemon), flush=True)
    rt.ok(p.status == 0 and s.erased() == {"m/visit": rows // 3},
          text + ": what is due is gone", said)
    rt.same(s.sql("big.db", "SELECT count(*) FROM visit")[0][0],
            rows - rows // 3, text + ": and nothing else")
    s.close()
    return p


def measure_files(n):
    """n files in folders of 500 each, and one that is young in the first."""
    s = rt.Setup()
    os.mkdir(s.path("policies.d"))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "m.conf"), "w") as f:
        f.write(FOLDER)
    for i in range(n + 1):
        folder = s.data("many", "%d" % (i // 500))
        if i % 500 == 0:
            os.makedirs(folder)
        path = os.path.join(folder, "cv-%d.pdf" % i)
        with open(path, "wb") as f:
            f.write(b"x")
        if i > 0:
            os.utime(path, (10 ** 9, 10 ** 9))
    p = Peak(s)
    print("# %d files in %.1f s; worker %.1f MiB, daemon %.1f MiB" % (
        n, p.seconds, p.worker, p.daemon), flush=True)
    rt.ok(p.status == 0 and s.erased() == {"m/file": n},
          "%d files: all that is due is gone" % n, s.erased())
    rt.same([names for _, _, names in os.walk(s.data("many")) if names],
            [["cv-0.pdf"]], "and the young one alone is left")
    rt.same(os.listdir(s.data("many")), ["0"], "in its folder")
    s.close()
    return p


def main():
    if "asan" in rt.BUILD:
        rt.skip_all("the address sanitizer has a memory of its own")
    free = os.statvfs("/tmp")
    if free.f_bavail * free.f_frsize < 3 * BYTES:
        rt.skip_all("not enough space in /tmp")
    small = measure("small", BYTES // 3)
    large = measure("large", BYTES)
    rt.ok(1 < large.worker <= WORKER_MIB, "a worker stays within %d MiB: %.1f"
          % (WORKER_MIB, large.worker))
    rt.ok(1 < large.daemon <= DAEMON_MIB, "the daemon stays within %d MiB:"
          " %.1f" % (DAEMON_MIB, large.daemon))
    rt.ok(large.worker / small.worker <= 1.3, "a worker takes no more for a"
          " database of three times the size: %.2f"
          % (large.worker / small.worker))
    rt.ok(large.daemon / small.daemon <= 1.3, "neither does the daemon: %.2f"
          % (large.daemon / small.daemon))
    more = measure("cache", BYTES // 2, 'cache = "128 MiB";')
    rt.ok(small.worker + 24 < more.worker <= WORKER_MIB + 128,
          "`cache` raises it, by as much at most: %.1f MiB" % more.worker)
    few, many = measure_files(FILES // 3), measure_files(FILES)
    rt.ok(1 < many.worker <= FILES_MIB, "a worker on files stays within %d"
          " MiB: %.1f" % (FILES_MIB, many.worker))
    rt.ok(many.worker / few.worker <= 1.3, "and takes no more for three times"
          " as many: %.2f" % (many.worker / few.worker))
    rt.done()


if sys.argv[1:2] == ["fill"]:
    fill(sys.argv[2], int(sys.argv[3]))
else:
    main()
