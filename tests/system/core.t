#!/usr/bin/env python3
# Proves that nothing personal is anywhere that the daemon writes or remembers:
# trail, ledger, log, metrics, answers, a bundle, and a core dump of the daemon
# taken while it runs, of all its memory; and that a dump as a crash would make
# one holds no key either.  Needs gdb and root.

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from demodata import check  # noqa: E402

if os.geteuid() != 0:
    rt.skip_all("not root: the daemon lets nobody else look at its memory")
if not shutil.which("gdb"):
    rt.skip_all("no gdb to dump the daemon's memory with")
if "asan" in rt.BUILD:
    rt.skip_all("the sanitizer keeps freed memory as it was, to look into it")

TOLD = ["Evangeline.Outhwaite@Example.org", "perpetua.grimthorpe@example.net",
        "Barnaby.Thistlewood@example.org"]
SITE = "var/lib/dsc/site.db"


def dump(s, name, whole):
    """A core file of the running daemon; `whole`: with all that the kernel
    would leave out of one (what madvise() marked)."""
    path = s.path(name)
    on = "on" if whole else "off"
    r = subprocess.run(
        ["gdb", "-nx", "-batch", "-p", str(s.daemon.pid),
         "-ex", "set use-coredump-filter %s" % ("off" if whole else "on"),
         "-ex", "set dump-excluded-mappings " + on, "-ex", "gcore " + path],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    if not os.path.exists(path):
        rt.skip_all("gdb cannot take a core file here: %s"
                    % r.stdout.decode(errors="replace")[-300:])
    return path


s = rt.Setup()
s.demo(rt.now())
rt.ok(s.start(), "the daemon runs")
with open(s.path("personal.txt")) as f:
    secrets = f.read().splitlines()
rt.ok(len(secrets) > 400 and check.leaks(secrets, s.data(SITE)),
      "there are personal values, and the search finds them")

# What it is told of a person by its administrators is used and forgotten.
rt.same(s.ctl("run", "--wait").returncode, 0, "a pass")
held = s.ctl("hold", "add", "--subject", "email=" + TOLD[0], "--matter",
             "case 17", "--reason", "by order")
rt.same([held.returncode] + [s.ctl("subject", *how, "--email",
                                   TOLD[1]).returncode for how in (
    ("restrict", "--reason", "by order"), ("unrestrict",))], [0, 0, 0],
    "a hold and a restriction of persons")
for refused in (["--subject", "email=" + TOLD[2]], ["--subject", "x=" + TOLD[2]],
                ["--dataset", TOLD[2], "--matter", "x"]):
    rt.ok(s.ctl("hold", "add", *refused).returncode != 0,
          "and one that is refused")
rt.same(s.ctl("run", "--wait").returncode, 0, "another pass")
rt.ok(s.ctl("status").returncode in (0, 1), "still there")

told = [v for t in TOLD for v in (t, t.lower())]
core = dump(s, "core", True)
rt.ok(check.leaks(["demo.example.org"], core) and os.path.getsize(core) >
      1000000, "a core dump of all its memory")
rt.none(check.leaks(secrets, core), "nothing of the data is in it")
rt.none([n for n in range(len(told)) if check.leaks(told[n:n + 1], core)],
        "nor who was held, restricted or refused")

# What a crash would leave lying about has no key in it.
with open(dump(s, "core.kernel", False), "rb") as f:
    core = f.read()
keys = {}
for d, _, names in os.walk(s.path("state", "keys")):
    for name in names:
        with open(os.path.join(d, name), "rb") as f:
            keys[name] = f.read()
rt.ok({"current", "0.key"} <= set(keys), "there are keys", sorted(keys))
rt.none([n for n, k in keys.items() if k in core],
        "a dump as the kernel would make one holds no key")

# And nothing is in what it writes.
rt.same(s.stop(), 0, "it stops")
rt.ok(s.ctl("audit", "export", s.path("bundle")).returncode in (0, 1, 2, 3),
      "a bundle")
with open(s.path("said"), "wb") as f:
    f.write(b"\n".join(s.said))
written = [s.state, s.log, s.path("retentiond.prom"), s.path("bundle"),
           s.path("said")]
rt.same([w for w in written if not os.path.exists(w)], [],
        "trail, ledger, log, metrics, bundle, answers")
rt.none(check.leaks(secrets, *written) + check.leaks(told, *written[:-1]),
        "none of it names a person")
rt.done()
