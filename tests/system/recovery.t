#!/usr/bin/env python3
# Proves that daemon and worker can die, and that every sync and write of them
# can fail, at each step: nothing goes that was not due or was not intended
# first, and after the next run effect and evidence are exact.

import atexit
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys

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

OLD, FEW, MOST_STEPS = 80, 3, 400


def prepare():
    """80 items go by an items file, 3 by the record itself."""
    s = daemon.setup(daemon.dataset("feedback"),
                     daemon.dataset("news", rest=daemon.GONE), old=OLD)
    s.sql("site.db", "DELETE FROM news")
    for i in range(2 * FEW):
        s.sql("site.db", "INSERT INTO news (email, gone_at) VALUES (?, ?)",
              "p%d@example.org" % i,
              "2021-01-01T00:00:00Z" if i < FEW else None)
    return s


def gone(s):
    return {"demo/feedback": 200 - daemon.count(s, "feedback"),
            "demo/news": 2 * FEW - daemon.count(s, "news")}


def outcomes(s):
    """Erased per dataset and the operations still open, by the trail."""
    erased, opened = {}, {}
    for r in s.trail():
        if r["type"] == "intent":
            opened[r["op"]] = r
        elif r["type"] in ("done", "fail"):
            name = opened.pop(r["op"])["dataset"]
            erased[name] = erased.get(name, 0) + r["erased"]
    return erased, opened


def faults_of(s, n):
    """What is wrong at once after the fault."""
    out, intended = [], {}
    if daemon.count(s, "feedback", "id > %d" % OLD) != 200 - OLD or \
            daemon.count(s, "news", "gone_at IS NULL") != FEW:
        out.append("%d: rows are gone that were not due" % n)
    if os.path.isdir(s.path("state", "trail", "log")):
        for line in complete_lines(s):
            if line["type"] == "intent":
                d = line["dataset"]
                intended[d] = intended.get(d, 0) + line["n"]
    for name, k in gone(s).items():
        if k > intended.get(name, 0):
            out.append("%d: %d of %s are gone, %d were intended"
                       % (n, k, name, intended.get(name, 0)))
    if os.path.exists(s.path("state", "keys", "current")) and intended:
        r = s.verify()
        if r.returncode not in (0, 2):
            out.append("%d: %s" % (n, r.out + r.err))
    return out


def complete_lines(s):
    import json
    log = s.path("state", "trail", "log")
    for name in sorted(os.listdir(log)):
        with open(os.path.join(log, name)) as f:
            for line in f.read().split("\n")[:-1]:
                yield json.loads(line)


def faults_after(s, n):
    """What is wrong when it has been run again without faults."""
    out = []
    r = s.retentiond("--once")
    if r.returncode != 0:
        out.append("%d: the next run exits with %d: %s"
                   % (n, r.returncode, r.err))
    want = {"demo/feedback": OLD, "demo/news": FEW}
    if gone(s) != want:
        out.append("%d: gone at the end: %r" % (n, gone(s)))
    erased, opened = outcomes(s)
    if erased != want or opened:
        out.append("%d: the trail says %r, open %d" % (n, erased, len(opened)))
    r = s.verify()
    if r.returncode != 0:
        out.append("%d: %s" % (n, r.out + r.err))
    return out


def run(s, inject):
    log = s.path("strace.log")
    p = subprocess.run(
        ["strace", "-f", "-qq", "-o", log, "-e",
         "trace=" + inject.split(":")[0], "-e", "inject=" + inject, rt.program("retentiond"), "-c", s.conf,
         "--once"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60)
    with open(log) as f:
        text = f.read()
    p.hit = "INJECTED" in text or "SIGKILL" in text
    return p


def series(text, inject, first=1, step=1):
    """Inject at the n-th call, n = first, first + step..., until none is hit.
    """
    found, n, clean = [], first, False
    while n < MOST_STEPS and not clean:
        s = prepare()
        p = run(s, inject % n)
        clean = not p.hit
        here = faults_of(s, n) + faults_after(s, n)
        if here:
            here.append(p.stderr.decode())
        found += here
        atexit.unregister(s.close)
        shutil.rmtree(s.dir, ignore_errors=True)
        n += step
    ok(clean and n > first + 5 * step,
       "%s: at every one of %d steps" % (text, (n - first) // step))
    rt.none(found, text + ": never too much, and exact after the next run")


def test_abandoned():
    """The daemon dies with an operation open; then the store leaves."""
    s = prepare()
    n = 1
    while not os.path.isdir(s.path("state", "trail", "log")) or \
            not outcomes(s)[1]:
        shutil.rmtree(s.state, ignore_errors=True)
        run(s, "sendmsg:signal=SIGKILL:when=%d" % n)
        n += 1
        if n > 50:
            break
    ok(outcomes(s)[1], "abandoned: an operation is open")
    daemon.write(s, daemon.dataset("other", store="gone", table="feedback",
                                   mode="report"))
    with open(s.path("policies.d", "demo.conf")) as f:
        text = f.read().replace('{ name = "site"; sqlite = '
                                '"../data/site.db"; },', "")
    with open(s.path("policies.d", "demo.conf"), "w") as f:
        f.write(text)
    shutil.copy(s.data("site.db"), s.data("gone.db"))
    s.retentiond("--once")
    fails = [r for r in s.trail() if r["type"] == "fail"]
    same([(r["erased"], r["left"] == r["n"], r["error"]) for r in fails],
         [(0, True, "gone")], "abandoned: closed, claiming nothing")
    r = s.verify()
    same(r.returncode, 0, "abandoned: the trail is VALID")


def left_open():
    """All rows there, and the daemon dead between intent and leave to go."""
    for n in range(1, 30):
        s = prepare()
        subprocess.run(["strace", "-qq", "-o", os.devnull, "-e",
                        "inject=sendmsg:signal=SIGKILL:when=%d" % n,
                        rt.program("retentiond"), "-c", s.conf, "--once"],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60)
        if os.path.isdir(s.path("state", "trail", "log")) and \
                outcomes(s)[1] and not gone(s)["demo/feedback"]:
            return s
        s.close()
    return None


def lose_key(s):
    shutil.rmtree(s.path("state", "keys", "commit"))


def lead_elsewhere(s):
    shutil.copy(s.data("site.db"), s.data("new.db"))
    s.sql("new.db", "DELETE FROM feedback")
    s.sql("new.db", "DELETE FROM news")
    with open(s.path("policies.d", "demo.conf")) as f:
        text = f.read().replace("/site.db", "/new.db")
    with open(s.path("policies.d", "demo.conf"), "w") as f:
        f.write(text)


def replace_key(s):
    """The same file, another key."""
    folder = s.path("state", "keys", "commit")
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "r+b") as f:
            f.write(os.urandom(32))


def swap_store(s):
    """Another database by the same name, without the rows."""
    os.rename(s.data("site.db"), s.data("old.db"))
    shutil.copy(s.data("old.db"), s.data("site.db"))
    s.sql("site.db", "DELETE FROM feedback WHERE id <= 80")
    s.sql("site.db", "DELETE FROM news")


def test_no_false_done(text, hurt):
    """Rows that cannot be recognised any more are not counted as erased."""
    s = left_open()
    if not ok(s is not None, text + ": an operation is open, nothing gone"):
        return
    open_ops = len(outcomes(s)[1])
    hurt(s)
    s.retentiond("--once")
    first = [r for r in s.trail() if r["type"] in ("done", "fail")][:open_ops]
    rt.none(["%(type)s: %(erased)d erased, %(left)d left" % r for r in first
             if r["type"] != "fail" or r["erased"] or r["left"] != r["n"]],
            text + ": nothing is claimed")
    rt.none(["%s: %d claimed, %d gone" % (name, k, gone(s)[name])
             for name, k in outcomes(s)[0].items() if k > gone(s)[name]],
            text + ": no more is claimed than is gone")
    same(s.verify().returncode, 0, text + ": the trail is VALID")


def test_ledger_gone():
    """A ledger without a name is written to, and lost with the process."""
    for text, hurt in (("unlinked", os.unlink), ("replaced", lambda p: (
            shutil.copy(p, p + ".2"), os.rename(p + ".2", p)))):
        s = daemon.setup(daemon.dataset("feedback"), old=0)
        s.start()
        rt.await_(10, lambda: daemon.state_of(s, "feedback").get("last_pass"))
        hurt(s.path("state", "ledger.db"))
        s.sql("site.db", "UPDATE feedback SET at = '2019-01-01T00:00:00Z'"
              " WHERE id <= 90")
        daemon.ask(s, {"do": "run", "wait": True})
        same(daemon.count(s, "feedback"), 200,
             "ledger %s: nothing is erased" % text)
        status = daemon.ask(s, {"do": "status"})["status"]
        ok(status["trail"]["broken"] and status["needs_person"] and
           "ledger" in str(status), "ledger %s: status says so" % text,
           status)
        s.stop()


def test_trail_fails():
    """A daemon that cannot write its trail stays, erases nothing, says so."""
    s = daemon.setup(daemon.dataset("feedback"), old=0)
    ok(s.start(), "no trail: the daemon runs", daemon.logged(s))
    ok(rt.await_(10, lambda: daemon.state_of(s, "feedback").get("last_pass")),
       "no trail: first pass over")
    tracer = subprocess.Popen(
        ["strace", "-qq", "-o", s.path("strace.log"), "-e", "trace=fdatasync",
         "-e", "inject=fdatasync:error=EIO", "-p", str(s.daemon.pid)])
    ok(rt.await_(10, lambda: tracer_of(s.daemon.pid) == tracer.pid),
       "no trail: its syncs fail from now on")
    s.sql("site.db", "UPDATE feedback SET at = '2019-01-01T00:00:00Z'"
          " WHERE id <= 90")
    daemon.ask(s, {"do": "run", "wait": True})
    ok("enforcement is off" in daemon.logged(s),
       "no trail: enforcement is off", daemon.logged(s))
    status = daemon.ask(s, {"do": "status"})["status"]
    ok(status["trail"]["broken"] and status["needs_person"],
       "no trail: status says so", status)
    daemon.ask(s, {"do": "run", "wait": True})
    same(daemon.state_of(s, "feedback")["state"], "enforcement is stopped",
         "no trail: it goes on counting")
    same(daemon.count(s, "feedback"), 200, "no trail: nothing is erased")
    tracer.terminate()
    tracer.wait()
    daemon.ask(s, {"do": "run", "wait": True})
    same(daemon.count(s, "feedback"), 200,
         "no trail: not even when syncing works again")
    s.stop()
    ok(s.verify().returncode in (0, 2), "no trail: not tampered afterwards")
    same(s.retentiond("--once").returncode, 0, "no trail: the next life")
    same(daemon.count(s, "feedback"), 110, "no trail: does what is due")
    same(s.verify().returncode, 0, "no trail: VALID in the end")


def tracer_of(pid):
    with open("/proc/%d/status" % pid) as f:
        return [int(x.split()[1]) for x in f if x.startswith("TracerPid")][0]


if shutil.which("strace") is None:
    rt.skip_all("strace is not there")
series("killed at fdatasync", "fdatasync:signal=SIGKILL:when=%d")
series("killed at fsync", "fsync:signal=SIGKILL:when=%d")
series("killed at a message sent", "sendmsg:signal=SIGKILL:when=%d")
series("killed at a message received", "recvmsg:signal=SIGKILL:when=%d")
series("fdatasync fails", "fdatasync:error=EIO:when=%d")
series("disk full", "pwrite64,write:error=ENOSPC:when=%d", step=3)
test_abandoned()
test_ledger_gone()
test_no_false_done("key lost", lose_key)
test_no_false_done("store elsewhere", lead_elsewhere)
test_no_false_done("key replaced", replace_key)
test_no_false_done("store swapped", swap_store)
if os.geteuid() == 0:
    test_trail_fails()
rt.done()
