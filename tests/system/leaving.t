#!/usr/bin/env python3
# Proves that a daemon's passes look through a large database once, and then,
# while nobody touches it, only at what they write themselves: over restarts
# of the daemon; and that a commit of its application, or another word in the
# ledger, leads to a whole look.

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import datetime, timezone

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; sandbox = "preferred";
brake = { rows = 1000000; share = 1.0; };
"""
POLICY = """notice = { id = "n"; title = "N"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "s"; sqlite = "../data/s.db"; } );
datasets = ( { name = "d"; promise = "a day"; basis = "test";
  mode = "enforce"; store = "s"; table = "p"; action = "delete";
  keep = { period = "1 day"; from = "at"; clock = "unix"; }; } );
"""
ROWS, EACH, DAY = 12000, 5, 86400
FIRST = int(rt.instant("2026-03-01T00:00:00Z").timestamp())


def make(path, mode):
    c = sqlite3.connect(path, isolation_level=None)
    c.execute("PRAGMA journal_mode=" + mode).fetchall()
    c.execute("CREATE TABLE p(id INTEGER PRIMARY KEY, at INT, body)")
    c.execute("CREATE INDEX by_at ON p(at)")
    c.execute("BEGIN")
    c.executemany("INSERT INTO p VALUES (?, ?, ?)", (
        (i, FIRST + i // EACH * DAY, os.urandom(200).hex())
        for i in range(ROWS)))
    c.execute("COMMIT")
    c.close()


def clean(s):
    return [r[0] for r in sqlite3.connect(s.path("state", "ledger.db"))
            .execute("SELECT says FROM clean")]


class World:
    def __init__(self, mode):
        self.s = rt.Setup()
        os.makedirs(self.s.data())
        os.mkdir(self.s.path("policies.d"))
        with open(self.s.conf, "w") as f:
            f.write(MAIN)
        with open(self.s.path("policies.d", "n.conf"), "w") as f:
            f.write(POLICY)
        self.db = self.s.data("s.db")
        make(self.db, mode)
        self.day = 0

    def run(self):
        """Rows erased, bytes of the database read for one of it."""
        self.day += 1
        prefix, env = rt.at_fake(datetime.fromtimestamp(
            FIRST + self.day * DAY + 3600, timezone.utc))
        self.s.other_boot()
        said = self.s.path("strace")
        before = len(self.s.trail()) if self.day > 1 else 0
        self.s._run(["strace", "-f", "-qq", "-y", "-e", "trace=pread64",
                     "-o", said] + prefix + [rt.program("retentiond"), "-c",
                                             self.s.conf, "--once"], env=env)
        with open(said, errors="replace") as f:
            read = sum(int(m.group(1)) for m in re.finditer(
                r"pread64\(\d+<[^>]*/s\.db>.* = (\d+)\n", f.read()))
        rows = sum(r["erased"] for r in self.s.trail()[before:]
                   if r["type"] == "done")
        return rows, read / os.path.getsize(self.db)


def one(mode):
    w = World(mode)
    s = w.s
    rows, share = w.run()
    rt.ok(rows == EACH and share >= 1, "%s: at first all of it is read, %.2f "
          "times" % (mode, share), s.said[-1])
    first = clean(s)
    rt.same(len(first), 1, mode + ": the ledger has how it was left")
    for _ in range(2):
        rows, share = w.run()
        rt.ok(rows == EACH and share < .3, "%s: nobody touched it: %.2f of it "
              "is read" % (mode, share))
    rt.ok(len(clean(s)) == 1 and clean(s) != first, mode + ": as it is now")
    s.sql("s.db", "UPDATE p SET body = 'x' WHERE id = 9000")
    rows, share = w.run()
    rt.ok(rows == EACH and share >= 1, "%s: a commit of its application: all "
          "of it, %.2f times" % (mode, share))
    c = sqlite3.connect(s.path("state", "ledger.db"))
    c.execute("UPDATE clean SET says = 'ffff' || says")
    c.commit()
    c.close()
    rows, share = w.run()
    rt.ok(rows == EACH and share >= 1, "%s: another word in the ledger: all, "
          "%.2f times" % (mode, share))
    rt.same(s.verify().returncode, 0, mode + ": the trail is in order")
    s.close()


if shutil.which("strace") is None or subprocess.run(
        ["strace", "-qq", "true"], stderr=subprocess.DEVNULL).returncode:
    rt.skip_all("no strace, or nobody may trace")
if subprocess.run(["stat", "-f", "-c", "%T", os.environ.get(
        "TMPDIR", "/tmp")], stdout=subprocess.PIPE).stdout.strip() not in (
        b"ext2/ext3", b"xfs", b"btrfs"):
    rt.skip_all("a file system whose times are not believed")
for m in ("delete", "wal"):
    one(m)
rt.done()
