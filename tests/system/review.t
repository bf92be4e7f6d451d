#!/usr/bin/env python3
# Proves that a saved plan is exact: in mode review and behind the brake
# nothing goes without it, and then those rows, lines and files alone that it
# names, are still due and are not held; that it expires, is rejected, is void
# under another policy and outlives a kill; that each step is on record.

import json
import os
import re
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "metrics.prom"; check_every = "1 hour";
brake = { rows = %(brake)d; share = 0.2; }; plan_expires = "%(expires)s";
auditors = "nogroup"; admins = "daemon";
"""
POLICY = """notice = { id = "r"; title = "Review"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; },
  { name = "cvs"; files = "../data/cvs"; },
  { name = "logs"; logs = "../data/access.log*"; },
  { name = "old"; sqlite = "../data/old*.db"; } );
datasets = (
  { name = "people"; promise = "a year"; mode = "%(mode)s"; store = "site";
    table = "people"; keep = { period = "1 year"; from = "at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "cvs"; promise = "a year"; mode = "%(mode)s"; store = "cvs";
    match = "*.pdf"; keep = { period = "1 year"; from = "mtime"; };
    action = "delete"; },
  { name = "lines"; promise = "a year"; mode = "%(mode)s"; store = "logs";
    keep = { period = "1 year"; from = "line"; }; time_format = "iso8601";
    action = "delete"; },
  { name = "old"; promise = "until the end"; mode = "%(mode)s"; store = "old";
    keep = { until_date = "2020-01-01"; agreement = "A1"; };
    action = "destroy"; }
);
"""
OLD = int(time.time()) - 800 * 86400


def policy(s, mode):
    with open(s.path("policies.d", "r.conf"), "w") as f:
        f.write(POLICY % {"mode": mode})


def setup(mode="review", brake=1000, expires="1 day", rows=8):
    s = rt.Setup()
    for d in ("policies.d", "data", "data/cvs"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.conf, "w") as f:
        f.write(MAIN % {"brake": brake, "expires": expires})
    policy(s, mode)
    c = sqlite3.connect(s.data("site.db"))
    c.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, "
              "at INTEGER)")
    c.executemany("INSERT INTO people VALUES (?,?,?)",
                  [(i + 1, "p%d@example.org" % (i + 1), OLD)
                   for i in range(rows)])
    c.commit()
    c.close()
    for name in ("a", "b"):
        old_file(s, name)
    for name in ("old1.db", "old2.db"):
        c = sqlite3.connect(s.data(name))
        c.execute("CREATE TABLE x (a)")
        c.close()
    with open(s.data("access.log.1"), "w") as f:
        f.write("2020-01-01T00:00:00Z one\n2020-01-02T00:00:00Z two\n")
    s.ctl("key", "init")
    return s


def old_file(s, name):
    with open(s.data("cvs", name + ".pdf"), "w") as f:
        f.write("cv")
    os.utime(s.data("cvs", name + ".pdf"), (OLD, OLD))


def ids(s):
    return [r[0] for r in s.sql("site.db", "SELECT id FROM people ORDER BY id")]


def run(s, *names):
    return s.ctl("run", "--wait", *names).returncode


def state(s, name="people"):
    for d in s.ctl_json("status")["status"]["datasets"]:
        if d["dataset"] == "r/" + name:
            return d
    return {}


def plan(s, name="people"):
    return state(s, name).get("plan")


def approve(s, p, word="approve"):
    return s.ctl(word, p, "--reason", "looked at by the head of examples")


def records(s, *types):
    return [r for r in s.trail() if r["type"] in types]


def valid(s, what):
    s.stop()
    r = s.verify()
    rt.same(r.returncode, 0, what + ": the trail is valid")


def all_engines():
    s = setup()
    rt.ok(s.start(), "the daemon runs")
    run(s)
    rt.same((ids(s), sorted(os.listdir(s.data("cvs"))), sorted(
        f for f in os.listdir(s.data()) if f.startswith("old"))),
        (list(range(1, 9)), ["a.pdf", "b.pdf"], ["old1.db", "old2.db"]),
        "review: nothing goes by itself")
    plans = {n: plan(s, n) for n in ("people", "cvs", "lines", "old")}
    rt.same({n: (p["n"], p["why"], p["state"]) for n, p in plans.items()},
            {"people": (8, "review", "open"), "cvs": (2, "review", "open"),
             "lines": (2, "review", "open"), "old": (2, "review", "open")},
            "a plan of each, in status")
    run(s)
    rt.same({n: plan(s, n) for n in plans}, plans,
            "another pass makes no other plan")
    rt.same(s.ctl("status").returncode, 1, "a person is needed")
    rt.ok(plans["people"]["id"] in s.ctl("status").out, "who is told the id")
    with open(s.path("metrics.prom")) as f:
        rt.ok('retentiond_plan_items{dataset="r/people"} 8' in f.read(),
              "metrics tell it")
    rows = {d["dataset"]: d["saved"] for d in s.ctl_json("plan")["datasets"]}
    rt.same((rows["r/people"]["id"], rows["r/people"]["expires"]),
            (plans["people"]["id"], plans["people"]["expires"]),
            "so does 'retentionctl plan'")
    rt.ok(plans["cvs"]["id"] in s.ctl("plan").out, "as text, too")
    c = sqlite3.connect(s.data("old3.db"))
    c.execute("CREATE TABLE x (a)")
    c.close()
    rt.same(approve(s, plans["old"]["id"]).returncode, 0, "stores: approved")
    run(s)
    rt.same([f for f in os.listdir(s.data()) if f.startswith("old")],
            ["old3.db"], "whole stores: exactly those")
    exact(s, plans)
    s.close()


def exact(s, plans):
    # Since the plan: one more, one that is not due any more, one gone, one
    # under hold, one restricted; 5..8 are as they were.
    s.sql("site.db", "INSERT INTO people VALUES (9, 'p9@example.org', ?)", OLD)
    s.sql("site.db", "UPDATE people SET at = ? WHERE id = 1", int(time.time()))
    s.sql("site.db", "DELETE FROM people WHERE id = 2")
    s.ctl("hold", "add", "--subject", "email=p3@example.org", "--matter", "m")
    s.ctl("subject", "restrict", "--email", "p4@example.org")
    old_file(s, "c")
    with open(s.data("access.log.1"), "a") as f:
        f.write("2020-01-03T00:00:00Z three\n")
    p = plans["people"]["id"]
    rt.same(s.ctl("approve", p).returncode, 64, "no approval without a reason")
    rt.same(approve(s, "0" * 32).returncode, 1, "nor of a plan that is none")
    rt.same(approve(s, p).returncode, 0, "approved")
    r = approve(s, p)
    rt.same((r.returncode, "does not wait" in r.err), (1, True), "only once")
    rt.same(approve(s, p, "reject").returncode, 1, "nor rejected after it")
    run(s)
    rt.same(ids(s), [1, 3, 4, 9], "exactly the rows of the plan went, but for "
            "those that changed, are held or restricted")
    rt.same(sorted(os.listdir(s.data("cvs"))), ["a.pdf", "b.pdf", "c.pdf"],
            "and of no other dataset")
    end = [r for r in records(s, "plan") if r.get("state") == "finished"]
    rt.same([(r["plan"], r["n"], r["erased"], r["skipped"]) for r in end
             if r["dataset"] == "r/people"],
            [(p, 8, 4, {"drift": 2, "held": 2})], "what became of it is told")
    first = [r for r in records(s, "plan") if r["plan"] == p][0]
    yes = [r for r in records(s, "approve") if r["dataset"] == "r/people"]
    rt.same([(r["plan"], r["dataset"], r["n"], r["croot"],
              sorted(r["who"]), len(r["reason"])) for r in yes],
            [(p, "r/people", 8, first["croot"], ["uid", "user"], 64)],
            "the approval is on record, with who and a digest of why")
    rt.same([r.get("plan") for r in records(s, "intent")
             if r["dataset"] == "r/people"], [p],
            "and the intent names it")
    c = json.loads(s.ctl("audit", "certificate", "r/people", "--json").out)
    rt.ok(len(c["decisions"]) == 1 and
          "approved plan %s of r/people, 8 items, by " % p in
          c["decisions"][0] and c["classes"][0]["erased"] == 4,
          "a certificate names the decision and counts what went", c)
    d = [x for x in s.ctl_json("report")["datasets"]
         if x["dataset"] == "r/people"]
    rt.ok([(x["approved"], x["rejected"], x["erased"]) for x in d] ==
          [(1, 0, 4)] and d[0]["plans"] >= 1, "and so does the report", d)
    new = plan(s)
    rt.same((new["id"] != p, new["n"]), (True, 1),
            "what fell due since is another plan's")
    for name in ("cvs", "lines"):
        rt.same(approve(s, plans[name]["id"]).returncode, 0, name + ": approved")
    run(s)
    rt.same(os.listdir(s.data("cvs")), ["c.pdf"], "files: exactly those")
    with open(s.data("access.log.1")) as f:
        rt.same(f.read(), "2020-01-03T00:00:00Z three\n", "lines: exactly those")
    rejected(s, new["id"])
    out = s.ctl("audit", "show").out
    rt.none([w for w in ("APPROVED by", "rejected by", "finished", "review")
             if w not in out], "'audit show' tells all of it")
    valid(s, "exactness")
    text = b"".join(open(os.path.join(d, f), "rb").read()
                    for d, _, fs in os.walk(s.path("state")) for f in fs
                    if not f.endswith(".key"))
    rt.none([p for p in (b"@example.org", b"looked at by", b"a.pdf")
             if p in text], "no row, no reason in the state folder")


def rejected(s, p):
    rt.same(approve(s, p, "reject").returncode, 0, "rejected")
    rt.same(approve(s, p).returncode, 1, "which cannot be approved then")
    run(s)
    rt.same((ids(s), plan(s)["id"] != p), ([1, 3, 4, 9], True),
            "nothing of it goes; there is another plan, as it is still due")


def rights():
    if os.getuid() != 0:
        print("# not root: rights were not tried")
        return
    s = setup()
    s.start()
    run(s)
    p = plan(s)["id"]

    def ask(gid, request):
        code = ("import socket,sys;c=socket.socket(socket.AF_UNIX);"
                "c.connect(sys.argv[1]);c.sendall(sys.argv[2].encode()+b'\\n');"
                "print(c.makefile().readline())")
        os.chmod(s.dir, 0o755)
        r = subprocess.run(
            ["setpriv", "--reuid", "65534", "--regid", str(gid),
             "--clear-groups", sys.executable, "-c", code,
             s.path("control.sock"), json.dumps(request)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
        try:
            return json.loads(r.stdout)
        except ValueError:
            return {"ok": None, "errors": [r.stdout.decode()]}

    yes = {"do": "approve", "name": p, "reason": "x"}
    r = ask(65534, yes)
    rt.same(r["ok"], False, "an auditor may not approve", )
    rt.same(ask(65534, dict(yes, do="reject"))["ok"], False, "nor reject")
    r = ask(65534, {"do": "plan save", "datasets": ["r/people"]})
    rt.same((r["ok"], [x["plan"]["why"] for x in r.get("plans", [])]),
            (True, ["saved"]), "but save a plan")
    rt.same(approve(s, p).returncode, 1, "which takes the place of the other")
    rt.same(ask(1, dict(yes, name=plan(s)["id"]))["ok"], True, "an admin may")
    run(s)
    rt.same(ids(s), [], "and they go")
    rt.same([r.get("who", {}).get("uid") for r in records(s, "plan")
             if r.get("why") == "saved"], [65534], "who asked is on record")
    s.stop()
    s.close()


def start_at(s, t):
    """The daemon under a clock that stands."""
    prefix, env = rt.at_fake(t)
    log = open(s.log, "ab")
    s.daemon = subprocess.Popen(
        prefix + [rt.program("retentiond"), "-c", s.conf], env=env, stdout=log,
        stderr=log, stdin=subprocess.DEVNULL)
    log.close()
    return rt.await_(20, lambda: s.ctl("status").returncode in (0, 1))


def expiry():
    for seconds, goes in ((0, True), (1, False)):
        s = setup()
        s.start()
        run(s)
        p = plan(s)
        s.stop()
        # The clock stands at a full second; the plan's time has milliseconds.
        start_at(s, rt.later(rt.instant(p["expires"]), seconds))
        r = approve(s, p["id"])
        rt.same(r.returncode == 0, goes, "expiry: %s" % (
            "the second before" if goes else "when it is over"))
        rt.await_(10, lambda: (ids(s) == []) == goes)
        run(s)
        rt.same(ids(s), [] if goes else list(range(1, 9)), "expiry: so %s" % (
            "they go" if goes else "they stay"))
        if not goes:
            rt.same([r["state"] for r in records(s, "plan") if "state" in r
                     and r["plan"] == p["id"]], ["expired"],
                    "expiry: on record")
        s.daemon.kill()
        s.daemon.wait()
        s.daemon = None
        s.close()


def kill(s):
    s.daemon.kill()
    s.daemon.wait()
    s.daemon = None


def crash():
    # Between the approval and the effect: the store is locked meanwhile.
    s = setup()
    s.start()
    run(s)
    p = plan(s)["id"]
    lock = sqlite3.connect(s.data("site.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    rt.same(approve(s, p).returncode, 0, "crash: approved")
    time.sleep(0.5)
    rt.same(state(s)["state"] in ("approved", "at work"), True,
            "crash: and under way")
    kill(s)
    lock.execute("INSERT INTO people VALUES (9, 'p9@example.org', ?)", (OLD,))
    lock.execute("COMMIT")
    lock.close()
    s.start()
    rt.await_(20, lambda: ids(s) == [9])
    run(s)
    rt.same(ids(s), [9], "crash: the next start does the approved plan, no more")
    valid(s, "crash before")
    s.close()
    # In the middle of it, again and again.
    n = 60000
    s = setup(rows=n, brake=10 ** 6)
    c = sqlite3.connect(s.data("site.db"), timeout=10)
    c.execute("PRAGMA journal_mode=WAL")
    s.start()
    run(s)
    p = plan(s)["id"]
    c.execute("INSERT INTO people VALUES (?, 'x', ?)", (n + 1, OLD))
    c.commit()
    approve(s, p)
    seen, killed = n + 1, 0
    for _ in range(3):
        def fewer():
            return c.execute("SELECT count(*) FROM people").fetchone()[0] < seen
        if not rt.await_(30, fewer):
            break
        kill(s)
        killed += 1
        seen = c.execute("SELECT count(*) FROM people").fetchone()[0]
        rt.same(s.start(), True, "crash: started again")
        if seen == 1:
            break
    rt.await_(60, lambda: ids(s) == [n + 1])
    run(s)
    rt.same((ids(s), killed > 0), ([n + 1], True),
            "crash: all of the plan goes in the end, and nothing else")
    end = [r for r in records(s, "plan") if r.get("state") == "finished"]
    rt.same([(r["plan"], r["erased"] + r["skipped"]["drift"]) for r in end],
            [(p, n)], "crash: and the plan is finished")
    c.close()
    valid(s, "crash under way")
    s.close()


def brake():
    s = setup(mode="enforce", brake=3)
    s.start()
    run(s)
    rt.same((ids(s), state(s)["braked"]), (list(range(1, 9)), True),
            "brake: stopped before the first row")
    p = plan(s)
    rt.same((p["n"], p["why"]), (8, "brake"), "brake: with a saved plan")
    rt.same(s.ctl("status").returncode, 1, "brake: a person is needed")
    run(s)
    rt.same((ids(s), plan(s)["id"]), (list(range(1, 9)), p["id"]),
            "brake: it holds")
    s.sql("site.db", "UPDATE people SET at = ? WHERE id = 1", int(time.time()))
    rt.same(approve(s, p["id"]).returncode, 0, "brake: approved")
    run(s)
    rt.same((ids(s), state(s)["braked"]), ([1], False), "brake: they go")
    rt.same(plan(s), None, "brake: no plan is left")
    valid(s, "brake")
    s.close()


def other_modes():
    s = setup(mode="report")
    s.start()
    r = s.ctl("plan", "--save", "r/people")
    rt.ok(r.returncode == 0, "save: in mode report", r.err)
    p = plan(s)["id"]
    rt.ok(p in r.out, "save: prints the id", r.out)
    rt.same(plan(s, "cvs"), None, "save: of no other dataset")
    r = approve(s, p)
    rt.same((r.returncode, "never acts" in r.err), (1, True),
            "save: report never acts, approved or not")
    rt.same(s.ctl("plan", "--save", "r/none").returncode, 1,
            "save: an unknown dataset")
    rt.same(s.ctl("plan", "--save", "--at", "2027-01-01").returncode, 64,
            "save: not of another time")
    policy(s, "review")
    s.ctl("reload")
    run(s)
    rt.same(plan(s)["id"], p, "save: another mode leaves it")
    with open(s.path("policies.d", "r.conf"), "a") as f:
        f.write("# a comment\n")
    s.ctl("reload")
    run(s)
    rt.same(plan(s)["id"], p, "save: so does a comment")
    text = open(s.path("policies.d", "r.conf")).read()
    with open(s.path("policies.d", "r.conf"), "w") as f:
        f.write(text.replace('"1 year"; from = "at"', '"2 years"; from = "at"'))
    s.ctl("reload")
    r = approve(s, p)
    rt.same(r.returncode, 1, "save: not under another rule than it was made by")
    run(s)
    rt.same((ids(s), plan(s)["id"] != p), (list(range(1, 9)), True),
            "save: it is void, and there is another")
    rt.ok("void" in [r.get("state") for r in records(s, "plan")],
          "save: on record")
    # The items are bound by the root in the trail.
    p = plan(s)["id"]
    with open(s.path("state", "plans", p + ".bin"), "r+b") as f:
        f.write(bytes(32))
    rt.same(approve(s, p).returncode, 1, "items that were changed: refused")
    rt.same(ids(s), list(range(1, 9)), "and nothing goes")
    valid(s, "other modes")
    s.close()


def failing():
    s = setup(mode="enforce", rows=3000)
    s.sql("site.db", "CREATE TRIGGER t BEFORE DELETE ON people WHEN old.id < "
          "2000 BEGIN SELECT RAISE(ABORT, 'no'); END")
    text = open(s.conf).read().replace("rows = 1000", "rows = 100000")
    with open(s.conf, "w") as f:
        f.write(text)
    s.start()
    run(s, "r/people")
    error = state(s)["error"] or ""
    m = re.search(r"stopped: (\d+) of (\d+) rows", error)
    rt.ok(m and 100 < int(m.group(1)) < 1900, "a pass in which most rows fail "
          "stops and says so", error)
    rt.ok(len(ids(s)) > 2500, "most were not even tried", len(ids(s)))
    s.stop()
    s.close()


all_engines()
rights()
expiry()
crash()
brake()
other_modes()
failing()
rt.done()
