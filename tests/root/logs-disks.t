#!/usr/bin/env python3
# Proves on loop devices that due lines leave the head of a log while a writer
# appends: cut off on ext4 and xfs; on ext4 with bigalloc, which does not cut by
# blocks, made blank.  Every line that is not due is there once, in order.

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import loopdisk  # noqa: E402
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
brake = { rows = 100000000; share = 1.0; };
"""
POLICY = """
notice = { id = "site"; title = "Site"; controller = "Example";
  owner = "Head of Examples"; review_by = "2040-03-31"; };
stores = ( { name = "weblogs"; logs = "%s/access.log*"; } );
datasets = ( { name = "access"; promise = "7 days"; basis = "test";
  mode = "enforce"; store = "weblogs"; keep = { period = "7 days";
  from = "line"; }; time_format = "combined"; action = "delete";
  live = "collapse"; } );
"""
LINE = '%s - - [%s] "GET /%08d HTTP/1.1" 204 0 "-" "%s"\n'
OLD, PAD = "01/Jan/2020:10:00:00 +0000", "Mozilla/5.0 " + "x" * 100
OLD_LINES = 40000               # some 7 MB

# Appends numbered lines until it is told to stop; says how many.
WRITER = """
import os, select, sys, time
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
n = 0
while not select.select([0], [], [], 0)[0]:
    for _ in range(20):
        now = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime())
        os.write(fd, (sys.argv[2] % ("198.51.100.7", now, n, "w")).encode())
        n += 1
    time.sleep(0.002)
print(n)
"""


def cut_under_a_writer(kind, disk):
    s = rt.Setup()
    os.makedirs(s.path("policies.d"))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "site.conf"), "w") as f:
        f.write(POLICY % disk.at)
    s.ctl("key", "init")
    log = os.path.join(disk.at, "access.log")
    with open(log, "w") as f:
        for i in range(OLD_LINES):
            f.write(LINE % ("192.0.2.%d" % (i % 250 + 1), OLD, i, PAD))
    before = os.stat(log)
    w = subprocess.Popen([sys.executable, "-c", WRITER, log, LINE],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(0.3)
    ok(s.start(), kind + ": the daemon starts")
    for _ in range(4):
        s.ctl("run", "--wait")
    after = os.stat(log)
    said = s.ctl("status").out
    n = int(w.communicate(b"\n")[0])
    s.stop()
    with open(log, "rb") as f:
        text = f.read()
    lines = [x.decode() for x in text.split(b"\n") if x.strip()]
    old = [x for x in lines if OLD in x]
    new = [x for x in lines if OLD not in x]
    same(after.st_ino, before.st_ino, kind + ": the file stays the file")
    ok(n > 100, kind + ": a writer went on", n)
    same([x.split()[6] for x in new], ["/%08d" % i for i in range(n)],
         kind + ": each of its lines is there once, in order")
    ok(all(x.startswith("198.51.100.7 ") and x.endswith('"w"') for x in new),
       kind + ": and whole")
    cut = int(os.getxattr(log, "user.retentiond.cut").split()[-1])
    same(s.verify().returncode, 0, kind + ": the trail is valid")
    return len(old), cut, after.st_blocks * 512, before.st_size, said


def alone():
    """Who has a file open can be asked where all processes can be seen: in a
    namespace of our own."""
    if os.environ.get("LOGS_ALONE"):
        return
    argv = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child"]
    if os.geteuid() != 0 or subprocess.run(
            argv + ["true"], stderr=subprocess.DEVNULL).returncode:
        rt.skip_all("needs root, to mount, and namespaces, to see who has a "
                    "file open")
    os.environ["LOGS_ALONE"] = "1"
    os.execvp(argv[0], argv + [sys.executable, os.path.abspath(__file__)])


def main():
    alone()
    for kind, make in (("ext4", None), ("xfs", None),
                       ("bigalloc", ["mkfs.ext4", "-q", "-F", "-O", "bigalloc",
                                     "-C", "65536"])):
        fs = "ext4" if make else kind
        why = loopdisk.missing(fs)
        if why:
            rt.skip(kind, why)
            continue
        if make:
            loopdisk.MKFS[kind] = make
        disk = loopdisk.Disk(kind)
        disk.mount()
        old, cut, blocks, was, said = cut_under_a_writer(kind, disk)
        same(old, 0, kind + ": no due line is left")
        ok(was - 65536 < cut <= was if not make else cut == 0,
           kind + ": the file says how much was cut off", cut, was)
        ok(blocks < was / 4 if not make else blocks >= was, kind + (
            ": what was cut off takes no space" if not make else
            ": nor any of its bytes but line feeds"), blocks, was, said)
        disk.umount()
        disk.gone()
    rt.done()


main()
