#!/usr/bin/env python3
# Proves that a power cut during a scrub loses nothing that was committed: file
# systems on loop devices are shut down at random moments, with not even their
# logs written, beside a writer whose commits are durable; then the database is
# sound, has every commit told before the cut, and the next scrub finishes.
# A commit told while the cut went on may be there or not: an fsync that meets
# the shutdown half-way can return 0.  SCRUB_CUTS=N: how often.

import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import loopdisk  # noqa: E402
import rt  # noqa: E402
import scrubcompany  # noqa: E402
import scrubdb  # noqa: E402

TOOL = rt.program("tests/scrub_tool")
CUTS = int(os.environ.get("SCRUB_CUTS", "25"))
TOLD = struct.Struct("=Qq")      # a commit's number, when it was told (ns)
KINDS = [("ext4", "delete"), ("xfs", "wal"), ("ext4", "wal"),
         ("xfs", "delete")]


def write(path):
    """A process that tells each commit's number once it is durable."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            c, r = scrubcompany.open_app(path), random.Random(1)
            # FULL does not make the removal of a journal durable.
            c.execute("PRAGMA synchronous=EXTRA")
            i = 0
            while True:
                i += 1
                c.execute("INSERT INTO told VALUES (?)", (i,))
                os.write(write_end, TOLD.pack(i, time.monotonic_ns()))
                if i % 3 == 0:
                    scrubcompany.change(c, r)
                time.sleep(.01)
        except Exception:
            pass
        finally:
            os._exit(1)
    os.close(write_end)
    return pid, read_end


def told(fd, cut):
    """The last commit told before the time cut, and the last told at all."""
    data = b""
    while True:
        more = os.read(fd, 65536)
        if not more:
            break
        data += more
    os.close(fd)
    before = last = 0
    for last, when in TOLD.iter_unpack(data):
        if when < cut:
            before = last
    return before, last


def one(disk, master, gone, r):
    path = os.path.join(disk.at, "x.db")
    disk.mount()
    for e in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(path + e):
            os.unlink(path + e)
    shutil.copyfile(master, path)
    os.sync()
    p = subprocess.Popen([TOOL, path, "30"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    pid, fd = write(path)
    time.sleep(r.uniform(.01, 1.2))
    cut = disk.cut()
    p.kill()
    p.wait()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    due, last = told(fd, cut)
    disk.umount()
    disk.mount()                        # its log is replayed
    out = []
    c = sqlite3.connect(path)
    try:
        sound = c.execute("PRAGMA integrity_check").fetchone()[0]
        there = c.execute("SELECT coalesce(max(n), 0), count(*) FROM told"
                          ).fetchone()
        sums = scrubcompany.look(c), scrubcompany.whole(c)
    except sqlite3.Error as why:
        sound, there, sums = str(why), (0, 0), (0, 0)
    c.close()
    if sound != "ok" or sums != (0, 0):
        out.append("damaged: %s, sums %r" % (sound, sums))
    if not due <= there[0] <= last + 1 or there[0] != there[1]:
        out.append("commit %d was told before the cut, %d at all, %r are there"
                   % (due, last, there))
    done = subprocess.run([TOOL, path], stdout=subprocess.PIPE).stdout.split()
    left = scrubcompany.back(scrubdb.around(path), gone)
    if done[:1] != [b"0"] or left:
        out.append("the next: %r, %d markers left" % (done[:3], left))
    disk.umount()
    return out, due, max(0, last - there[0])


def main():
    why = loopdisk.missing("ext4", "xfs")
    if why:
        rt.skip_all(why)
    folder = tempfile.mkdtemp(prefix="retention-cuts.")
    r = random.Random(int(os.environ.get("SCRUB_SEED", "1")))
    for k, (kind, journal) in enumerate(KINDS):
        master = os.path.join(folder, journal + ".db")
        if os.path.exists(master):
            os.unlink(master)
        gone = scrubcompany.create(master, journal, 3000)
        c = sqlite3.connect(master)
        c.execute("CREATE TABLE told(n INT)")
        c.commit()
        c.close()
        disk, faults, commits, during = loopdisk.Disk(kind), [], 0, 0
        n = (CUTS + k) // len(KINDS)
        for i in range(n):
            bad, due, lost = one(disk, master, gone, r)
            faults += ["%d: %s" % (i, f) for f in bad]
            commits += due
            during += lost
        disk.gone()
        rt.ok(commits >= n, "%s, %s: %d cuts, %d commits before them, %d told "
              "during them and lost" % (kind, journal, n, commits, during))
        rt.none(faults, "%s, %s: sound, with every commit told before the cut"
                % (kind, journal))
    shutil.rmtree(folder)
    rt.done()


main()
