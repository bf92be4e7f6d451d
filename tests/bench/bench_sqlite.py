#!/usr/bin/env python3
"""Erasing against one big DELETE: time alone, and what a writer feels.

usage: bench_sqlite.py BENCH_ERASE [ROWS] [wal|delete]...    (default 5000000)

One fifth of the rows is due.  Two indexes: one on the time, one on a random
number.  Files live in a temporary folder (TMPDIR) and are removed.
BENCH_ROUNDS (2): both sides take turns that often; medians are compared.
BENCH_LOOP (15): seconds for each of the loops that are compared with.
"""
import multiprocessing as mp
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

CACHE = os.environ.get("BENCH_CACHE", str(40 << 20))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2"))
LOOP = float(os.environ.get("BENCH_LOOP", "15"))


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
    out.put({"p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)],
             "max": took[-1], "failed": failed, "n": len(took)})


def say(felt):
    return (f"p50 {felt['p50'] * 1e3:.1f} ms, p99 {felt['p99'] * 1e3:.1f} ms, "
            f"max {felt['max'] * 1e3:.0f} ms, {felt['failed']} of {felt['n']} "
            "failed")


def shell(path, bound):
    subprocess.run(["sqlite3", "-cmd", ".timeout 5000", path,
                    "PRAGMA secure_delete=ON", f"DELETE FROM t WHERE ts <= {bound}"],
                   check=True, stdout=subprocess.DEVNULL)


def loop(path, bound, batch):
    """The usual loop: batches, a rest of 20 ms.  Rows a second."""
    db = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    db.execute("PRAGMA secure_delete=ON")
    n, total, start = 1, 0, time.monotonic()
    while n and time.monotonic() - start < LOOP:
        n = db.execute("DELETE FROM t WHERE id IN (SELECT id FROM t WHERE "
                       f"ts <= {bound} LIMIT {batch})").rowcount
        total += n
        time.sleep(0.02)
    total /= time.monotonic() - start
    db.close()
    return total


# Nobody is there only if every process can be looked into; here the machine's
# first process may be of another world, so the alone run gets its own.
OWN = ["unshare", "--pid", "--fork", "--mount-proc"]


def ours(exe, path, bound, own=()):
    out = subprocess.run([*own, exe, path, "10", CACHE, str(bound)], check=True,
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


def alone(exe, base, path, journal, bound, due):
    big, own = [], []
    for _ in range(ROUNDS):
        t, _, _ = measure(base, path, journal, False,
                          lambda p: shell(p, bound))
        big.append(t)
        t, (n, rss), _ = measure(base, path, journal, False,
                                 lambda p: ours(exe, p, bound, OWN))
        assert n == due, (n, due)
        own.append(t)
        print(f"  {journal}: shell {big[-1]:.2f} s, ours {t:.2f} s, "
              f"load {os.getloadavg()[0]:.1f}", flush=True)
    a, b = statistics.median(big), statistics.median(own)
    print(f"{journal}: alone: shell {a:.2f} s, ours {b:.2f} s, ratio "
          f"{b / a:.2f} (at most 1.0), RSS {rss >> 10} MiB", flush=True)


def among(exe, base, path, journal, bound, due):
    print(f"{journal}: with a writer every 10 ms, load "
          f"{os.getloadavg()[0]:.1f}")
    big, _, stall = measure(base, path, journal, True,
                            lambda p: shell(p, bound))
    print(f"  one DELETE: {due / big:.0f} rows/s, writer {say(stall)}",
          flush=True)
    for batch in 1000, 100:
        _, rate, felt = measure(base, path, journal, True,
                                lambda p, b=batch: loop(p, bound, b))
        print(f"  loop of {batch}: {rate:.0f} rows/s, writer {say(felt)}",
              flush=True)
    t, (n, rss), felt = measure(base, path, journal, True,
                                lambda p: ours(exe, p, bound))
    assert n == due, (n, due)
    print(f"  ours: {due / t:.0f} rows/s, writer {say(felt)}, RSS "
          f"{rss >> 10} MiB, load {os.getloadavg()[0]:.1f}")
    print(f"{journal}: p99 1/{stall['max'] / felt['p99']:.0f} of the stall "
          f"(at most 1/50), max 1/{stall['max'] / felt['max']:.0f} "
          "(at most 1/10)", flush=True)


def main():
    exe = os.path.abspath(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 5000000
    journals = sys.argv[3:] or ["wal", "delete"]
    bound = 1600000000 + rows // 5
    due = rows // 5
    folder = tempfile.mkdtemp(prefix="bench_sqlite.")
    base, path = os.path.join(folder, "base"), os.path.join(folder, "db")
    base = os.environ.get("BENCH_BASE", base)
    try:
        if not os.path.exists(base):
            build(base, rows)
        print(f"{rows} rows, {os.path.getsize(base) >> 20} MiB, {due} due")
        for j in journals:
            if "alone" not in os.environ.get("BENCH_SKIP", ""):
                alone(exe, base, path, j, bound, due)
            if "among" not in os.environ.get("BENCH_SKIP", ""):
                among(exe, base, path, j, bound, due)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
