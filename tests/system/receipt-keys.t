#!/usr/bin/env python3
# Proves that receipts and bundles stay checkable by the first key while the
# signing key is replaced, old records are cut away, and a lost key is replaced
# by means of the recovery key.

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import world  # noqa: E402

PROGRAMS = {
    "retentionctl": [rt.program("retentionctl"), "audit", "verify"],
    "verify-trail.py": [os.path.join(rt.CONTRIB, "verify-trail.py")],
    "verify-trail.sh": [os.path.join(rt.CONTRIB, "verify-trail.sh")]}

s = world.build(45)
with open(s.conf, "a") as f:
    f.write('trail = { segment = "64 KiB"; };\n')
rt.same(s.ctl("key", "init", "--recovery", s.path("offline")).returncode, 0,
        "a signing key, and a recovery key")
before = world.View(s)


def verdicts(folder, *options):
    return {name: subprocess.run(
        argv + [folder, "--key", vkey, *options], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT).returncode
        for name, argv in PROGRAMS.items()}


def all_say(verdict):
    return dict.fromkeys(PROGRAMS, verdict)


def rotate(times):
    ok = s.start()
    for _ in range(times):
        ok = ok and s.ctl("key", "rotate").returncode == 0
    return ok and s.stop() == 0


def receipt(dataset, name, wanted=0):
    key = due[dataset][3]
    path = s.path(name)
    r = s.ctl("audit", "receipt", "--dataset", "w/" + dataset, "--out", path,
              *[x for k in key for x in ("--key", str(k))])
    if not rt.same(r.returncode, wanted, name + ": status %d" % wanted):
        print("# " + r.err)
    return path if r.returncode == 0 else r.err


def check(path, text):
    r = s.ctl("audit", "verify-receipt", path, "--key", vkey)
    rt.ok(r.returncode == 0, text, r.out, r.err)


due = {d: sorted(world.due(before, d, rt.now().timestamp()))
       for d in world.DATASETS}
world.restrict(s, "person")
rt.same(s.retentiond("--once").returncode, 0, "a pass under the first key")
vkey = s.vkey()
first = receipt("person", "early")
rt.ok(rotate(3), "the key is replaced three times")
world.restrict(s, "visit")
rt.same(s.retentiond("--once").returncode, 0, "a pass under the fourth key")
check(first, "the receipt given before is VALID")
again = receipt("person", "early-again")
check(again, "one for the same row, given later, too")
late = receipt("visit", "late")
check(late, "and one for a row that went under the fourth key")
with open(late) as f:
    good = json.load(f)
rt.ok(len(good["keys"]) >= 4 and good["keys"][0]["vkey"] == vkey,
      "it brings the keys from the first one on")
rt.same(s.ctl("audit", "verify-receipt", late, "--key",
              good["keys"][3]["vkey"]).returncode, 3,
        "the key that signed it is not the one to pin")
wrong = []
for i in range(1, len(good["keys"])):
    forged = json.loads(json.dumps(good))
    forged["keys"][i]["note"] = good["keys"][i % 3 + 1]["note"]
    if forged == good:
        continue
    with open(s.path("forged"), "w") as f:
        f.write(json.dumps(forged, separators=(",", ":")) + "\n")
    if s.ctl("audit", "verify-receipt", s.path("forged"), "--key",
             vkey).returncode != 1:
        wrong.append("note %d exchanged" % i)
rt.none(wrong, "notes between keys cannot be exchanged")
rt.same(s.ctl("audit", "export", s.path("bundle"), "--key",
              vkey).returncode, 0, "exported")
rt.same(verdicts(s.path("bundle")), all_say(0),
        "all three programs follow the keys")

# Cut away in front: segments that are old enough.
rt.ok(s.start(), "the daemon runs on")
for i in range(400):
    with open(s.path("policies.d", "w.conf"), "a") as f:
        f.write("# %d\n" % i)
    s.ctl("reload")
    if len(os.listdir(s.path("state", "trail", "log"))) > 1:
        break
s.ctl("key", "rotate")
r = s.ctl("audit", "prune", "--before", rt.rfc3339(rt.later(rt.now(), 1)))
rt.ok(r.returncode == 0 and os.path.exists(
    s.path("state", "trail", "pruned")), "its old records are cut away",
    r.out, r.err)
rt.same(s.stop(), 0, "it stops")
world.restrict(s, None)
rt.same(s.retentiond("--once").returncode, 0, "a pass over the rest")
rt.ok("cut away" in receipt("person", "gone", 1),
      "what was cut away is not found, and it says so")
check(again, "the receipt from before the cut is VALID")
check(receipt("letter", "after"), "and one from after the cut")
rt.same(s.ctl("audit", "export", s.path("cut.tar"), "--key",
              vkey).returncode, 0, "exported")
os.mkdir(s.path("cut"))
subprocess.run(["tar", "-xf", s.path("cut.tar"), "-C", s.path("cut")],
               check=True)
rt.same(verdicts(s.path("cut")), all_say(0),
        "all three programs begin at the cut")
trail = s.path("cut", "trail")
with open(os.path.join(trail, "pruned")) as f:
    said = f.read()
for name, text in (
        ("another frontier", said.replace('"frontier":["', '"frontier":["0',
                                          1).replace('0', '', 0)),
        ("another time", said.replace('"t0":"20', '"t0":"19')),
        ("another epoch", said.replace('"epoch":', '"epoch":1'))):
    with open(os.path.join(trail, "pruned"), "w") as f:
        f.write(text)
    rt.same(verdicts(s.path("cut")), all_say(1), "a cut with " + name)
with open(os.path.join(trail, "pruned"), "w") as f:
    f.write(said)
with open(os.path.join(trail, "keys.chain"), "a") as f:
    f.write('{"ep":99}\n')
rt.same(verdicts(s.path("cut")), all_say(0),
        "keys beyond the cut are not looked at")
with open(os.path.join(trail, "keys.chain"), "r+b") as f:
    f.write(b'{"ep":0 ')
rt.same(verdicts(s.path("cut")), all_say(1), "another chain of keys")
os.remove(os.path.join(trail, "keys.chain"))
rt.same(verdicts(s.path("cut")), all_say(3), "no chain of keys")

# The signing key is lost.
os.remove(s.path("state", "keys", "current"))
r = s.ctl("key", "rekey", "--recovery", s.path("offline"), "--key", vkey)
rt.same((r.returncode, s.retentiond("--once").returncode), (0, 0),
        "the recovery key replaces it, and a pass follows")
rt.same(s.ctl("audit", "export", s.path("rekeyed")).returncode, 0, "exported")
rt.same(verdicts(s.path("rekeyed")), all_say(2), "INCOMPLETE")
rt.same(verdicts(s.path("rekeyed"), "--accept-rekey"), all_say(0),
        "VALID for who accepts that")
check(receipt("letter", "before-the-loss"),
      "a row that went before the loss has its receipt")
rt.done()
