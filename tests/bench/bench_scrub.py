#!/usr/bin/env python3
"""Scrubbing against VACUUM: time, and what a writer feels; and what a small
pass costs on a large database.

usage: bench_scrub.py SCRUB_TOOL BENCH_ERASE [ROWS]        (default 10000000: 1 GB)

Both start from copies of one file, of whose rows a fifth was deleted with
secure_delete off, and run in turn, each with a writer every 10 ms.  Files lie
in a temporary folder (TMPDIR): three times the database.
BENCH_MODES: "wal delete".
"""
import multiprocessing as mp
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import bench_sqlite as base


def felt_during(path, work):
    """(seconds, what a writer felt)."""
    ready, stop, out = mp.Event(), mp.Event(), mp.Queue()
    p = mp.Process(target=base.writer, args=(path, ready, stop, out))
    p.start()
    ready.wait()
    time.sleep(.5)
    began = time.monotonic()
    work()
    took = time.monotonic() - began
    stop.set()
    felt = out.get()
    p.join()
    return took, felt


def vacuum(path):
    c = sqlite3.connect(path, timeout=60, isolation_level=None)
    c.execute("PRAGMA secure_delete=ON")
    c.execute("VACUUM")
    c.close()


def space(folder):
    return sum(os.stat(os.path.join(folder, f)).st_blocks * 512
               for f in os.listdir(folder))


def main():
    tool, erase = sys.argv[1:3]
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 10000000
    folder = tempfile.mkdtemp(prefix="retention-bench.")
    first = os.path.join(folder, "first.db")
    base.build(first, rows)
    base_sql = sqlite3.connect(first, isolation_level=None)
    base_sql.execute("PRAGMA secure_delete=OFF")
    base_sql.execute("PRAGMA journal_mode=OFF")
    base_sql.execute("DELETE FROM t WHERE id % 5 = 1")
    base_sql.close()
    size = os.path.getsize(first)
    print(f"{rows} rows, {size >> 20} MiB, a fifth deleted")
    for mode in os.environ.get("BENCH_MODES", "wal delete").split():
        work = os.path.join(folder, "work")
        os.mkdir(work)
        path = os.path.join(work, "x.db")
        got = {}
        for what in ("vacuum", "scrub"):
            shutil.copyfile(first, path)
            c = sqlite3.connect(path)
            c.execute("PRAGMA journal_mode=" + mode)
            c.close()
            os.sync()
            said = []
            got[what] = felt_during(path, lambda: vacuum(path)
                                    if what == "vacuum" else said.append(
                subprocess.run([tool, path], stdout=subprocess.PIPE).stdout))
            print(f"{mode} {what}: {got[what][0]:.1f} s; writer "
                  f"{base.say(got[what][1])} {b''.join(said).decode().strip()}")
            if what == "scrub":
                print(f"  space: {space(work) - size >> 10} KiB more, log "
                      "and new rows included")
                c = sqlite3.connect(path)
                due = [str(1600000000 + c.execute(
                    "SELECT id FROM t ORDER BY id LIMIT 1 OFFSET ?",
                    (n,)).fetchone()[0]) for n in (999, 1999, 2999)]
                c.close()
                r = subprocess.run([erase, path, "10", base.CACHE, due[0],
                                    "scrub", *due[1:]],
                                   stdout=subprocess.PIPE).stdout.split()
                print(f"  a pass of {r[0].decode()} rows on it: "
                      f"{r[1].decode()} s; two more, nobody having touched it "
                      f"since: {r[4].decode()} s, {r[7].decode()} s")
            for f in os.listdir(work):
                os.unlink(os.path.join(work, f))
        os.rmdir(work)
        v, s = got["vacuum"], got["scrub"]
        print(f"{mode}: scrub / VACUUM: time {s[0] / v[0]:.2f} (0.50), "
              f"writer's p99 1/{v[1]['p99'] / s[1]['p99']:.0f} (1/50)")
    shutil.rmtree(folder)


main()
