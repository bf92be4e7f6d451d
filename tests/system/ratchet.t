#!/usr/bin/env python3
# Proves that the signing key is replaced daily, on demand and after a kill,
# that the old one is nowhere on the disk then, that the trail stays VALID by
# its first key, and that a lost key can be replaced by the recovery key alone.

import importlib.machinery
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import rt  # noqa: E402
import world  # noqa: E402
from rt import none, ok, same  # noqa: E402

loader = importlib.machinery.SourceFileLoader(
    "kills", os.path.join(HERE, "kills.t"))
kills = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("kills", loader))
loader.exec_module(kills)

DAY = 86400
T0 = rt.instant("2026-03-01T00:00:00Z")


def rotations(s):
    return [r for r in s.trail() if r["type"] == "rotate"]


def whys(s):
    return [r["why"] for r in rotations(s)]


def seed(s):
    with open(s.path("state", "keys", "current"), "rb") as f:
        return f.read()


def holders(s, secret):
    """Files below the state folder that hold these bytes."""
    out = []
    for folder, _, names in os.walk(s.state):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                if secret in f.read():
                    out.append(name)
    return out


def verify(s, *more):
    return s.ctl("audit", "verify", s.state, "--key", s.pin, *more)


def setup(settings=""):
    s = world.build(6)
    with open(s.conf, "a") as f:
        f.write(settings)
    return s


def test_daily():
    s = setup()
    same(s.retentiond("--once", at=T0).returncode, 0, "daily: the first day")
    s.pin, old = s.vkey(), seed(s)
    s.retentiond("--once", at=rt.later(T0, DAY - 1))
    same((whys(s), seed(s)), ([], old),
         "daily: a second before, the key is the same")
    same(holders(s, old), ["current"], "daily: it is found where it is")
    s.retentiond("--once", at=rt.later(T0, DAY))
    same(whys(s), ["schedule"], "daily: a second later it is replaced")
    same(holders(s, old), [], "daily: the old one is in no file")
    ok(not os.path.exists(s.path("state", "keys", "next")),
       "daily: nor is a next one")
    r = rotations(s)[0]
    final = s.trail()[r["seq"] + 1]
    same((r["next"], "who" in r, final["type"], final["final"],
          final["note"].count("\u2014 "), s.trail()[r["seq"] + 2]["ep"]),
         (1, False, "cp", True, 2, 1), "daily: by the ceremony")
    s.retentiond("--once", at=rt.later(T0, 2 * DAY - 1))
    same(len(rotations(s)), 1, "daily: and then not before a day has passed")
    s.forget_clock()            # such a step would stop it
    s.retentiond("--once", at=rt.later(T0, 5 * DAY))
    same(len(rotations(s)), 2, "daily: after days without it once")
    s.retentiond("--once", at=rt.later(T0, 5 * DAY + 60))
    same(len(rotations(s)), 2, "daily: not again")
    same(verify(s).returncode, 0, "daily: VALID by the first key")
    same(s.vkey(), s.pin, "daily: which is the one that key show gives")
    k = s.ctl_json("key", "show")
    same((k["epoch"], k["since"], k["next_rotation"], k["first"] == s.pin,
          k["current"] == s.pin),
         (2, "2026-03-06T00:00:00Z", "2026-03-07T00:00:00Z", True, False),
         "daily: and tells epoch, age and the next one")
    same(len([x for x in s.trail() if x["type"] == "genesis"]), 1,
         "daily: there is one genesis")


def test_live():
    """A day is over while the daemon runs."""
    s = setup('trail = { rotate_key_every = "1 minute"; };\n')
    s.retentiond("--once", at=rt.now() - timedelta(seconds=56))
    s.pin, old = s.vkey(), seed(s)
    s.start()
    same(whys(s), [], "live: it is not yet time")
    ok(rt.await_(15, lambda: whys(s)), "live: it is replaced in time")
    status = s.ctl_json("status")["status"]["trail"]
    same((status["epoch"], status["key"]["waiting"], status["broken"]),
         (1, None, False), "live: status tells the epoch")
    ok(status["key"]["vkey"] != s.pin and
       0 <= status["key"]["age_seconds"] <= 15, "live: and the key's age",
       status)
    same(holders(s, old), [], "live: the old one is in no file")
    with open("/proc/%d/status" % s.daemon.pid) as f:
        locked = [ln for ln in f if ln.startswith("VmLck:")][0].split()[1]
    ok(int(locked) >= 32, "live: keys are in memory that is locked", locked)
    with open("/proc/%d/limits" % s.daemon.pid) as f:
        core = [ln for ln in f if ln.startswith("Max core file")][0].split()
    same(core[4:6], ["0", "0"], "live: there are no core dumps")
    s.stop()
    same(verify(s).returncode, 0, "live: VALID")


ASK = """
import os,socket,sys
os.setgroups([]);os.setgid(int(sys.argv[2]));os.setuid(65534)
for what in ("status", "key rotate"):
    c=socket.socket(socket.AF_UNIX);c.connect(sys.argv[1])
    c.sendall(b'{"do":"%s"}\\n' % what.encode());print(c.recv(4096).decode())
"""


def ask(s, gid):
    r = subprocess.run([sys.executable, "-c", ASK, s.path("control.sock"),
                        str(gid)], stdout=subprocess.PIPE, timeout=20)
    return ['"ok":true' in line for line in r.stdout.decode().splitlines()
            if line]


def test_demand():
    s = setup('auditors = "nogroup"; admins = "daemon";\n')
    s.retentiond("--once")
    s.pin, old = s.vkey(), seed(s)
    same(s.ctl("key", "rotate").returncode, 69, "demand: without the daemon")
    s.start()
    r = s.ctl("key", "rotate")
    same(r.returncode, 0, "demand: an admin asks")
    ok(r.out.startswith("epoch 1 begins"), "demand: and is told", r.out)
    same([(r["why"], r["who"]["uid"]) for r in rotations(s)],
         [("request", os.getuid())], "demand: recorded with who it was")
    same(holders(s, old), [], "demand: the old one is in no file")
    k = s.ctl_json("key", "rotate")
    same((k.get("ok"), k.get("rotated"), k.get("epoch")), (True, True, 2),
         "demand: as JSON")
    if os.geteuid() == 0:
        os.chmod(s.dir, 0o755)
        same(ask(s, 65534), [True, False], "demand: an auditor may look only")
        same(len(rotations(s)), 2, "demand: nothing was replaced for him")
        same(ask(s, 1), [True, True], "demand: a member of admins may")
    else:
        print("# not root: rights of auditors were not tried")
    s.stop()
    same(verify(s).returncode, 0, "demand: VALID")


def test_kill():
    s = setup()
    s.retentiond("--once")
    s.pin = s.vkey()
    s.start()
    old = seed(s)
    s.daemon.send_signal(signal.SIGKILL)
    s.daemon.wait()
    s.daemon = None
    same(verify(s).returncode, 2, "kill: INCOMPLETE")
    s.start()
    same(whys(s), ["unclean"], "kill: the next start replaces the key")
    same(holders(s, old), [], "kill: the old one is in no file")
    s.stop()
    s.retentiond("--once")
    same(whys(s), ["unclean"], "kill: after a clean stop it stays")
    same(verify(s).returncode, 0, "kill: VALID")


def hammer(path, end):
    """Ask for a new key again and again, from the daemon's first moment."""
    while not end.is_set():
        try:
            c = socket.socket(socket.AF_UNIX)
            c.settimeout(10)
            c.connect(path)
            while not end.is_set():
                c.sendall(b'{"do":"key rotate"}\n')
                if not c.recv(4096):
                    break
        except OSError:
            time.sleep(0.002)


def test_load():
    """Keys are replaced all the time while stores are worked at."""
    s = world.build(6000)
    before = world.View(s)
    due = {n: world.due(before, n, int(rt.now().timestamp()))
           for n in kills.NAMES}
    end = threading.Event()
    t = threading.Thread(target=hammer, args=(s.path("control.sock"), end))
    t.start()

    def passed():
        opened, ended = kills.intents(s)
        return len(opened) >= 7 and set(opened) == set(ended)
    s.start()
    rt.await_(60, passed)
    end.set()
    t.join()
    s.pin = s.vkey()
    s.stop()
    opened, _ = kills.intents(s)
    epochs = {i["ep"] for i in opened.values()}
    print("# %d replaced, operations of epochs %s" % (
        len(rotations(s)), sorted(epochs)))
    ok(len(epochs) > 1, "load: operations belong to several epochs")
    none(kills.wrong_later(s, before, due),
         "load: all is gone and covered, each operation by its epoch's key")
    same(verify(s).returncode, 0, "load: VALID")


def test_rekey():
    s = setup()
    pem = s.path("recovery.pem")
    r = s.ctl("key", "init", "--recovery", pem)
    same((r.returncode, os.stat(pem).st_mode & 0o777), (0, 0o600),
         "rekey: a recovery key, for the owner only")
    ok("offline" in r.err, "rekey: to be taken offline", r.err)
    same(s.ctl("key", "init", "--recovery", pem).returncode, 1,
         "rekey: not a second time")
    same(s.ctl("key", "init", "--recovery", s.path("two")).returncode, 1,
         "rekey: nor to another file")
    ok(not os.path.exists(s.path("two")), "rekey: which is not made")
    s.retentiond("--once")
    s.pin = s.vkey()
    ok(s.trail()[0]["recovery"].startswith("host1.example.org/recovery+"),
       "rekey: the trail's first record names it")
    with open(pem) as f:
        secret = f.read().splitlines()[1]
    same(holders(s, secret.encode()), [], "rekey: the state folder does not "
         "hold its private part")
    s.start()
    same(s.ctl("key", "rekey", "--recovery", pem).returncode, 1,
         "rekey: not while the daemon runs")
    s.stop()
    same(s.ctl("key", "rekey", "--recovery", pem).returncode, 1,
         "rekey: not while the key is there")
    same(s.ctl("key", "rekey").returncode, 64, "rekey: not without a file")
    os.unlink(s.path("state", "keys", "current"))
    os.unlink(s.path("state", "keys", "pseudonym.key"))
    n = len(s.trail())
    same(s.retentiond("--once").returncode, 1, "rekey: lost, no start")
    same(s.ctl("key", "init").returncode, 1, "rekey: nor a new key")
    same(s.ctl("key", "rekey", "--recovery", pem, "--key",
               world.build(6).ctl("key", "init").out.strip()).returncode, 1,
         "rekey: not under another pin")
    same(len(s.trail()), n, "rekey: nothing was written")
    r = s.ctl("key", "rekey", "--recovery", pem, "--key", s.pin)
    same(r.returncode, 0, "rekey: by the recovery key")
    ok("pseudonym.key was lost too" in r.err, "rekey: and says what else was "
       "lost", r.err)
    same([x["type"] for x in s.trail()[n:]], ["rekey", "cp"],
         "rekey: recorded, and sealed")
    ok("by the RECOVERY KEY: the signing key was lost" in
       s.ctl("audit", "show").out, "rekey: shown in the history")
    same(s.retentiond("--once").returncode, 0, "rekey: the daemon goes on")
    same(verify(s).returncode, 2, "rekey: INCOMPLETE")
    ok("recovery key" in verify(s).out, "rekey: with a finding")
    same(verify(s, "--accept-rekey").returncode, 0, "rekey: VALID if accepted")
    other = setup()
    other.retentiond("--once")
    os.unlink(other.path("state", "keys", "current"))
    r = other.ctl("key", "rekey", "--recovery", pem)
    ok(r.returncode == 1 and "names no recovery key" in r.err,
       "rekey: a trail that names none has none", r.err)


def main():
    test_daily()
    test_live()
    test_demand()
    test_kill()
    test_load()
    test_rekey()
    rt.done()


main()
