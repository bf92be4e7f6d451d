#!/usr/bin/env python3
# Proves that a scrub under applications in full use costs them no error and no
# row, and that what it overwrote does not come back from anybody's cache: two
# writers with warm caches, a reader, one with a mapping, one that locks all
# others out now and then, one with long transactions; in each journal mode.
# SCRUB_SECONDS=N: in each mode.  SCRUB_MODES: which.

import os
import shutil
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
SECONDS = float(os.environ.get("SCRUB_SECONDS", "10"))
MODES = os.environ.get("SCRUB_MODES", "delete truncate persist wal").split()
ROWS = int(os.environ.get("SCRUB_ROWS", "9000"))


def scrub(path):
    r = subprocess.run([TOOL, path], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    w = r.stdout.decode(errors="replace").split(None, 8)
    return {"status": r.returncode, "code": int(w[0]), "rounds": int(w[1]),
            "sealed": w[2] == "1", "strange": int(w[4]), "ms": int(w[6]),
            "text": w[8].strip()} if r.returncode == 0 else {
                "status": r.returncode, "text": " ".join(w)[-900:]}


def sides(path):
    return "".join(e for e in ("-wal", "-journal")
                   if os.path.exists(path + e) and os.path.getsize(path + e))


def mode(folder, journal):
    path = os.path.join(folder, journal + ".db")
    gone = scrubcompany.create(path, journal, ROWS)
    before = scrubcompany.back(scrubdb.around(path), gone)
    company = scrubcompany.Company(path)
    end, odd, runs, sealed, longest = time.monotonic() + SECONDS * .7, [], \
        0, 0, 0
    time.sleep(1)
    # At least one to the end, then as many as there is time for.
    while time.monotonic() < end or not sealed and \
            time.monotonic() < end + 120:
        r = scrub(path)
        runs += 1
        if r["status"] or r["code"] not in (0, 7) or r.get("strange"):
            odd.append(r["text"])
        if not r["status"] and r["code"] == 0:
            longest = max(longest, r["ms"])
            sealed += r["sealed"]
        time.sleep(.3)
    time.sleep(SECONDS * .3)            # caches have their chance
    did, faults = company.leave()
    c = sqlite3.connect(path)
    left = scrubcompany.back(scrubdb.around(path), gone)
    sound = c.execute("PRAGMA integrity_check").fetchone()[0]
    print("# %s: %d markers lay about; %d scrubs, %d sealed, longest lock %d "
          "ms; %s" % (journal, before, runs, sealed, longest, did))
    rt.ok(before > ROWS // 4 and sealed, journal + ": there was something to "
          "scrub, and it was")
    rt.none(odd, journal + ": every scrub was done or said that it is busy")
    rt.none(faults, journal + ": nobody met an error or a wrong row")
    rt.same(left, 0, journal + ": nothing came back" + sides(path))
    rt.same((sound, scrubcompany.whole(c), scrubcompany.look(c)),
            ("ok", 0, 0), journal + ": sound, every row as it was written")
    c.close()


def main():
    folder = tempfile.mkdtemp(prefix="retention-scrub.")
    for journal in MODES:
        mode(folder, journal)
    shutil.rmtree(folder)
    rt.done()


main()
