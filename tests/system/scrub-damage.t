#!/usr/bin/env python3
# Proves that a scrub of damaged databases neither crashes nor hangs, that no
# byte changes which SQLite reads or a recovery could want, and that what does
# change becomes zero: a hundred databases, each damaged in a way of its own.
# SCRUB_DATABASES=N: how many.  SCRUB_ONLY=N: that one, kept.

import collections
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import scrubdb  # noqa: E402
import scrubharm  # noqa: E402

TOOL = rt.program("tests/scrub_tool")
N = int(os.environ.get("SCRUB_DATABASES", "100"))
ONLY = os.environ.get("SCRUB_ONLY")
SECONDS = 20
# Counters, and who wrote last: what a commit changes without a change.
COUNTERS = set(range(24, 28)) | set(range(92, 100))


def build(path, i, r):
    m = scrubdb.Maker(path, 1000 + i, fts=i % 7 == 0)
    m.shape["journal"] = r.choice(["delete", "wal"])
    if i % 28 in (8, 9, 10, 12, 13, 14):
        m.shape["page_size"], m.rows = 1024, 150    # chains, a freelist
        m.shape["secure_delete"] = "OFF"
    m.make()
    with open(path, "rb") as f:
        data = f.read()
    b = scrubharm.Bytes(data, r)
    harms = [scrubharm.HARMS[i % len(scrubharm.HARMS)]]
    if i % 3 == 2:
        harms.append(r.choice(scrubharm.HARMS))
    for h in harms:
        try:
            h(b)
        except (IndexError, ValueError, struct.error):
            pass                # what another damage did not leave
    with open(path, "wb") as f:
        f.write(b.d)
    return "+".join(h.__name__ for h in harms), bytes(b.d) != data


def judge(path, i, tally):
    r, out = random.Random(i), []
    what, damaged = build(path, i, r)
    with open(path, "rb") as f:
        before = f.read()
    was = path + ".was"
    shutil.copyfile(path, was)
    try:
        p = subprocess.run([TOOL, path], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=SECONDS)
        text = p.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return ["%s: it hangs" % what]
    if p.returncode != 0:
        return ["%s: status %d: %s" % (what, p.returncode, text[-800:])]
    w = text.split(None, 8)
    tally["undamaged" if not damaged else "refused" if w[0] != "0" else
          "in part" if w[4] != "0" else "done"] += 1
    with open(path, "rb") as f:
        after = f.read()
    with open(was, "rb") as f:
        before = f.read()
    fts = i % 7 == 0            # merged by SQLite itself
    if len(after) != len(before) and not fts:
        out.append("%s: %d bytes became %d" % (what, len(before), len(after)))
    changed = [k for k in range(min(len(after), len(before)))
               if after[k] != before[k]] if after != before else []
    # Where the count of pages is not believed, a commit puts it right.
    if before[24:28] != before[92:96] or before[28:32] == bytes(4):
        changed = [k for k in changed if not 28 <= k < 32]
    odd = [k for k in changed if after[k] != 0 and k not in COUNTERS]
    if odd and not fts:
        out.append("%s: bytes changed, and not to zero: %r" % (what,
                                                              odd[:9]))
    tally["bytes"] += len(changed)
    # SQLite may go by what its memory holds behind a page: read it again.
    if all(scrubdb.read_all(path) != scrubdb.read_all(was)
           for _ in range(4)):
        out.append("%s (%s): SQLite reads something else; %s" % (
            what, text.strip(), difference(was, path)))
    return out


def difference(was, path):
    for a, b in zip(scrubdb.read_all(was), scrubdb.read_all(path)):
        if a != b:
            if len(a) < 4 or len(b) < 4:
                return "%r %r" % (a, b)
            return "%s by %s: %d rows %s, now %d rows %s" % (
                a[0], a[1][:30], len(a[2]), a[3], len(b[2]), b[3])
    return "less of it"


def main():
    folder = tempfile.mkdtemp(prefix="retention-scrub.")
    path, faults = os.path.join(folder, "x.db"), []
    tally, began = collections.Counter(), time.monotonic()
    for i in [int(ONLY)] if ONLY else range(N):
        faults += ["database %d: %s" % (i, f) for f in judge(path, i, tally)]
    print("# %d s; %s" % (time.monotonic() - began, dict(tally)))
    rt.ok(tally["refused"] > N // 3 and tally["done"] + tally["in part"] > N //
          10, "some are left alone, some in part")
    rt.none(faults, "%d damaged databases: sooner or later left, and no byte "
            "that means anything changed" % N)
    if ONLY:
        print("# kept: " + folder)
    else:
        shutil.rmtree(folder)
    rt.done()


main()
