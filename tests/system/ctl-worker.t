#!/usr/bin/env python3
"""retentionctl and a worker that is not what it should be: it asks for reading
only, and a worker that lies, hangs or dies spoils no more than its store."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
build = os.environ.get("RETENTION_BUILD", os.path.join(top, "build/release"))
count = failed = 0


def ok(passed, what, *more):
    global count, failed
    count += 1
    print("%sok %d - %s" % ("" if passed else "not ", count, what))
    if not passed:
        failed += 1
        for line in more:
            print("# " + str(line).replace("\n", "\n# "))
    sys.stdout.flush()


with open(os.path.join(top, "include/retention/wire_table.h")) as f:
    names = re.findall(r"^WIRE\((\w+),", f.read(), re.M)

WORKER = """#!%s
import json, os, socket, struct, sys, time
names = %r
here = os.path.dirname(os.path.abspath(__file__))
mode = open(os.path.join(here, "mode")).read()
link = socket.socket(fileno=3)

def say(name, body="{}"):
    link.send(struct.pack("=I", names.index(name)) + body.encode())

def hear():
    packet = link.recv(200000)
    if not packet:
        sys.exit(0)
    name = names[struct.unpack("=I", packet[:4])[0]]
    with open(os.path.join(here, "heard"), "a") as f:
        f.write(name + " " + packet[4:].decode() + "\\n")
    if name == "BYE":
        sys.exit(0)
    if name in ("GATES", "GATED"):      # what is under hold: no reply
        return hear()
    return name

counts = {"total": 9, "due": 9, "held": 0, "restricted": 0, "undated": 0,
          "future": 0, "kept": 0, "oldest_due": None, "next_due": None,
          "clause": None, "assurance": None,
          "advice": None}
with open(os.path.join(here, "pid"), "a") as f:
    f.write("%%d\\n" %% os.getpid())
if mode == "mute":
    time.sleep(60)
say("HELLO", '{"v":1,"pid":%%d}' %% os.getpid())
hear()
if mode == "shut":
    say("FAILED", '{"code":"busy","errno":0,"text":"locked \\\\u001b[2J"}')
    hear()
say("OPENED")
first = True
while True:
    name = hear()
    if mode == "dies":
        sys.exit(3)
    if mode == "lies":
        say("COUNTED" if name != "PLAN" else "FIRED", "{}")
    elif mode == "garbage":
        say("COUNTED", "[1")
    elif mode == "one" and first:
        say("FAILED", '{"code":"changed","errno":0,"text":"new schema"}')
    elif name == "CHECK":
        say("FINDING", json.dumps({"severity": 1, "code": "odd",
            "text": "x\\x1b]0;y", "fix": None}))
        say("CHECKED")
    elif name == "EVENT":
        say("FIRED", '{"fired":true,"at":1000}')
    else:
        say("COUNTED", json.dumps(counts))
    first = False
""" % (sys.executable, names)

CONF = """policies = "p"; state = "state"; control = "c.sock"; origin = "x";
job_timeout = "1 second"; """
POLICY = """notice = { id = "n"; title = "T"; controller = "C"; };
stores = ( { name = "s"; sqlite = "../s.db"; } );
datasets = (
  { name = "a"; promise = "p"; mode = "enforce"; store = "s"; table = "t";
    action = "delete"; keep = { period = "1 day"; from = "at"; clock = "unix"; }; },
  { name = "b"; promise = "p"; mode = "enforce"; store = "s"; table = "u";
    action = "delete"; keep = { until_event = "over"; }; }
);
events = ( { name = "over"; store = "s"; query = "SELECT 1"; clock = "unix"; } );
"""
LOGS = """notice = { id = "w"; title = "T"; controller = "C"; };
stores = ( { name = "logs"; logs = "../access.log"; } );
datasets = ( { name = "access"; promise = "p"; mode = "enforce";
    store = "logs"; action = "delete"; time_format = "combined";
    keep = { period = "120 days"; from = "line"; }; } );
"""


def write(name, text, mode=0o644):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        out.write(text)
    os.chmod(path, mode)


def read(name):
    try:
        with open(os.path.join(folder, name)) as f:
            return f.read()
    except FileNotFoundError:
        return ""


def ctl(mode, *words):
    for name in ("heard", "pid"):
        if os.path.exists(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name))
    write("mode", mode)
    return subprocess.run([os.path.join(folder, "retentionctl"), "-c",
                           os.path.join(folder, "x.conf"), *words],
                          capture_output=True, text=True, timeout=60)


def plan(mode):
    r = ctl(mode, "plan", "--json")
    return r, {d["dataset"]: d for d in json.loads(r.stdout)["datasets"]}


def gone():
    """No worker is left behind."""
    for pid in read("pid").split():
        for _ in range(100):
            if not os.path.exists("/proc/" + pid):
                break
            time.sleep(0.02)
        else:
            return False
    return True


def test_reading_only():
    for words in (["plan"], ["check"]):
        r = ctl("good", *words)
        heard = read("heard").splitlines()
        opens = [json.loads(x[5:]) for x in heard if x.startswith("OPEN ")]
        ok(r.returncode == 0 and len(opens) > 0 and
           all(o["write"] is False for o in opens),
           "I9: %s opens for reading only" % words[0], r.stderr, heard)
        asked = {x.split()[0] for x in heard}
        ok(asked <= {"OPEN", "GATES", "PLAN", "CHECK", "EVENT", "BYE"},
           "and asks for nothing that acts", asked)
        ok(gone(), "no worker is left")


def test_events():
    r, d = plan("good")
    jobs = [json.loads(x[5:]) for x in read("heard").splitlines()
            if x.startswith("PLAN ")]
    fired = [j["dataset"]["timing"] for j in jobs
             if j["dataset"]["full"] == "n/b"] if jobs else []
    ok(d["n/b"]["declared"] is True and d["n/a"]["due"] == 9,
       "an event that a query reads counts as declared", d, fired)


def test_bad_workers():
    for mode, says in (("dies", "ended early"), ("lies", "the worker: "),
                       ("garbage", ""), ("shut", "locked ")):
        r, d = plan(mode)
        ok(r.returncode == 1 and d["n/a"]["due"] is None and
           says in d["n/a"].get("error", "-") and says in r.stderr and "\x1b" not in r.stderr,
           "a worker that %s: error, no counts" % mode, r.stderr)
        ok(ctl(mode, "check").returncode == 1, "and check fails")
        ok(gone(), "no worker is left")
    begin = time.monotonic()
    r, d = plan("mute")
    took = time.monotonic() - begin
    ok(r.returncode == 1 and "does not answer" in r.stderr and took < 20,
       "a worker that is silent is given up", took, r.stderr)
    ok(gone(), "and ended")


def test_one_dataset():
    write("p/n.conf", POLICY.replace('keep = { until_event = "over"; }',
                                     'keep = { until = "at"; clock = "unix"; }'))
    r, d = plan("one")
    ok(r.returncode == 1 and "new schema" in d["n/a"]["error"] and
       d["n/b"]["due"] == 9, "I7: a dataset that fails stops no other", d)
    write("p/n.conf", POLICY)


def test_findings():
    r = ctl("good", "check")
    ok("warning  odd: x?]0;y" in r.stdout and "\x1b" not in r.stdout,
       "findings cannot steer the terminal", r.stdout)


def test_other_kinds():
    """Real worker: log stores are valid, and a note says they wait."""
    write("access.log", "")
    shutil.copy(os.path.join(build, "retentiond-worker"),
                os.path.join(folder, "retentiond-worker"))
    shutil.rmtree(os.path.join(folder, "p"))
    write("p/w.conf", LOGS)
    r = ctl("good", "check", "--json")
    j = json.loads(r.stdout)
    f = [x for x in j["findings"] if x["about"].startswith("w/")]
    ok(r.returncode == 0 and len(f) >= 1 and
       all(x["severity"] != "error" for x in f),
       "a log store that is not acted on is no error", r.stdout)


folder = tempfile.mkdtemp(prefix="retention-ctl.")
try:
    shutil.copy(os.path.join(build, "retentionctl"), folder)
    write("retentiond-worker", WORKER, 0o755)
    write("x.conf", CONF)
    write("p/n.conf", POLICY)
    os.chmod(folder, 0o755)
    test_reading_only()
    test_events()
    test_bad_workers()
    test_one_dataset()
    test_findings()
    test_other_kinds()
finally:
    shutil.rmtree(folder)
print("1..%d" % count)
sys.exit(failed != 0)
