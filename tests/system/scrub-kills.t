#!/usr/bin/env python3
# Proves that a scrub killed at any moment leaves a sound database that says
# what it said, and that the next one finishes: kill -9 at random moments, every
# other time beside a writer that is killed as well.
# SCRUB_KILLS=N: how often.

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import scrubcompany  # noqa: E402
import scrubdb  # noqa: E402

TOOL = rt.program("tests/scrub_tool")
KILLS = int(os.environ.get("SCRUB_KILLS", "25"))
MODES = ["delete", "wal", "persist", "truncate"]
ENDS = ("", "-wal", "-shm", "-journal")


def put(master, path):
    for e in ENDS:
        if os.path.exists(path + e):
            os.unlink(path + e)
        if os.path.exists(master + e):
            shutil.copyfile(master + e, path + e)


def content(path):
    c = sqlite3.connect(path, timeout=5)
    out = (c.execute("PRAGMA integrity_check").fetchone()[0],
           c.execute("SELECT * FROM t").fetchall(),
           c.execute("SELECT * FROM total").fetchall())
    sums = scrubcompany.look(c), scrubcompany.whole(c)
    c.close()
    return out, sums


def write(path):
    """Commits until it is killed."""
    pid = os.fork()
    if pid == 0:
        try:
            c, r = scrubcompany.open_app(path), random.Random(1)
            while True:
                scrubcompany.change(c, r)
        finally:
            os._exit(1)
    return pid


def one(path, master, gone, was, r, most):
    """Faults, and whether it was still at work."""
    put(master, path)
    out, company = [], r.random() < .5
    p = subprocess.Popen([TOOL, path, "30"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    other = write(path) if company else None
    time.sleep(r.uniform(0, most))
    at_work = p.poll() is None
    p.kill()
    if other:
        os.kill(other, signal.SIGKILL)
        os.waitpid(other, 0)
    p.wait()
    now, sums = content(path)
    if now[0] != "ok" or sums != (0, 0):
        out.append("damaged: %s, sums %r" % (now[0], sums))
    if not company and now != was:
        out.append("it says something else")
    done = subprocess.run([TOOL, path], stdout=subprocess.PIPE).stdout.split()
    left = scrubcompany.back(scrubdb.around(path), gone)
    if done[:1] != [b"0"] or left:
        out.append("the next: %r, %d markers left" % (done[:3], left))
    if content(path)[0] != now:
        out.append("the next one: it says something else")
    return out, at_work


def main():
    folder = tempfile.mkdtemp(prefix="retention-scrub.")
    path, r = os.path.join(folder, "x.db"), random.Random(
        int(os.environ.get("SCRUB_SEED", "1")))
    for k, journal in enumerate(MODES):
        master = os.path.join(folder, journal + ".db")
        gone = scrubcompany.create(master, journal, 3000)
        put(master, path)
        began = time.monotonic()
        subprocess.run([TOOL, path], stdout=subprocess.DEVNULL)
        most, faults, hit = (time.monotonic() - began) * 1.3, [], 0
        was = content(master)[0]
        n = (KILLS + k) // len(MODES)
        for i in range(n):
            bad, at_work = one(path, master, gone, was, r, most)
            faults += ["%d: %s" % (i, f) for f in bad]
            hit += at_work
        rt.ok(hit == n, "%s: %d scrubs were killed" % (journal, hit))
        rt.none(faults, journal + ": sound, as it was, and scrubbed by the "
                "next")
    shutil.rmtree(folder)
    rt.done()


main()
