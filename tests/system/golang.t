#!/usr/bin/env python3
# Proves that a trail of the daemon holds for code that nobody here wrote: its
# notes for golang.org/x/mod/sumdb/note, its tree and proofs for sumdb/tlog.
# Skipped where there is no go with that package (golang-golang-x-mod-dev).

import os
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

GOPATH = os.environ.get("GOPATH", "/usr/share/gocode")
PACKAGE = os.path.join(GOPATH, "src", "golang.org", "x", "mod", "sumdb")
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org/trail"; metrics = "";
brake = { rows = 1000000; share = 1.0; };
"""
POLICY = """notice = { id = "s"; title = "Sets"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; } );
datasets = ( { name = "visit"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "site"; table = "visit"; action = "delete";
    keep = { period = "2 years"; from = "at"; clock = "unix"; }; } );
"""


def make():
    s = rt.Setup()
    os.mkdir(s.path("policies.d"))
    os.mkdir(s.path("data"))
    for name, text in (("retentiond.conf", MAIN),
                       ("policies.d/s.conf", POLICY)):
        with open(s.path(name), "w") as f:
            f.write(text)
    c = sqlite3.connect(s.data("site.db"))
    c.execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, at INT)")
    for _ in range(3):
        c.executemany("INSERT INTO visit (at) VALUES (?)", [(1000000000,)] * 5)
        c.commit()
        r = s.retentiond("--once")
        if r.returncode != 0:
            rt.ok(False, "a pass", r.err)
    c.close()
    if s.start():
        rt.same(s.ctl("key", "rotate").returncode, 0, "the key is replaced")
    rt.same(s.stop(), 0, "the daemon made a trail")
    return s


def keys(trail):
    """The key of each epoch, by the trail's own word; the first is pinned."""
    return [r["vkey"] for r in trail if r["type"] in ("genesis", "rotate")]


def build(s):
    """The checker, built without any network or module."""
    folder = s.path("go")
    os.mkdir(folder)
    shutil.copy(os.path.join(rt.TOP, "tests", "lib", "trailcheck.go.txt"),
                os.path.join(folder, "trailcheck.go"))
    env = dict(os.environ, GO111MODULE="off", GOPATH=GOPATH, GOFLAGS="",
               GOCACHE=s.path("gocache"), GOTOOLCHAIN="local", CGO_ENABLED="0")
    r = subprocess.run(["go", "build", "-o", s.path("trailcheck"),
                        os.path.join(folder, "trailcheck.go")], env=env,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if not rt.ok(r.returncode == 0, "the checker is built", r.stdout.decode()):
        rt.done()


def check(s, lines, vkeys):
    r = subprocess.run([s.path("trailcheck"), *vkeys],
                       input=b"".join(x + b"\n" for x in lines),
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return r.returncode, r.stdout.decode().strip()


if shutil.which("go") is None:
    rt.skip_all("there is no go")
if not os.path.isdir(PACKAGE):
    rt.skip_all("there is no golang.org/x/mod in " + GOPATH)
s = make()
build(s)
lines = []
for name in sorted(os.listdir(s.path("state", "trail", "log"))):
    with open(s.path("state", "trail", "log", name), "rb") as f:
        lines += f.read().splitlines()
trail = s.trail()
vkeys = keys(trail)
rt.same((vkeys[0], len(vkeys)), (s.vkey(), 2), "two keys, the first pinned")
n = sum(r["type"] == "cp" for r in trail)
code, said = check(s, lines, vkeys)
rt.same((code, said), (0, "%d records, %d checkpoints" % (len(lines), n)),
        "every checkpoint and a proof of every record hold")
code, said = check(s, lines, vkeys[:1])
rt.ok(code != 0, "not without the second key", said)
bad = list(lines)
bad[3] = bad[3].replace(b'"t":"2', b'"t":"3', 1)
code, said = check(s, bad, vkeys)
rt.ok(code != 0 and "tree" in said, "not with a record changed", said)
bad = [x.replace(b"\\n" + str(r["seq"]).encode() + b"\\n",
                 b"\\n" + str(r["seq"] + 1).encode() + b"\\n")
       if r["type"] == "cp" else x for x, r in zip(lines, trail)]
code, said = check(s, bad, vkeys)
rt.ok(code != 0, "not with a size changed", said)
rt.done()
