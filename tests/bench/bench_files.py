#!/usr/bin/env python3
"""bench_files - erases folders of files with retentiond's engine and with
shred(1), in turns, on the same disk, and prints medians and their ratios.  The
floor writes the same bytes and syncs once at the end, and removes nothing: no
faster can the disk be.  Then the same with each sync 1 ms longer (slowsync.c):
a virtual disk has no cache to empty, or says so.

usage: bench_files.py BENCH_FILES [FILES [KIB [ROUNDS]]]

BENCH_FILES is the program that runs one whole pass over a folder.  TMPDIR says
on which disk; what others write there meanwhile is synced by both alike, so
a quiet file system of its own (a loop device) gives the truer figures."""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1]
FILES = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
KIB = int(sys.argv[3]) if len(sys.argv) > 3 else 100
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 3


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


def cpu():
    u = resource.getrusage(resource.RUSAGE_CHILDREN)
    return u.ru_utime + u.ru_stime


class Way:
    def __init__(self, name, share, *command):
        self.name, self.command = name, command
        self.n = max(FILES // share, 1)
        self.wall, self.cpu, self.kib = [], [], 0

    def run(self, top, env):
        folder = os.path.join(top, "files")
        paths = prepare(folder, self.n)
        used, start = cpu(), time.monotonic()
        if self.command[0] == "shred":
            for i in range(0, self.n, 500):
                subprocess.run([*self.command, *paths[i:i + 500]], check=True,
                               env=env)
        else:
            out = subprocess.run([*self.command, folder], check=True, env=env,
                                 stdout=subprocess.PIPE).stdout
            self.kib = int(out.split()[1])
        took = time.monotonic() - start
        self.wall.append(took / self.n * 1000)
        self.cpu.append((cpu() - used) / self.n * 1000)
        if left(folder) and "floor" not in self.command:
            sys.exit("%s: not all are gone" % self.name)
        shutil.rmtree(folder)

    def ms(self):
        return statistics.median(self.wall)

    def show(self, than):
        print("  %-28s %7.3f ms a file (%s), %.3f of processor; %5.1f times"
              % (self.name, self.ms(), " ".join("%.3f" % w for w in self.wall),
                 statistics.median(self.cpu), self.ms() / than.ms()))


def disk(top):
    """What the folder lies on, as the kernel calls it."""
    out = subprocess.run(["findmnt", "-n", "-o", "SOURCE,FSTYPE,OPTIONS",
                          "-T", top], stdout=subprocess.PIPE)
    return " ".join(out.stdout.decode().split()) or "not known"


def slow_disk(top):
    """An environment in which each sync takes 1 ms longer."""
    lib = os.path.join(top, "slowsync.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", lib, os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "slowsync.c")], check=True)
    return dict(os.environ, LD_PRELOAD=lib)


def compare(top, where, env):
    mine = Way("retentiond", 1, PROGRAM)
    ways = [mine, Way("the floor: zeros, one sync", 1, PROGRAM, "floor"),
            Way("shred -n1 --remove=unlink", 2, "shred", "-n1",
                "--remove=unlink"), Way("shred -u", 10, "shred", "-u")]
    for _ in range(ROUNDS):
        for w in ways:
            w.run(top, env)
    print("files: %d of %d KiB, %d rounds, on %s" % (FILES, KIB, ROUNDS,
                                                   where))
    for w in ways:
        w.show(mine)
    print("  peak memory %.1f MiB" % (mine.kib / 1024), flush=True)


def main():
    top = tempfile.mkdtemp(prefix="retention-bench.")
    try:
        compare(top, disk(top), None)
        compare(top, "the same, each sync 1 ms longer", slow_disk(top))
    finally:
        shutil.rmtree(top, ignore_errors=True)


main()
