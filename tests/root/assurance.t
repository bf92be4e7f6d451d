#!/usr/bin/env python3
# Proves that a file system which journals data is told from one that does not,
# whether the mount says so or its superblock: in plan, check and outcomes, of a
# database, of files and of rows with files.

import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import loopdisk  # noqa: E402
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
brake = { rows = 1000000; share = 1.0; };
"""
POLICY = """notice = { id = "n"; title = "N"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "db"; sqlite = "../data/x.db"; },
  { name = "cvs"; files = "../data/cvs"; } );
datasets = (
  { name = "rows"; promise = "two years"; mode = "enforce"; store = "db";
    table = "t"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; },
  { name = "files"; promise = "two years"; mode = "enforce"; store = "cvs";
    match = "*"; keep = { period = "2 years"; from = "mtime"; };
    action = "delete"; } );
"""
OLD = 1262304000
SURE, NOT = "overwritten-in-place", "logical-only (journalled data)"


def fill(s):
    c = sqlite3.connect(s.data("x.db"))
    c.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, at INT, name)")
    c.execute("INSERT INTO t(at, name) VALUES (?, 'somebody')", (OLD,))
    c.commit()
    c.close()
    os.mkdir(s.data("cvs"))
    for n, at in (("old", OLD), ("new", None)):
        with open(s.data("cvs", n), "wb") as f:
            f.write(b"x" * 9000)
        if at:
            os.utime(s.data("cvs", n), (at, at))


def one(label, kind, tune, options, want):
    disk = loopdisk.Disk(kind)
    if tune:
        disk.tune(*tune)
    s = rt.Setup()
    os.makedirs(s.data())
    os.mkdir(s.path("policies.d"))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "n.conf"), "w") as f:
        f.write(POLICY)
    disk.at = s.data()
    disk.mount(options)
    fill(s)
    os.sync()
    plan = {d["dataset"]: d.get("assurance")
            for d in s.ctl_json("plan")["datasets"]}
    rt.same(plan, {"n/rows": want, "n/files": want}, label + ": plan")
    said = s.ctl("check").out
    rt.same((NOT in said, "mount it with data=ordered" in said),
            (want == NOT,) * 2, label + ": check, with what to do")
    s._run([rt.program("retentiond"), "-c", s.conf, "--once"], timeout=100)
    of = {r["op"]: r["dataset"] for r in s.trail() if r["type"] == "intent"}
    done = {of[r["op"]]: (r["erased"], r.get("assurance"))
            for r in s.trail() if r["type"] == "done"}
    rt.same(done, {"n/rows": (1, want), "n/files": (1, want)},
            label + ": outcomes")
    disk.umount()
    s.close()
    disk.gone()


def main():
    why = loopdisk.missing("ext4", "xfs")
    if why:
        rt.skip_all(why)
    one("ext4", "ext4", None, "", SURE)
    one("ext4, the mount says it", "ext4", None, "data=journal", NOT)
    one("ext4, its superblock says it", "ext4", ("-o", "journal_data"), "",
        NOT)
    one("ext4, the mount says otherwise", "ext4", ("-o", "journal_data"),
        "data=ordered", SURE)
    one("ext4, no journal", "ext4", ("-O", "^has_journal"), "", SURE)
    one("xfs", "xfs", None, "", SURE)
    rt.done()


main()
