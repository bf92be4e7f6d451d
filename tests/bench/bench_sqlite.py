#!/usr/bin/env python3
"""Erasing against one big DELETE: time alone, and what a writer feels.

usage: bench_sqlite.py BENCH_ERASE [ROWS] [wal|delete]...    (default 5000000)

One fifth of the rows is due.  Two indexes: one on the time, one on a random
number.  Files live in a temporary folder (TMPDIR) and are removed.
"""
import multiprocessing as mp
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

CACHE = os.environ.get("BENCH_CACHE", str(32 << 20))


def build(path, rows):
    db = sqlite3.connect(path)
    db.executescript(
        f"""PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
        PRAGMA cache_size=-400000;
        CREATE TABLE t(id INTEGER PRIMARY KEY, ts INTEGER, user_id INTEGER,
          body TEXT);
        WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s
          WHERE i < {rows})
        INSERT INTO t SELECT i, 1600000000 + i, abs(random()) % 1000000000,
          'text of a row that nobody needs ' || hex(randomblob(16)) FROM s;
        CREATE INDEX t_ts ON t(ts); CREATE INDEX t_user ON t(user_id);""")
    db.close()


def writer(path, ready, stop, out):
    """Insert every 10 ms; report how long each took, and failures."""
    db = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    db.execute("PRAGMA synchronous=NORMAL")
    took, failed = [], 0
    ready.set()
    while not stop.is_set():
        t = time.monotonic()
        try:
            db.execute("INSERT INTO t(ts, user_id, body) "
                       "VALUES (9999999999, 1, 'new')")
        except sqlite3.OperationalError:
            failed += 1
        took.append(time.monotonic() - t)
        time.sleep(0.01)
    db.close()
    took.sort()
    out.put((took[int(len(took) * 0.99)] if took else 0,
             took[-1] if took else 0, failed, len(took)))


def shell(path, bound):
    subprocess.run(["sqlite3", "-cmd", ".timeout 5000", path,
                    "PRAGMA secure_delete=ON", f"DELETE FROM t WHERE ts <= {bound}"],
                   check=True, stdout=subprocess.DEVNULL)


def batches(path, bound):
    """The usual loop: 1,000 rows, a rest of 20 ms."""
    db = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    db.execute("PRAGMA secure_delete=ON")
    n = 1
    while n:
        n = db.execute("DELETE FROM t WHERE id IN (SELECT id FROM t WHERE "
                       f"ts <= {bound} LIMIT 1000)").rowcount
        time.sleep(0.02)
    db.close()


def ours(exe, path, bound):
    out = subprocess.run([exe, path, "10", CACHE, str(bound)], check=True,
                         stdout=subprocess.PIPE, text=True).stdout.split()
    return int(out[0]), int(out[2])


def measure(base, path, journal, busy, work):
    shutil.copyfile(base, path)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA journal_mode={journal}")
    db.close()
    os.sync()
    ready, stop, out = mp.Event(), mp.Event(), mp.Queue()
    if busy:
        p = mp.Process(target=writer, args=(path, ready, stop, out))
        p.start()
        ready.wait()
        time.sleep(0.5)
    t = time.monotonic()
    said = work(path)
    t = time.monotonic() - t
    felt = None
    if busy:
        stop.set()
        felt = out.get()
        p.join()
    for suffix in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    return t, said, felt


def main():
    exe = os.path.abspath(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 5000000
    journals = sys.argv[3:] or ["wal", "delete"]
    bound = 1600000000 + rows // 5
    due = rows // 5
    folder = tempfile.mkdtemp(prefix="bench_sqlite.")
    base, path = os.path.join(folder, "base"), os.path.join(folder, "db")
    try:
        build(base, rows)
        print(f"{rows} rows, {os.path.getsize(base) >> 20} MiB, {due} due")
        for j in journals:
            big, _, _ = measure(base, path, j, False,
                                lambda p: shell(p, bound))
            t, (n, rss), _ = measure(base, path, j, False,
                                     lambda p: ours(exe, p, bound))
            assert n == due, (n, due)
            print(f"{j}: alone: shell {big:.2f} s, ours {t:.2f} s, ratio "
                  f"{t / big:.2f} (at most 1.0), RSS {rss >> 10} MiB")
            _, _, stall = measure(base, path, j, True,
                                  lambda p: shell(p, bound))
            lt, _, lf = measure(base, path, j, True,
                                lambda p: batches(p, bound))
            t, (n, rss), felt = measure(base, path, j, True,
                                        lambda p: ours(exe, p, bound))
            assert n == due, (n, due)
            print(f"{j}: writer under the shell: max {stall[1]:.3f} s, "
                  f"{stall[2]} failed; under ours: p99 {felt[0]:.4f} s "
                  f"(1/{stall[1] / max(felt[0], 1e-6):.0f}), max "
                  f"{felt[1]:.4f} s (1/{stall[1] / max(felt[1], 1e-6):.0f}),"
                  f" {felt[2]} failed of {felt[3]}")
            print(f"{j}: with a writer: loop of 1,000 {due / lt:.0f} rows/s "
                  f"(writer p99 {lf[0]:.3f} s), ours {due / t:.0f} rows/s, "
                  f"RSS {rss >> 10} MiB", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
