#!/usr/bin/env python3
# Proves that a scrub leaves nothing of what databases of every shape hold
# dead, and every byte of what they say: a hundred sound ones, by a parser of
# the format that goes by the trees, by a carver of records, and by the shell's
# .recover where it has one (Debian's has not: SQLITE3_RECOVER names another).
# SCRUB_DATABASES=N: how many.  SCRUB_ONLY=N: that one, kept.

import os
import sqlite3
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import scrubdb  # noqa: E402
import sqpage  # noqa: E402

TOOL = rt.program("tests/scrub_tool")
N = int(os.environ.get("SCRUB_DATABASES", "100"))
ONLY = os.environ.get("SCRUB_ONLY")


def scrub(path, *how, wait=60):
    """Its answer as (code, strange pages, text)."""
    r = subprocess.run([TOOL, path, *how], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=wait)
    if r.returncode != 0:
        return (-1, 0, "status %d: %s" % (
            r.returncode, r.stdout.decode(errors="replace")[-600:]))
    w = r.stdout.decode().split(None, 8)
    return int(w[0]), int(w[4]), w[8].strip()


def shape(i):
    """Every tenth is as a killed application left it; every twentieth keeps
    bytes of its pages for others, who do not use them."""
    return {"fixed": {"reserved": [8, 32, 255][i // 20 % 3], "page_size": [
        1024, 65536, 4096, 8192][i // 20 % 4]} if i % 20 == 7
            else {}, "open": i % 10 == 3}


def checkpointed(path):
    c = sqlite3.connect(path)
    c.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    c.close()


class Sums:
    before = carved = bytes = reserved = 0
    recovered = None


def judge(path, i, sums):
    """Faults of one database."""
    how, out = shape(i), []
    if how["open"]:
        m = scrubdb.left_open(path, i, **how["fixed"])
        copy = path + ".look"
        for end in ("", "-wal", "-journal"):
            if os.path.exists(path + end):
                shutil.copyfile(path + end, copy + end)
        checkpointed(copy)
    else:
        m = scrubdb.Maker(path, i, **how["fixed"])
        m.make()
        copy = path + ".look"
        shutil.copyfile(path, copy)
    said, dumped, alive = (scrubdb.said(copy), scrubdb.dump(copy),
                           scrubdb.live(copy))
    dirty = sqpage.File(copy).dirty()
    sums.before += len(sqpage.marks(scrubdb.around(path)) - alive)
    sums.carved += sum(sqpage.carve(p) for _, p in dirty)
    sums.bytes += sum(len(p) for _, p in dirty)
    lost = scrubdb.recovered(copy)
    if lost is not None:
        sums.recovered = (sums.recovered or 0) + len(
            sqpage.marks(lost) - alive)
    code, strange, text = scrub(path)
    sums.reserved += m.shape["reserved"] > 0
    if code != 0 or strange != 0:
        out.append("%d, %d strange: %s" % (code, strange, text))
    left = sqpage.left(scrubdb.around(path), m.shape["page_size"], alive)
    if left:
        out.append("%d markers left, %s" % (len(left), sorted(left)[:3]))
    dirty = sqpage.File(path).dirty()
    if dirty:
        out.append("dead and not zero: %r" % [
            (at, p[:40]) for at, p in dirty][:4])
    carved = sum(sqpage.carve(p) for _, p in dirty)
    found = sqpage.marks(scrubdb.recovered(path) or b"") - alive
    if carved or found:
        out.append("%d records carved, %d recovered" % (carved, len(found)))
    if scrubdb.said(path) != said or said[1] != b"ok":
        out.append("it says something else: %r" % (
            scrubdb.said(path)[1:],))
    if scrubdb.dump(path) != dumped:
        out.append(".dump differs")
    c = sqlite3.connect(path)
    try:
        for t, _ in m.tables[:1]:       # and can be written on
            c.execute("INSERT OR IGNORE INTO %s(id, a, n) VALUES (1, 2, 3)"
                      % t)
        if m.shape["fts"]:
            c.execute("INSERT INTO ft5(ft5) VALUES ('integrity-check')")
            c.execute("INSERT INTO \"ft'4\"(\"ft'4\") VALUES"
                      " ('integrity-check')")
        c.commit()
    except sqlite3.Error as why:
        out.append("afterwards: %s" % why)
    c.close()
    if scrub(path)[0] != 0 or scrubdb.said(path)[1] != b"ok":
        out.append("not a second time")
    return out


def main():
    folder = tempfile.mkdtemp(prefix="retention-scrub.")
    path, faults, sums = os.path.join(folder, "x.db"), [], Sums()
    began = time.monotonic()
    for i in [int(ONLY)] if ONLY else range(N):
        for f in judge(path, i, sums):
            faults.append("database %d: %s" % (i, f))
    print("# %d s; before: %d markers, %d dead bytes in %d pieces carved, %s"
          " by .recover; %d with reserved bytes" % (
              time.monotonic() - began, sums.before, sums.bytes, sums.carved,
                  "not tried" if sums.recovered is None else sums.recovered,
              sums.reserved))
    rt.ok(sums.before > N * 20 and sums.carved > N and
          sums.recovered != 0, "there was something to find")
    rt.none(faults, "%d databases: nothing dead is left, and they say what"
            " they said" % N)
    if ONLY:
        print("# kept: " + folder)
    else:
        shutil.rmtree(folder)
    rt.done()


main()
