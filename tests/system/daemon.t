#!/usr/bin/env python3
# Proves that the daemon erases exactly what is due and nothing else, survives
# bad reloads, dead and hanging workers, a second daemon and strangers on its
# socket, and closes its trail.

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "metrics.prom"; job_timeout = "%s";
"""

POLICY = """
notice = { id = "demo"; title = "Demo"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; },
           { name = "gone"; sqlite = "../data/gone.db"; } );
datasets = (
%s);
"""

DATASET = """  { name = "%s"; promise = "kept as long as said"; basis = "test";
    mode = "%s"; store = "%s"; table = "%s";
    %s },
"""

TWO_YEARS = ('keep = { period = "2 years"; from = "at"; clock = "iso8601"; };'
             ' action = "delete";')
GONE = 'keep = { until = "gone_at"; clock = "iso8601"; }; action = "delete";'
CLOSED = ('keep = { until_event = "portal-closed"; }; action = "anonymise";'
          ' columns = { email = "null"; };')


def dataset(name, mode="enforce", store="site", table=None, rest=TWO_YEARS):
    return DATASET % (name, mode, store, table or name, rest)


def policy(*datasets):
    return POLICY % "".join(datasets).rstrip().rstrip(",")


PLAIN = (dataset("feedback"), dataset("news", rest=GONE),
         dataset("account", rest=CLOSED))


def write(s, *datasets):
    with open(s.path("policies.d", "demo.conf"), "w") as f:
        f.write(policy(*datasets))


def setup(*datasets, timeout="1 minute", wal=True, old=80):
    s = rt.Setup()
    for folder in ("data", "policies.d"):
        os.mkdir(s.path(folder))
    with open(s.conf, "w") as f:
        f.write(MAIN % timeout)
    write(s, *(datasets or PLAIN))
    if wal:
        s.sql("site.db", "PRAGMA journal_mode = WAL")
    s.sql("site.db", "CREATE TABLE feedback (id INTEGER PRIMARY KEY, at TEXT)")
    s.sql("site.db", "CREATE TABLE news (id INTEGER PRIMARY KEY, email TEXT,"
          " gone_at TEXT)")
    s.sql("site.db", "CREATE TABLE account (id INTEGER PRIMARY KEY,"
          " email TEXT)")
    s.sql("site.db", "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1"
          " FROM c WHERE i < 200) INSERT INTO feedback SELECT i, CASE WHEN"
          " i <= ? THEN '2020-01-01T00:00:00Z' ELSE ? END FROM c", old,
          rt.rfc3339(rt.now()))
    s.sql("site.db", "INSERT INTO news (email) VALUES ('ann@example.org'),"
          " ('bob@example.org')")
    s.sql("site.db", "INSERT INTO account (email) VALUES ('cas@example.org'),"
          " ('dot@example.org')")
    return s


def count(s, table, where="1"):
    return s.sql("site.db", "SELECT count(*) FROM %s WHERE %s"
                 % (table, where))[0][0]


def kept(s, old=80):
    """The rows that are not due are all there."""
    return count(s, "feedback", "id > %d" % old) == 200 - old


def text_of(path):
    with open(path) as f:
        return f.read()


def logged(s):
    return text_of(s.log)


def ask(s, request, raw=None):
    """One request on the socket, without retentionctl; the last reply."""
    c = socket.socket(socket.AF_UNIX)
    c.settimeout(30)
    c.connect(s.path("control.sock"))
    c.sendall(raw if raw is not None else json.dumps(request).encode() + b"\n")
    got = b""
    while True:
        part = c.recv(65536)
        got += part
        lines = got.split(b"\n")
        for line in lines[:-1]:
            reply = json.loads(line)
            if "ok" in reply:
                c.close()
                return reply
        if not part:
            return {"ok": None, "text": got.decode()}


def state_of(s, name):
    for d in ask(s, {"do": "status"})["status"]["datasets"]:
        if d["dataset"] == "demo/" + name:
            return d
    return {}


def workers(s):
    r = subprocess.run(["pgrep", "-P", str(s.daemon.pid)],
                       stdout=subprocess.PIPE)
    return [int(p) for p in r.stdout.split()]


def valid(s, text):
    r = s.verify()
    ok(r.returncode == 0, text + ": the trail is VALID", r.out, r.err)


def test_once():
    s = setup()
    r = s.retentiond("--once")
    same(r.returncode, 0, "--once: exit status 0")
    same(count(s, "feedback"), 120, "--once: what was due is gone")
    ok(kept(s), "--once: what was not due is there")
    same(count(s, "news"), 2, "--once: nobody unsubscribed")
    valid(s, "--once")
    same(s.erased(), {"demo/feedback": 80}, "--once: the trail has the count")
    size = len(s.trail())
    same(s.retentiond("-1").returncode, 0, "--once again: exit status 0")
    same(s.erased(), {"demo/feedback": 80}, "--once again: nothing more")
    ok(len(s.trail()) > size, "--once again: start and stop are recorded")
    ok("example.org" not in r.out + r.err and "2020-01" not in r.err,
       "--once: no data in the log", r.err)


def snapshot(folder):
    out = {}
    for at, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(at, name), "rb") as f:
                out[os.path.join(at, name)] = f.read()
        out[at] = sorted(files)
    return out


def test_dry_run():
    for wal in (True, False):
        s = setup(wal=wal)
        before = snapshot(s.dir)
        r = s.retentiond("--dry-run")
        same(r.returncode, 0, "dry run: exit status 0")
        ok(re.search(r"demo/feedback +enforce +200 +80 +120 .*would act",
                     r.out), "dry run: the table says what is due", r.out)
        ok(snapshot(s.dir) == before, "dry run: no byte is written",
           sorted(snapshot(s.dir)))


def test_two_daemons():
    s = setup()
    ok(s.start(), "two daemons: the first runs", logged(s))
    r = s.retentiond()
    same(r.returncode, 1, "two daemons: the second exits with 1")
    ok("another retentiond (pid %d) uses" % s.daemon.pid in r.err,
       "two daemons: and says who is there", r.err)
    same(ask(s, {"do": "status"})["ok"], True,
         "two daemons: the first still answers")
    same(s.stop(), 0, "two daemons: SIGTERM, exit status 0")
    valid(s, "two daemons")
    same(s.trail()[-2]["type"], "stop", "SIGTERM: stop is recorded")
    ok(not os.path.exists(s.path("control.sock")), "SIGTERM: no socket left")


def test_reload():
    s = setup(dataset("feedback", rest=TWO_YEARS.replace("2 y", "900 y")))
    ok(s.start(), "reload: the daemon runs", logged(s))
    before = ask(s, {"do": "status"})["status"]["policy"]
    with open(s.path("policies.d", "demo.conf"), "a") as f:
        f.write("colour = 7;\n")
    s.daemon.send_signal(signal.SIGHUP)
    ok(rt.await_(10, lambda: "the old policy stays" in logged(s)),
       "reload: a wrong policy is refused", logged(s))
    ok(re.search(r"demo\.conf:\d+: ", logged(s)), "reload: with its place")
    same(ask(s, {"do": "status"})["status"]["policy"], before,
         "reload: the old policy stays")
    r = ask(s, {"do": "reload"})
    ok(r["ok"] is False and re.search(r"demo\.conf:\d+: ", r["errors"][0]),
       "reload: the socket says the same", r)
    same(count(s, "feedback"), 200, "reload: nothing was due so far")
    write(s, dataset("feedback"))
    s.daemon.send_signal(signal.SIGHUP)
    ok(rt.await_(10, lambda: count(s, "feedback") == 120),
       "reload: a good policy is taken and acted upon", logged(s))
    ok(kept(s), "reload: what is not due is there")
    last = [x for x in s.trail() if x["type"] == "policy"][-1]
    same(last["shortened"], ["demo/feedback"],
         "reload: the trail says what became shorter")
    same(s.stop(), 0, "reload: exit status 0")
    valid(s, "reload")


def test_event():
    s = setup()
    ok(s.start(), "event: the daemon runs", logged(s))
    r = ask(s, {"do": "event declare", "name": "portal-open"})
    ok(r["ok"] is False and "portal-closed" in r["errors"][0],
       "event: an unknown one is refused, known ones are named", r)
    same(count(s, "account", "email IS NOT NULL"), 2, "event: not yet")
    same(ask(s, {"do": "event declare", "name": "portal-closed"})["ok"], True,
         "event: declared")
    ok(rt.await_(5, lambda: count(s, "account", "email IS NOT NULL") == 0),
       "event: acted upon at once", logged(s))
    same(count(s, "account"), 2, "event: the rows stay")
    r = ask(s, {"do": "event declare", "name": "portal-closed"})
    ok(r["ok"] is False and "already" in r["errors"][0],
       "event: twice is refused", r)
    events = ask(s, {"do": "event list"})["events"]
    same([e["name"] for e in events], ["portal-closed"], "event: listed")
    e = [x for x in s.trail() if x["type"] == "event"]
    ok(len(e) == 1 and e[0]["name"] == "portal-closed",
       "event: in the trail, once", e)
    s.stop()
    valid(s, "event")


def test_future_event():
    s = setup()
    ok(s.start(), "event ahead: the daemon runs", logged(s))
    at = int((time.time() + 4) * 1000)
    same(ask(s, {"do": "event declare", "name": "portal-closed",
                 "at": at})["ok"], True, "event ahead: declared")
    time.sleep(2)
    same(count(s, "account", "email IS NOT NULL"), 2,
         "event ahead: nothing before its time")
    ok(rt.await_(8, lambda: count(s, "account", "email IS NOT NULL") == 0),
       "event ahead: acted upon when it comes", logged(s))
    ok(time.time() * 1000 >= at, "event ahead: and not before")
    s.stop()
    valid(s, "event ahead")


def test_event_by_query():
    s = setup()
    s.sql("site.db", "CREATE TABLE portal (closed_at TEXT)")
    s.sql("site.db", "INSERT INTO portal VALUES (NULL)")
    with open(s.path("policies.d", "demo.conf"), "a") as f:
        f.write('events = ( { name = "portal-closed"; store = "site"; query ='
                ' "SELECT closed_at FROM portal"; clock = "iso8601"; } );\n')
    ok(s.start(), "event in a row: the daemon runs", logged(s))
    ok(rt.await_(10, lambda: state_of(s, "account").get("last_pass")),
       "event in a row: first pass over", logged(s))
    same(count(s, "account", "email IS NOT NULL"), 2, "event in a row: not yet")
    s.sql("site.db", "UPDATE portal SET closed_at = ?", rt.rfc3339(rt.now()))
    ok(rt.await_(5, lambda: count(s, "account", "email IS NOT NULL") == 0),
       "event in a row: acted upon within 5 seconds", logged(s))
    s.stop()
    valid(s, "event in a row")
    ok(s.start() and rt.await_(10, lambda: state_of(s, "account")
                               .get("last_pass")), "event in a row: restart")
    s.stop()
    same(len([x for x in s.trail() if x["type"] == "event"]), 1,
         "event in a row: recorded once")


def test_until(wal):
    text = "unsubscribe, %s" % ("WAL" if wal else "rollback journal")
    s = setup(wal=wal)
    ok(s.start(), text + ": the daemon runs", logged(s))
    ok(rt.await_(10, lambda: state_of(s, "news").get("last_pass")),
       text + ": first pass over")
    for who in ("ann", "bob"):
        left = count(s, "news") - 1
        s.sql("site.db", "UPDATE news SET gone_at = ? WHERE email = ?",
              rt.rfc3339(rt.now()), who + "@example.org")
        ok(rt.await_(5, lambda: count(s, "news") == left),
           text + ": the row is gone within 5 seconds", logged(s))
    time.sleep(3)
    same(workers(s), [], text + ": then all is quiet")
    ticks = cpu(s)
    time.sleep(2)
    ok(cpu(s) - ticks <= 1, text + ": and nothing is polled")
    same(ask(s, {"do": "status"})["status"]["trail"]["unsealed"], 0,
         text + ": sealed")
    s.stop()
    valid(s, text)


def cpu(s):
    with open("/proc/%d/stat" % s.daemon.pid) as f:
        parts = f.read().rsplit(")", 1)[1].split()
    return int(parts[11]) + int(parts[12])


def hold(s):
    """An application in the middle of a write transaction."""
    c = sqlite3.connect(s.data("site.db"), isolation_level=None)
    c.execute("BEGIN IMMEDIATE")
    return c


def test_worker_killed():
    s = setup()
    lock = hold(s)
    ok(s.start(), "worker killed: the daemon runs", logged(s))
    ok(rt.await_(10, lambda: any(r["type"] == "intent" for r in s.trail())),
       "worker killed: the intent is there, the effect is not")
    for pid in workers(s):
        os.kill(pid, signal.SIGKILL)
    ok(rt.await_(5, lambda: "killed by signal 9" in logged(s)),
       "worker killed: noticed", logged(s))
    same(ask(s, {"do": "status"})["ok"], True,
         "worker killed: the daemon answers")
    lock.execute("ROLLBACK")
    lock.close()
    ok(rt.await_(20, lambda: count(s, "feedback") == 120),
       "worker killed: finished later", logged(s))
    ok(rt.await_(10, lambda: any(
        r.get("recovered") and r["erased"] == 80 for r in s.trail()
        if r["type"] == "done")),
       "worker killed: its operation was finished", s.trail())
    ok(kept(s), "worker killed: what is not due is there")
    ok(rt.await_(10, lambda: not workers(s)), "worker killed: all quiet")
    s.stop()
    valid(s, "worker killed")
    same(s.erased().get("demo/feedback"), 80, "worker killed: count exact")


def test_worker_hangs():
    s = setup(timeout="2 seconds")
    lock = hold(s)
    ok(s.start(), "worker hangs: the daemon runs", logged(s))
    ok(rt.await_(10, lambda: len(workers(s)) == 1), "worker hangs: started")
    for pid in workers(s):
        os.kill(pid, signal.SIGSTOP)
    lock.execute("ROLLBACK")
    lock.close()
    start = time.monotonic()
    same(ask(s, {"do": "status"})["ok"], True,
         "worker hangs: the daemon answers")
    ok(time.monotonic() - start < 1, "worker hangs: at once")
    ok(rt.await_(8, lambda: "silent for 2 s" in logged(s)),
       "worker hangs: it is killed at the deadline", logged(s))
    ok(rt.await_(20, lambda: count(s, "feedback") == 120),
       "worker hangs: another one does the work", logged(s))
    ok(rt.await_(10, lambda: not workers(s)), "worker hangs: all quiet")
    s.stop()
    valid(s, "worker hangs")
    same(s.erased().get("demo/feedback"), 80, "worker hangs: count exact")


def test_modes():
    never = 'keep = { indefinitely = "statistics"; }; action = "delete";'
    hour = time.gmtime().tm_hour
    shut = ' window = "%02d:00-%02d:00";' % ((hour + 2) % 24, (hour + 3) % 24)
    s = setup(dataset("a", "report", table="feedback"),
              dataset("b", "review", table="feedback"),
              dataset("c", table="news", rest=never),
              dataset("d", table="feedback", rest=TWO_YEARS
                      + " brake = { rows = 10; share = 0.1; };"),
              dataset("e", table="feedback", rest=TWO_YEARS + shut),
              dataset("f", store="gone", table="feedback"))
    ok(s.start(), "modes: the daemon runs", logged(s))
    r = ask(s, {"do": "run", "wait": True})
    same(r["ok"], False, "modes: a run tells that a store is missing")
    states = {x: state_of(s, x) for x in "abcdef"}
    same([states[x]["state"] for x in "abcde"],
         ["report only", "waiting for review", "kept indefinitely",
          "stopped by the brake", "waiting for its window"], "modes: states")
    ok(states["f"]["error"], "modes: the missing store shows", states["f"])
    same(states["b"]["due"], 80, "modes: counted all the same")
    same(count(s, "feedback"), 200, "modes: nothing was touched")
    status = ask(s, {"do": "status"})["status"]
    ok(status["needs_person"] and len(status["reasons"]) == 3,
       "modes: brake, review and failure need a person", status["reasons"])
    ask(s, {"do": "run", "wait": True})
    same(len([x for x in s.trail() if x["type"] == "brake"]), 1,
         "modes: the brake is recorded once")
    s.stop()
    valid(s, "modes")


def test_one_fails():
    s = setup(dataset("feedback"), dataset("missing"),
              dataset("news", rest=GONE))
    r = s.retentiond("--once")
    same(r.returncode, 1, "one fails: exit status 1")
    same(count(s, "feedback"), 120, "one fails: the others are done")
    ok("demo/missing" in r.err, "one fails: and it is named", r.err)
    valid(s, "one fails")


def test_one_fails_on():
    """I7: a dataset that cannot work holds up nobody, and is tried again."""
    s = setup(dataset("missing"), dataset("news", rest=GONE))
    ok(s.start(), "one fails on: the daemon runs", logged(s))
    ok(rt.await_(15, lambda: "tried again in 4 s" in logged(s)),
       "one fails on: tried again with growing delay", logged(s))
    for who in ("ann", "bob"):
        left = count(s, "news") - 1
        s.sql("site.db", "UPDATE news SET gone_at = ? WHERE email = ?",
              rt.rfc3339(rt.now()), who + "@example.org")
        ok(rt.await_(5, lambda: count(s, "news") == left),
           "one fails on: the other acts within 5 seconds", logged(s))
    s.sql("site.db", "CREATE TABLE missing (id INTEGER PRIMARY KEY, at TEXT)")
    s.sql("site.db", "INSERT INTO missing (at) VALUES"
          " ('2020-01-01T00:00:00Z'), ('2999-01-01T00:00:00Z')")
    ok(rt.await_(20, lambda: count(s, "missing") == 1),
       "one fails on: when it is mended it works", logged(s))
    ok(rt.await_(5, lambda: not state_of(s, "missing")["error"]),
       "one fails on: and status says so", state_of(s, "missing"))
    s.stop()
    valid(s, "one fails on")


def test_locked():
    s = setup()
    lock = hold(s)
    r = s.retentiond("--once")
    lock.execute("ROLLBACK")
    lock.close()
    same(r.returncode, 1, "locked: --once says so")
    same(count(s, "feedback"), 200, "locked: nothing was done")
    same(s.retentiond("--once").returncode, 0, "locked: later all is well")
    same(count(s, "feedback"), 120, "locked: and done")
    valid(s, "locked")


def refused_as_nobody(s):
    code = ("import os,socket,sys\nos.setgroups([]);os.setgid(65534);"
            "os.setuid(65534)\nc=socket.socket(socket.AF_UNIX);"
            "c.connect(sys.argv[1])\nc.sendall(b'{\"do\":\"status\"}\\n')\n"
            "print(c.recv(4096).decode())")
    os.chmod(s.dir, 0o755)
    r = subprocess.run([sys.executable, "-c", code, s.path("control.sock")],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return r.stdout.decode() + r.stderr.decode()


CROWD = """
import os,socket,sys,time
os.setgroups([]);os.setgid(65534);os.setuid(65534)
many=[]
while True:
    try:
        c=socket.socket(socket.AF_UNIX);c.settimeout(1)
        c.connect(sys.argv[1]);many.append(c)
    except OSError:
        time.sleep(0.01)
    many=many[-200:]
"""


def test_crowd():
    """A stranger who connects without end keeps nobody else out."""
    if os.geteuid() != 0:
        return
    s = setup()
    ok(s.start(), "crowd: the daemon runs", logged(s))
    os.chmod(s.dir, 0o755)
    crowd = subprocess.Popen([sys.executable, "-c", CROWD,
                              s.path("control.sock")])
    ok(rt.await_(10, lambda: "65534 refused" in logged(s)),
       "crowd: it is there", logged(s))
    answers = [s.ctl("status").returncode for _ in range(20)]
    crowd.kill()
    crowd.wait()
    same(answers, [0] * 20, "crowd: root is answered all the while")
    ok(logged(s).count("refused") < 20, "crowd: the log is not flooded",
       logged(s).count("refused"))
    s.stop()


def test_in_line():
    """What is asked while a run is waited for is answered after it."""
    s = setup()
    ok(s.start(), "in line: the daemon runs", logged(s))
    for half in (False, True):
        c = socket.socket(socket.AF_UNIX)
        c.settimeout(10)
        c.connect(s.path("control.sock"))
        c.sendall(b'{"do":"run","wait":true}\n{"do":"event list"}\n'
                  b'{"do":"run","wait":true}\n{"do":"status"}\n{"do":')
        if half:
            c.shutdown(socket.SHUT_WR)
        got = b""
        while got.count(b'"ok":') < 4:
            try:
                part = c.recv(65536)
            except socket.timeout:
                break
            if not part:
                break
            got += part
        order = re.findall(r'"ok":true,"(\w+)"', got.decode())
        same(order, ["datasets", "events", "datasets", "status"],
             "in line: four answers in order" + (", half closed" * half))
        c.close()
    s.stop()


def test_socket():
    s = setup()
    ok(s.start(), "socket: the daemon runs", logged(s))
    for raw in (b"\n", b"{}\n", b"nonsense\n", b'{"do":"erase all"}\n',
                b'{"do":"status","more":1}\n', b"\xff\x00\xfe\n",
                b'{"do":"run","datasets":["demo/none"]}\n'):
        r = ask(s, None, raw)
        ok(r["ok"] is False and r["errors"], "socket: %r is refused" % raw, r)
    r = ask(s, None, b"x" * 70000)
    ok(r["ok"] is False, "socket: an endless line is refused", r)
    if os.geteuid() == 0:
        said = refused_as_nobody(s)
        ok('"ok":false' in said and '"status"' not in said,
           "socket: a stranger is told to leave", said)
    many = []
    for _ in range(100):
        c = socket.socket(socket.AF_UNIX)
        c.connect(s.path("control.sock"))
        many.append(c)
    for c in many:
        c.close()
    ok(rt.await_(5, lambda: ask(s, {"do": "status"})["ok"] is True),
       "socket: a hundred connections later it answers")
    r = ask(s, {"do": "run", "datasets": ["demo/news"], "wait": True})
    same([d["dataset"] for d in r["datasets"]], ["demo/news"],
         "socket: a run of one dataset answers for it")
    with open("/proc/%d/status" % s.daemon.pid) as f:
        rss = int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1))
    ok(rss < 32768 or "asan" in rt.BUILD, "memory: at most 32 MiB (%d KiB)"
       % rss)
    s.daemon.send_signal(signal.SIGUSR2)
    ok(rt.await_(5, lambda: "status: dataset demo/feedback" in logged(s)),
       "SIGUSR2: status in the log", logged(s))
    s.stop()


def test_stop():
    """Ten thousand times more work than a stop may take."""
    s = setup(dataset("feedback", rest=TWO_YEARS
                      + " brake = { rows = 10000000; share = 1.0; };"))
    s.sql("site.db", "WITH RECURSIVE c (i) AS (SELECT 1000 UNION ALL SELECT"
          " i + 1 FROM c WHERE i < 100000) INSERT INTO feedback SELECT i,"
          " '2019-01-01T00:00:00Z' FROM c")
    ok(s.start(), "stop: the daemon runs", logged(s))
    ok(rt.await_(20, lambda: any(r["type"] == "intent" for r in s.trail())),
       "stop: it is at work")
    start = time.monotonic()
    same(s.stop(), 0, "stop: exit status 0")
    ok(time.monotonic() - start < 10, "stop: soon")
    valid(s, "stop")
    left, opened = count(s, "feedback"), {}
    ok(120 <= left, "stop: never too much")
    for r in s.trail():
        if r["type"] in ("done", "fail"):
            opened[r["op"]] = r["erased"]
    same(99201 - left, sum(opened.values()), "stop: the trail is exact")
    same(s.retentiond("--once").returncode, 0, "stop: later the rest")
    same(count(s, "feedback"), 120, "stop: is done")
    valid(s, "stop, later")


def test_stop_looking():
    s = setup()
    lock = hold(s)
    ok(s.start(), "stop, hanging: the daemon runs", logged(s))
    ok(rt.await_(10, lambda: len(workers(s)) == 1), "stop, hanging: started")
    for pid in workers(s):
        os.kill(pid, signal.SIGSTOP)
    erasing = any(r["type"] == "intent" for r in s.trail())
    start = time.monotonic()
    s.daemon.send_signal(signal.SIGTERM)
    s.daemon.send_signal(signal.SIGTERM)
    same(s.stop(), 0, "stop, hanging: exit status 0")
    ok(time.monotonic() - start < (30 if erasing else 5),
       "stop, hanging: does not wait for ever")
    lock.execute("ROLLBACK")
    lock.close()
    same(s.retentiond("--once").returncode, 0, "stop, hanging: later all")
    same(count(s, "feedback"), 120, "stop, hanging: is done")
    valid(s, "stop, hanging")


def test_clock():
    s = setup()
    ahead = rt.later(rt.now(), 3600)
    s.sql("site.db", "UPDATE feedback SET at = ? WHERE id > 80",
          rt.rfc3339(rt.now()))
    same(s.retentiond("--once", at=ahead).returncode, 0, "clock: an hour ahead")
    same(count(s, "feedback"), 120, "clock: what was due is gone")
    s.sql("site.db", "UPDATE feedback SET at = '2020-01-01T00:00:00Z'"
          " WHERE id <= 90")
    r = s.retentiond("--once")
    same(r.returncode, 1, "clock: an hour back")
    ok("the clock went back" in r.err, "clock: said", r.err)
    same(count(s, "feedback"), 120, "clock: nothing is erased")
    same([x["why"] for x in s.trail() if x["type"] == "clock"], ["step back"],
         "clock: in the trail")
    ok(s.start(), "clock: the daemon runs", logged(s))
    ok(ask(s, {"do": "status"})["status"]["needs_person"],
       "clock: a person is needed")
    time.sleep(1)
    same(count(s, "feedback"), 120, "clock: nothing is erased meanwhile")
    same(ask(s, {"do": "reload"})["ok"], True, "clock: a reload")
    time.sleep(1)
    same(count(s, "feedback"), 120, "clock: confirms nothing")
    same(ask(s, {"do": "clock confirm"})["confirmed"], True,
         "clock: confirmed")
    ok(rt.await_(5, lambda: count(s, "feedback") == 110),
       "clock: then it goes on", logged(s))
    s.stop()


def test_usr1():
    s = setup(old=0)
    ok(s.start(), "SIGUSR1: the daemon runs", logged(s))
    ok(rt.await_(10, lambda: state_of(s, "feedback").get("last_pass")),
       "SIGUSR1: first pass over")
    s.sql("site.db", "UPDATE feedback SET at = '2020-01-01T00:00:00Z'"
          " WHERE id <= 7")
    s.daemon.send_signal(signal.SIGUSR1)
    ok(rt.await_(5, lambda: count(s, "feedback") == 193),
       "SIGUSR1: a pass now", logged(s))
    ok(rt.await_(5, lambda: 'retentiond_erased_total{dataset="demo/feedback"}'
                 " 7\n" in text_of(s.path("metrics.prom"))),
       "metrics: counted")
    number = lambda name: re.findall("^retentiond_%s (.*)$" % name, text_of(
        s.path("metrics.prom")), re.M)
    was = number("trail_records")
    got = s.ctl("hold", "add", "--all", "--matter", "m")
    ok(got.returncode == 0 and number("trail_records") != was, "metrics: "
       "a hold's record is counted at once", number("trail_records"))
    s.stop()
    valid(s, "SIGUSR1")


TESTS = (test_once, test_dry_run, test_two_daemons, test_reload, test_event,
         test_future_event, test_event_by_query, lambda: test_until(True),
         lambda: test_until(False), test_worker_killed, test_worker_hangs,
         test_modes, test_one_fails, test_one_fails_on, test_locked, test_socket,
         test_in_line, test_crowd, test_usr1, test_stop, test_stop_looking, test_clock)

if __name__ == "__main__":
    for t in TESTS:
        t()
    rt.done()
