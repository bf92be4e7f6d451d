#!/usr/bin/env python3
# Proves that the daemon keeps its own trail: segments are compressed and
# pruned, old commitment keys destroyed, on request and by schedule, and all of
# it verifies; a full disk stops enforcement and space lets it go on; a trail
# that is replaced under the daemon stops it for good.

import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader(
    "daemon", os.path.join(HERE, "daemon.t"))
daemon = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("daemon", loader))
loader.exec_module(daemon)

TRAIL = 'trail = { segment = "64 KiB"; checkpoint_within = "1 second"; %s };\n'
TOMORROW = (rt.now() + timedelta(days=1)).strftime("%Y-%m-%d")


def setup(settings="", old=0):
    s = daemon.setup(daemon.dataset("feedback"), old=old)
    configure(s, settings)
    return s


def configure(s, settings):
    with open(s.conf, "w") as f:
        f.write(daemon.MAIN % "1 minute" + TRAIL % settings)


def one(text):
    return " ".join(text.split())


def segments(s, end):
    log = s.path("state", "trail", "log")
    return sorted(n for n in os.listdir(log) if n.endswith(end))


def epochs(s):
    return sorted(int(n[:-4]) for n in
                  os.listdir(s.path("state", "keys", "commit"))
                  if n.endswith(".key"))


def pruned(s):
    try:
        with open(s.path("state", "trail", "pruned")) as f:
            return json.load(f)
    except FileNotFoundError:
        return {"first": 0}


def make_due(s, ids):
    s.sql("site.db", "UPDATE feedback SET at = '2019-01-01T00:00:00Z'"
          " WHERE id <= ?", ids)


def test_life(s):
    ok(s.start(), "the daemon runs", daemon.logged(s))
    make_due(s, 70)
    daemon.ask(s, {"do": "run", "wait": True})
    vkey = s.vkey()
    for _ in range(280):
        daemon.ask(s, {"do": "key rotate"})
    plain = len(segments(s, ".jsonl")) + len(segments(s, ".gz"))
    ok(plain >= 4, "%d segments" % plain)
    ok(rt.await_(30, lambda: len(segments(s, ".jsonl")) == 2),
       "all but two are compressed", segments(s, ""))
    same(s.vkey(), vkey, "compressed: the key to pin is found")
    r = s.ctl("audit", "verify", s.path("state"), "--key", vkey)
    same(r.returncode, 2, "they verify; only `stop` is missing")
    test_prune(s)
    test_shred(s)
    same(s.vkey(), vkey, "the key to pin stays the first one")
    same(s.stop(), 0, "stops")
    r = s.ctl("audit", "verify", s.path("state"), "--key", vkey)
    same(r.returncode, 0, one(r.out))
    return vkey


def test_prune(s):
    r = s.ctl("audit", "prune", "--before", "2001-01-01")
    same((r.returncode, r.out[:16]), (0, "nothing to prune"),
         "prune: nothing is as old")
    same(s.ctl("audit", "prune").returncode, 64, "prune: of what?")
    same(s.ctl("audit", "prune", "--keep", "1 day", "--before",
               TOMORROW).returncode, 64, "prune: one of the two")
    names = segments(s, "")
    items = len(os.listdir(s.path("state", "trail", "items")))
    r = s.ctl("audit", "prune", "--before", TOMORROW)
    ok(r.returncode == 0 and r.out.startswith("pruned: "), "prune: " + one(r.out),
       r.err)
    same(segments(s, ""), names[-1:], "prune: the newest segment stays")
    same((items, len(os.listdir(s.path("state", "trail", "items")))), (1, 0),
         "prune: the items of what is gone are gone")
    same("%018d.jsonl" % pruned(s)["first"], names[-1],
         "prune: `pruned` says where it begins")
    same(pruned(s)["who"], {"uid": os.geteuid(),
                            "user": pruned(s)["who"]["user"]},
         "prune: and who asked")


def test_shred(s):
    have = epochs(s)
    r = s.ctl("key", "shred", "0", "1")
    ok(r.returncode == 0 and "epoch 1" in r.out, "shred: " + one(r.out), r.err)
    same(epochs(s), have[2:], "shred: they are gone")
    r = s.ctl("key", "shred", str(have[-1]))
    ok(r.returncode == 1 and "present one" in r.err, "shred: " + one(r.err))
    r = s.ctl("key", "shred", "x")
    ok(r.returncode == 1 and "no epoch" in r.err, "shred: " + one(r.err))
    same(s.ctl("key", "shred").returncode, 64, "shred: of what?")
    r = s.ctl("key", "shred", "--before", TOMORROW)
    same((r.returncode, epochs(s)), (0, have[-1:]),
         "shred: all epochs that are over")
    same([x["epoch"] for x in s.trail() if x["type"] == "shred"][:2], [0, 1],
         "shred: recorded")


def test_schedule(s, vkey):
    """Three years later: what the settings say, by itself."""
    configure(s, 'keep = "1 year"; keep_commitment_keys = "1 month";'
              ' rotate_key_every = "1 minute";')
    before = pruned(s)["first"]
    s.start()
    for _ in range(90):
        daemon.ask(s, {"do": "key rotate"})
    s.stop()
    same((pruned(s)["first"], len(epochs(s)) > 80), (before, True),
         "schedule: nothing is old today")
    s.forget_clock()            # such a step would stop it
    r = s.retentiond("--once", at=rt.now() + timedelta(days=3 * 365))
    same(r.returncode, 0, "schedule: a pass in three years")
    ok(pruned(s)["first"] > before and
       pruned(s)["who"]["user"] == "schedule", "schedule: pruned", pruned(s),
       r.err)
    ok(len(epochs(s)) <= 2, "schedule: old keys are gone", epochs(s), r.err)
    r = s.ctl("audit", "verify", s.path("state"), "--key", vkey)
    same(r.returncode, 0, "schedule: " + one(r.out))
    r = s.ctl("audit", "show", s.path("state"))
    same(r.returncode, 0, "schedule: can be shown")


def test_full(s):
    """The disk of the state folder is full, then not any more."""
    os.mkdir(s.state, 0o700)
    r = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=700",
                        "none", s.state], stderr=subprocess.PIPE)
    if r.returncode != 0:
        print("# full disk skipped: mount: %s" % r.stderr.decode().strip())
        return
    try:
        fill_and_free(s)
    finally:
        s.stop()
        subprocess.run(["umount", "-l", s.state])


def fill_and_free(s):
    ok(s.start(), "full: the daemon runs", daemon.logged(s))
    rt.await_(10, lambda: daemon.state_of(s, "feedback").get("last_pass"))
    filler = s.path("state", "filler")
    with open(filler, "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            pass
    make_due(s, 150)
    daemon.ask(s, {"do": "run", "wait": True})
    ok(rt.await_(10, lambda: "no space left" in daemon.logged(s) or
                 "there is space again" in daemon.logged(s)),
       "full: said in the log", daemon.logged(s))
    status = daemon.ask(s, {"do": "status"})["status"]
    ok(status["needs_person"] and "no space left" in status["reasons"][0],
       "full: status says so", status)
    same(daemon.count(s, "feedback"), 200, "full: nothing is erased")
    ok(not os.path.exists(s.path("state", "reserve")),
       "full: the ballast is given up")
    r = s.verify()
    ok(r.returncode in (0, 2), "full: " + one(r.out))
    same([x["reason"] for x in s.trail() if x["type"] == "stop"],
         ["no space left for the trail"], "full: the last words")
    os.unlink(filler)
    ok(rt.await_(30, lambda: daemon.count(s, "feedback") == 50),
       "full: with space it goes on by itself", daemon.logged(s))
    ok(os.path.exists(s.path("state", "reserve")), "full: ballast is there")
    same(s.stop(), 0, "full: stops")
    r = s.verify()
    same(r.returncode, 0, "full: " + one(r.out))
    same(s.erased(), {"demo/feedback": 150}, "full: exact")


def by_copy(s):
    os.rename(s.path("state", "trail"), s.path("state", "away"))
    shutil.copytree(s.path("state", "away"), s.path("state", "trail"))


def by_second_name(s):
    log = s.path("state", "trail", "log")
    os.link(os.path.join(log, segments(s, ".jsonl")[-1]), s.path("second"))


def test_replaced(what, hurt, why):
    s = setup()
    ok(s.start(), what + ": the daemon runs", daemon.logged(s))
    rt.await_(10, lambda: daemon.state_of(s, "feedback").get("last_pass"))
    hurt(s)
    make_due(s, 90)
    daemon.ask(s, {"do": "run", "wait": True})
    ok("enforcement is off until restarted" in daemon.logged(s) and
       why in daemon.logged(s), what + ": said in the log", daemon.logged(s))
    status = daemon.ask(s, {"do": "status"})["status"]
    ok(status["trail"]["broken"] and why in status["reasons"][0],
       what + ": status says so", status)
    same(daemon.count(s, "feedback"), 200, what + ": nothing is erased")
    same(s.ctl("audit", "prune", "--before", TOMORROW).returncode, 1,
         what + ": nothing is pruned")
    s.stop()


first = setup()
test_schedule(first, test_life(first))
if os.geteuid() == 0:
    test_full(setup())
else:
    print("# full disk skipped: mounting needs root")
test_replaced("folder replaced", by_copy, "replaced under way")
test_replaced("second name", by_second_name, "has a second name")
rt.done()
