#!/usr/bin/env python3
# Proves that what surrounds a trail cannot harm who reads or writes it: folders
# full of names, a genesis of anything, keys of anything, pipes and links in the
# place of files, items cut short, a state folder that is a link or a copy,
# requests of any length with any characters, and auditors who ask for changes.

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import forge  # noqa: E402
import rt  # noqa: E402
import world  # noqa: E402

TEMPLATE = world.build(150)
rt.same(TEMPLATE.retentiond("--once").returncode, 0, "a trail")
PIN = TEMPLATE.vkey()
ORIGIN = PIN.split("+")[0]
with open(TEMPLATE.path("state", "keys", "current"), "rb") as f:
    KEY = forge.Key(f.read(), ORIGIN)
SECONDS = 30                    # for what has to end at once


PLACE = rt.Setup()


def trail():
    """A copy of the trail, in place of the one before."""
    folder = PLACE.path("copy")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(TEMPLATE.path("state", "trail"), folder)
    return folder



def verify(folder, *more, pin=PIN):
    return TEMPLATE.ctl("audit", "verify", folder, *(
        ("--key", pin) if pin is not None else ()), *more, timeout=SECONDS)


def touch(*names):
    for name in names:
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600))


# --- names without end -----------------------------------------------------
# A million of them took 15 s and 22 MiB, segment by segment.
folder = trail()
touch(*("%s/log/%018d.jsonl" % (folder, 10**9 + i) for i in range(50000)))
touch(*("%s/log/x%d" % (folder, i) for i in range(50000)))
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
r = verify(folder)
rt.ok(r.returncode in (0, 1, 2), "50,000 segments of nothing: a verdict", r.err)
folder = trail()
os.makedirs(folder + "/anchor", exist_ok=True)
touch(*("%s/anchor/%d.tsr" % (folder, i + 1) for i in range(50000)))
touch(*("%s/anchor/x%d" % (folder, i) for i in range(50000)))
r = verify(folder)
rt.ok(r.returncode in (0, 1, 2, 3), "50,000 empty tokens: a verdict", r.err)
folder = trail()
os.makedirs(folder + "/anchor", exist_ok=True)
touch(*("%s/anchor/%d.note" % (folder, i + 1) for i in range(100001)))
r = verify(folder)
rt.ok(r.returncode == 4 and "more than 100000" in r.err,
      "more notes than can be: refused", r.out[:300] + r.err)
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
rt.ok(most < 200 * 1024, "memory stays bounded: %d KiB" % most)

# --- genesis ---------------------------------------------------------------
GENESIS = {
    "a megabyte": {"origin": "x" * 1000000}, "long": {"origin": "x" * 60000},
    "a number": {"origin": 7}, "null": {"origin": None}, "list": {"vkey": []},
    "nested": {"build": [[[[[[[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]]]]]]},
    "space": {"origin": "host one"}, "newline": {"origin": "a\nb"},
    "escape": {"origin": "\x1b]0;owned\x07\x1b[2J"}, "empty": {"origin": ""},
    "another": {"origin": "other.example.org"}, "plus": {"origin": "a+b"},
    "no key": {"vkey": ""}, "key of noise": {"vkey": "\x1b[31m+x+y"},
    "recovery of noise": {"recovery": "x"}, "recovery 0": {"recovery": 0},
    "C1": {"origin": "\u009b31m"}, "turned": {"origin": "a\u202eb"},
    "time": {"t": "yesterday"}, "big": {"build": 2 ** 70},
}


def plain(text):
    return all(c == "\n" or 32 <= ord(c) < 127 for c in text)


for name, change in GENESIS.items():
    t = forge.Trail(TEMPLATE.path("state", "trail"), ORIGIN)
    t.change(0, **change)
    t.rechain({0: KEY})
    t.save()
    faults = []
    for pin in (PIN, None):
        r = verify(t.dir, pin=pin)
        if r.returncode not in (1, 3):
            faults.append("status %d: %s" % (r.returncode, r.err[:200]))
        if not plain(r.out + r.err):
            faults.append("steers a terminal: %r" % r.out[:200])
    r = TEMPLATE.ctl("audit", "show", t.dir, timeout=SECONDS)
    if not plain(r.out + r.err):
        faults.append("show steers a terminal: %r" % r.out[:200])
    p = subprocess.run([os.path.join(rt.CONTRIB, "verify-trail.py"), "--key",
                        PIN, t.dir], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=SECONDS)
    if p.returncode not in (1, 3) or not plain(p.stdout.decode()):
        faults.append("verify-trail.py: %d %r" % (p.returncode,
                                                  p.stdout[-300:]))
    rt.none(faults, "genesis: " + name)
    t.close()
t = forge.Trail(TEMPLATE.path("state", "trail"), ORIGIN)
t.insert(3, t.get(0))
t.rechain({0: KEY})
t.save()
rt.same(verify(t.dir).returncode, 1, "a second genesis, validly signed")
t.close()

# --- --key -----------------------------------------------------------------
path = PLACE.path("pin")
for name, data in (("64 KiB", b"A" * 65536), ("NUL", PIN.encode() + b"\0x"),
                   ("no UTF-8", b"\xff\xfe" + PIN.encode()), ("empty", b""),
                   ("only a newline", b"\n"), ("escape", b"\x1b[31m+0+0"),
                   ("a megabyte", b"host+" * 200000)):
    with open(path, "wb") as f:
        f.write(data)
    r = verify(TEMPLATE.path("state"), pin="@" + path)
    rt.ok(r.returncode == 4 and plain(r.err) and len(r.err) < 2000,
          "--key @file, %s: wrong usage, and harmless" % name,
          (r.returncode, r.err[:300]))
with open(path, "w") as f:
    f.write(PIN + "\r\n")
rt.same(verify(TEMPLATE.path("state"), pin="@" + path).returncode, 0,
        "--key @file, with a line's end")
for name, value in (("newline", PIN + "\nx"), ("64 KiB", "A" * 65536),
                    ("escape", "\x1b[31m" + PIN), ("no UTF-8",
                     os.fsdecode(b"\xff" + PIN.encode())),
                    ("a space", PIN.replace("+", " +", 1)),
                    ("cut", PIN[:-4]), ("a fifo", "@" + path + ".fifo")):
    if "fifo" in value:
        os.mkfifo(value[1:])
    r = verify(TEMPLATE.path("state"), pin=value)
    if "fifo" in value:
        os.unlink(value[1:])
    rt.ok(r.returncode == 4 and plain(r.err) and len(r.err) < 2000,
          "--key, %s: wrong usage, and harmless" % name,
          (r.returncode, r.err[:300]))


# --- other things in the place of files ------------------------------------
def replaced(what, make, codes, text):
    """In a copy of the host, for the verifier and for the daemon."""
    s = world.copy(TEMPLATE)
    target = s.path("state", *what)
    if os.path.lexists(target):
        os.unlink(target)
    make(target)
    try:
        r = s.ctl("audit", "verify", "--key", PIN, timeout=SECONDS)
        rt.ok(r.returncode in codes, text + ": the verifier", (r.returncode,
                                                              r.out, r.err))
        r = s.retentiond("--once")
        rt.ok(r.returncode in (0, 1), text + ": the daemon ends", r.err[-400:])
    except subprocess.TimeoutExpired:
        rt.ok(False, text + ": does not hang")
    return s


def link_to_zero(p):
    os.symlink("/dev/zero", p)


ITEMS = sorted(os.listdir(TEMPLATE.path("state", "trail", "items"))) if \
    os.path.isdir(TEMPLATE.path("state", "trail", "items")) else []
SEGMENT = sorted(os.listdir(TEMPLATE.path("state", "trail", "log")))[0]
for name in (("checkpoint",), ("log", SEGMENT), ("anchor", "5.note"),
             ("pruned",), ("keys.chain",)):
    os.makedirs(TEMPLATE.path("state", "trail", "anchor"), exist_ok=True)
    for kind, make in (("a fifo", os.mkfifo), ("a link to /dev/zero",
                       link_to_zero), ("a folder", os.mkdir)):
        replaced(("trail",) + name, make, (0, 1, 2, 3, 4),
                 "%s is %s" % ("/".join(name), kind))
for name in (("keys", "current"), ("keys", "commit", "0.key"), ("lock",),
             ("reserve",), ("ledger.db",), ("holds.json",)):
    replaced(name, os.mkfifo, (0, 1, 2, 3, 4), "/".join(name) + " is a fifo")
open_op = TEMPLATE.trail()
big = [x for x in open_op if x["type"] == "intent" and x["n"] > 64]
if big:
    item = big[0]["op"] + ".bin"
    for kind, size, codes in (("cut", 31, (1, 3)), ("empty", 0, (1, 3)),
                              ("huge", 1 << 36, (1, 3)), ("longer by one",
                              big[0]["n"] * 32 + 1, (1, 3))):
        folder = trail()
        os.truncate(os.path.join(folder, "items", item), size)
        r = verify(folder)
        rt.ok(r.returncode in codes, "items %s: %d" % (kind, r.returncode),
              r.out)
    for kind, make in (("a fifo", os.mkfifo), ("/dev/zero", link_to_zero)):
        folder = trail()
        os.unlink(os.path.join(folder, "items", item))
        make(os.path.join(folder, "items", item))
        rt.ok(verify(folder).returncode in (1, 3, 4), "items are " + kind)
else:
    rt.ok(False, "an operation with an items file", ITEMS)

# --- the state folder is a link, or a copy that goes on --------------------
s = world.copy(TEMPLATE)
os.rename(s.path("state"), s.path("real"))
os.symlink("real", s.path("state"))
before = sorted(os.listdir(s.path("real")))
r = s.retentiond("--once")
rt.ok(r.returncode == 1 and "is a symbolic link" in r.err and
      sorted(os.listdir(s.path("real"))) == before,
      "a state folder that is a link: refused, and nothing is made", r.err)
a, b = world.copy(TEMPLATE), world.copy(TEMPLATE)
a.retentiond("--once")
b.retentiond("--once")
rt.same((a.verify().returncode, b.verify().returncode), (0, 0),
        "a state folder copied and continued: each branch is VALID by itself")
r = a.ctl("audit", "verify", "--key", PIN, "--anchor",
          b.path("state", "trail", "checkpoint"))
rt.ok(r.returncode == 1 and "root" in r.out, "each is TAMPERED to who has a "
      "checkpoint of the other", r.out)

# --- requests --------------------------------------------------------------
EVIL = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202e"


class Client:
    def __init__(self, s):
        self.path = s.path("control.sock")

    def __call__(self, request, raw=None):
        c = socket.socket(socket.AF_UNIX)
        c.settimeout(SECONDS)
        c.connect(self.path)
        try:
            c.sendall(raw if raw is not None else
                      json.dumps(request).encode() + b"\n")
            line = c.makefile("rb").readline()
        except (BrokenPipeError, ConnectionResetError):
            line = b""
        c.close()
        return json.loads(line) if line else None


s = world.copy(TEMPLATE)
with open(s.conf, "a") as f:
    f.write('auditors = "nogroup"; admins = "daemon";\n')
rt.ok(s.start(), "a daemon")
ask = Client(s)
for name, more in (
        ("matter of 64 KiB", {"matter": "m" * 60000}),
        ("reason of 64 KiB", {"matter": "m", "reason": "r" * 60000}),
        ("issuer of 64 KiB", {"matter": "m", "issuer": "i" * 60000}),
        ("a NUL", {"matter": "a\0b"}), ("a number", {"matter": 7}),
        ("a lone surrogate", {"matter": "\ud800"}),
        ("another scope", {"scope": EVIL, "matter": "m"}),
        ("another dataset", {"scope": "dataset", "name": EVIL,
                             "matter": "m"})):
    r = ask(dict({"do": "hold add", "scope": "all"}, **more))
    rt.ok(r is not None and r["ok"] is False, "hold add, %s: refused" % name,
          r)
for name, raw in (("braces", b"{" * 60000 + b"\n"),
                  ("a word without end", b'{"do":"' + b"x" * 200000),
                  ("brackets", b'{"do":' + b"[" * 50000 + b"\n"),
                  ("noise", os.urandom(5000) + b"\n")):
    r = ask(None, raw)
    rt.ok(r is None or r["ok"] is False, "a line of " + name, r)
r = ask({"do": "hold add", "scope": "all", "matter": "M" + EVIL,
         "issuer": "I" + EVIL, "reason": "R" + EVIL})
if r["ok"]:
    out = s.ctl("hold", "list").out + s.ctl("status").out + \
        s.ctl("audit", "show").out
    rt.ok(all(c == "\n" or ord(c) >= 32 and not 127 <= ord(c) < 160 and
              c != "\u202e" for c in out),
          "control characters in matter, issuer and reason reach no terminal",
          repr(out[:300]))
    ask({"do": "hold release", "name": r["id"], "reason": EVIL})
else:
    rt.ok("matter" in str(r), "control characters are refused", r)
with open(s.log, "rb") as f:
    log = f.read()
rt.ok(b"\x1b" not in log and b"\xc2\x9b" not in log, "nor the log",
      repr(log[-400:]))
with open(s.path("state", "trail", "log", SEGMENT), "rb") as f:
    rt.ok(all(c == 10 or 32 <= c < 127 for c in f.read()),
          "the trail stays printable ASCII")

# --- rights ----------------------------------------------------------------
NOBODY = 65534
AS = ("import json,os,socket,sys\n"
      "os.setgroups([]);os.setgid(int(sys.argv[2]));os.setuid(65534)\n"
      "for line in sys.stdin:\n"
      "  c=socket.socket(socket.AF_UNIX);c.connect(sys.argv[1])\n"
      "  c.sendall(line.encode());print(c.makefile().readline() or '{}',"
      "end='\\n' if 0 else '',flush=True)\n")
PERSON = [{"kind": "email", "value": "x@example.org"}]
FIELDS = {
    "event declare": {"name": "x"}, "hold add": {"scope": "all", "matter": "m"},
    "hold release": {"name": "x"}, "audit prune": {"at": 1},
    "subject restrict": {"kind": "x", "value": "x"},
    "subject unrestrict": {"kind": "x", "value": "x"},
    "key shred": {"at": 1}, "approve": {"name": "x", "reason": "r"},
    "reject": {"name": "x", "reason": "r"},
    "subject receive": {"name": "find", "persons": PERSON},
    "subject answer": {"name": "x", "state": "done"},
    "subject erase": {"persons": PERSON},
    "subject correct": {"persons": PERSON, "name": "x/x",
                        "set": [{"column": "x", "value": "x"}]},
    "restored": {"name": "x"}, "scrub": {"name": "x"},
}
REQUESTS = {                    # what an auditor may
    "status": True, "event list": True, "hold list": True, "plan save": True,
    "run": False, "reload": False, "event declare": False, "hold add": False,
    "hold release": False, "subject restrict": False,
    "subject unrestrict": False, "key rotate": False, "audit prune": False,
    "key shred": False, "audit anchor": False, "clock confirm": False,
    "approve": False, "reject": False, "subject requests": True,
    "subject receive": False, "subject answer": False, "subject erase": False,
    "subject correct": False, "restored": False, "scrub": False,
}
with open(os.path.join(rt.TOP, "include", "retention", "ctl_table.h")) as f:
    known = [x.split('"')[1] for x in f if x.startswith("CTL(")]
rt.same(sorted(known), sorted(REQUESTS), "every request is in this table")
if os.geteuid() == 0:
    os.chmod(s.dir, 0o755)
    size = ask({"do": "status"})["status"]["trail"]["size"]
    for gid, who in ((65534, "auditor"), (12345, "stranger"), (1, "admin")):
        lines = "".join(json.dumps(dict({"do": w}, **FIELDS.get(w, {}))) +
                        "\n" for w in REQUESTS)
        r = subprocess.run([sys.executable, "-c", AS, s.path("control.sock"),
                            str(gid)], input=lines.encode(),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=120)
        answers = [json.loads(x) for x in r.stdout.decode().splitlines()]
        if len(answers) != len(REQUESTS):
            rt.ok(False, who + ": an answer to each", r.stderr.decode()[-500:])
            continue
        faults = []
        for (what, may), answer in zip(REQUESTS.items(), answers):
            text = str(answer)
            if answer.get("code") == "input" and "needs" in text:
                faults.append("%s: not asked as it should be: %s"
                              % (what, text))
            denied = answer.get("ok") is not True and (
                "the group of admins may" in text or "auditors) may" in text)
            want = who == "stranger" or (who == "auditor" and not may)
            if denied != want:
                faults.append("%s: %s" % (what, text[:160]))
        rt.none(faults, "%s: %d requests, each with its right" % (
            who, len(REQUESTS)))
        if who == "auditor":
            rt.same(ask({"do": "hold list"})["holds"], [],
                    "what an auditor asked for did not come about")
s.stop()
rt.same(s.verify().returncode, 0, "the trail is VALID after all that")
rt.done()
