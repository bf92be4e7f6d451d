#!/usr/bin/env python3
"""bench_files - erases a folder of files with retentiond's engine and with
shred(1), in the same run on the same disk, and prints the ratios.

usage: bench_files.py BENCH_FILES [FILES [KIB]]

BENCH_FILES is the program that runs one whole pass over a folder."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
FILES = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
KIB = int(sys.argv[3]) if len(sys.argv) > 3 else 100
SHARE = 10              # three passes of shred are measured on fewer files


def prepare(folder, n):
    block = os.urandom(KIB * 1024)
    os.mkdir(folder)
    paths = []
    for i in range(n):
        at = os.path.join(folder, "%d" % (i // 1000))
        os.makedirs(at, exist_ok=True)
        paths.append(os.path.join(at, "cv-%d.pdf" % i))
        with open(paths[-1], "wb") as f:
            f.write(block)
        os.utime(paths[-1], (10 ** 9, 10 ** 9))
    os.sync()
    return paths


def left(folder):
    return sum(len(files) for _, _, files in os.walk(folder))


def shred(top, name, n, *options):
    paths = prepare(os.path.join(top, name), n)
    start = time.monotonic()
    for i in range(0, n, 500):
        subprocess.run(["shred", *options, *paths[i:i + 500]], check=True)
    return (time.monotonic() - start) / n


def ours(top, n):
    folder = os.path.join(top, "ours")
    prepare(folder, n)
    start = time.monotonic()
    subprocess.run([PROGRAM, folder], check=True)
    took = (time.monotonic() - start) / n
    if left(folder):
        sys.exit("files: not all are gone")
    return took


def main():
    top = tempfile.mkdtemp(prefix="retention-bench.")
    try:
        mine = ours(top, FILES)
        once = shred(top, "once", max(FILES // 2, 1), "-n1",
                     "--remove=unlink")
        thrice = shred(top, "thrice", max(FILES // SHARE, 1), "-u")
        print("files: %d of %d KiB in %.2f s; shred -n1 takes %.1f times, "
              "shred -u %.1f times as long for a file"
              % (FILES, KIB, mine * FILES, once / mine, thrice / mine))
    finally:
        shutil.rmtree(top, ignore_errors=True)


main()
