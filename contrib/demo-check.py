#!/usr/bin/env python3
"""Compare what retentiond did to the demonstration's data with what it should
have done.  Prints every difference; exit 0 when there is none.

  demo-check.py FOLDER plan PHASE FILE   a plan's JSON against the counts
  demo-check.py FOLDER data PHASE        databases row by row, files by bytes
  demo-check.py FOLDER leaks PATH...     personal details in files or folders

PHASE is "before" (nothing done), "open" (a pass was made) or "closed" (and the
portal was declared closed)."""

import json
import os
import sys

sys.dont_write_bytecode = True
from demodata import check  # noqa: E402


def main(folder, what, *args):
    expected = check.load(folder)
    if what == "plan":
        with open(args[1]) as f:
            faults = check.plan(expected[args[0]], json.load(f))
        said = "all %d datasets as expected" % len(
            expected[args[0]]["datasets"])
    elif what == "data":
        phase = expected[args[0]]
        data = os.path.join(folder, "data")
        faults = check.databases(phase["databases"], data)
        faults += check.files(phase, data)
        there = [t for t in phase["databases"].values() if t is not None]
        said = "%d rows in %d tables of %d databases as expected" % (
            sum(e["rows"] for t in there for e in t.values()),
            sum(map(len, there)), len(there))
        gone = len(phase["databases"]) - len(there)
        said += ", %d databases destroyed" % gone if gone else ""
        left = [e for e in phase["files"].values() if e is not None]
        logs = [e for p, e in phase["files"].items() if e and ".log" in p]
        said += "\n%d files as expected, byte for byte" % len(left)
        said += " (%d lines in %d logs)" % (sum(e["lines"] for e in logs),
                                            len(logs))
        gone = len(phase["files"]) - len(left)
        said += ", %d gone" % gone if gone else ""
    else:
        with open(os.path.join(folder, "personal.txt")) as f:
            secrets = f.read().splitlines()
        faults = check.leaks(secrets, *args)
        said = "none of %d personal details found" % len(secrets)
    print("\n".join(faults) if faults else said)
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[2] not in ("plan", "data", "leaks"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
