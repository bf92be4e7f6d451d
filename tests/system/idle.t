#!/usr/bin/env python3
# Proves that a daemon with nothing to do does nothing: no wake-up, no system
# call, no worker, for seconds on end, and that it is awake at once when there
# is something.

import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import calls  # noqa: E402
import rt  # noqa: E402
import world  # noqa: E402

QUIET_S = 5


def switches(pid):
    """How often each thread slept and was woken."""
    out = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task)) as f:
            out += sum(int(n) for n in re.findall(
                r"voluntary_ctxt_switches:\s+(\d+)", f.read()))
    return out


def ticks(pid):
    with open("/proc/%d/stat" % pid) as f:
        parts = f.read().rsplit(")", 1)[1].split()
    return int(parts[11]) + int(parts[12])


def last_calls(s, seconds):
    """System calls of the daemon in so many seconds; strace's own are not
    among them."""
    log = s.path("strace.log")
    p = subprocess.Popen(["strace", "-f", "-qq", "-o", log, "-p",
                          str(s.daemon.pid)])
    time.sleep(1)
    with open(log) as f:
        f.seek(0, os.SEEK_END)
        time.sleep(seconds)
        said = f.read()
    p.send_signal(signal.SIGINT)
    p.wait()
    return said.splitlines()


def main():
    s = world.build(300)
    with open(s.path("policies.d", "w.conf")) as f:
        text = f.read()
    # One that watches its file, on each kind of journal.
    until = ('{ name = "watch-%s"; promise = "until said"; basis = "test";'
             ' mode = "enforce"; store = "%s"; table = "other"; keep = { until'
             ' = "gone"; clock = "unix"; }; action = "delete"; }')
    text = text.replace("datasets = (", "datasets = (\n%s,\n%s," % (
        until % ("wal", "wal"), until % ("roll", "roll")))
    with open(s.path("policies.d", "w.conf"), "w") as f:
        f.write(text)
    for db in ("wal.db", "roll.db"):
        s.sql(db, "ALTER TABLE other ADD COLUMN gone INT")
    rt.ok(s.start(), "the daemon runs", open(s.log).read())
    rt.ok(rt.await_(20, lambda: s.erased().get("w/person") == 200 and
                    s.erased().get("w/guest") == 200),
          "the first pass is over", s.erased())
    time.sleep(3)
    pid = s.daemon.pid
    before, used = switches(pid), ticks(pid)
    time.sleep(QUIET_S)
    rt.ok(switches(pid) - before <= 1, "not woken in %d seconds (%d)"
          % (QUIET_S, switches(pid) - before))
    rt.ok(ticks(pid) - used <= 1, "no time used")
    rt.same(subprocess.run(["pgrep", "-P", str(pid)],
                           stdout=subprocess.PIPE).stdout, b"", "no worker")
    if calls.have_strace() and os.geteuid() == 0:
        rt.none(last_calls(s, 2), "no system call")
    for db in ("wal.db", "roll.db"):
        s.sql(db, "UPDATE other SET gone = ? WHERE id = 7",
              int(time.time()) - 1)
        rt.ok(rt.await_(5, lambda: not s.sql(
            db, "SELECT * FROM other WHERE id = 7")),
            db + ": and then it is awake")
    rt.same(s.stop(), 0, "stops")
    rt.same(s.verify().returncode, 0, "the trail is VALID")
    rt.done()


main()
