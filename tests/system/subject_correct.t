#!/usr/bin/env python3
# Proves that 'subject correct' gives the person's rows of one dataset their
# new values, all or none, and overwrites the old ones; that holds,
# restrictions, and whatever decides about a row refuse; that neither value is
# in state, log or trail; that kill -9 leaves old or new and says which; and
# that register and trail have it, the trail valid by both verifiers.

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
"""
POLICY = """notice = { id = "p"; title = "Persons"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "crm"; sqlite = "../data/crm.db"; } );
datasets = (
  { name = "contacts"; promise = "2 years"; mode = "enforce"; store = "crm";
    table = "contact"; keep = { period = "2 years"; from = "at";
      clock = "unix"; };
    where = "kind <> 'staff'"; action = "delete";
    children = ( { table = "note"; column = "contact_id"; } );
    subject = { email = "email"; }; },
  { name = "consent"; promise = "until withdrawn"; mode = "enforce";
    store = "crm"; table = "contact"; keep = { until = "left_at";
      clock = "unix"; };
    action = "anonymise"; columns = { phone = "null"; };
    subject = { email = "email"; }; },
  { name = "notes"; promise = "ever"; mode = "report"; store = "crm";
    table = "minute"; keep = { indefinitely = "minutes"; };
    action = "delete"; subject = { email = "author"; }; }
);
"""
NOW = int(time.time())
ANN, OTHER = "ann.example@example.org", "Ann.Right@example.net"
WRONG, RIGHT = "Anne Wrongname-Example", "Ann O'Right \"N\u00e9\""
SECRETS = [ANN.encode(), WRONG.encode(), b"Wrongname", b"O'Right", b"Ann.Right",
           b"01632 96", RIGHT.encode()]


def setup(start=True, many=0):
    s = rt.Setup()
    for d in ("policies.d", "data"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "p.conf"), "w") as f:
        f.write(POLICY)
    s.ctl("key", "init")
    c = sqlite3.connect(s.data("crm.db"))
    c.executescript(
        "CREATE TABLE contact (id INTEGER PRIMARY KEY, email TEXT, name TEXT "
        "CHECK (name <> 'bad'), phone TEXT UNIQUE, kind TEXT, age INTEGER, "
        "at INTEGER, left_at INTEGER); CREATE TABLE note (id INTEGER PRIMARY "
        "KEY, contact_id INTEGER, text TEXT); CREATE TABLE minute (id INTEGER "
        "PRIMARY KEY, author TEXT, text TEXT);")
    c.executemany("INSERT INTO contact VALUES (?,?,?,?,'client',?,?,NULL)", [
        (1, ANN, WRONG, "01632 960001", 40, NOW),
        (2, "bob@example.org", "Bob", "01632 960002", 41, NOW),
        (3, " ANN.Example@example.org", WRONG, "01632 960003", 42, NOW)])
    c.executemany("INSERT INTO contact(email, name, kind, at) VALUES (?, ?, "
                  "'client', ?)", [(ANN, WRONG, NOW)] * many)
    c.execute("INSERT INTO note VALUES (1, 1, 'a note')")
    c.execute("INSERT INTO minute VALUES (1, ?, 'said')", (ANN,))
    c.commit()
    c.close()
    if start:
        rt.ok(s.start(), "the daemon runs")
        s.ctl("run", "--wait")
    return s


def rows(s):
    return s.sql("crm.db", "SELECT * FROM contact ORDER BY id")


def correct(s, *args, dataset="p/contacts", who=ANN, yes=True, given=None):
    argv = [rt.program("retentionctl"), "-c", s.conf, "subject", "correct",
            "--email", who, "--dataset", dataset,
            *(("--yes",) if yes else ()), *args]
    r = subprocess.run(argv, input=(given or "").encode(), timeout=120,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    r.out, r.err = r.stdout.decode(), r.stderr.decode()
    return r


def leaks(s, folders=("state",)):
    text = b""
    for top in folders:
        for d, _, fs in os.walk(s.path(top)):
            for f in fs:
                with open(os.path.join(d, f), "rb") as h:
                    text += h.read()
    with open(s.log, "rb") as f:
        text += f.read()
    return [w for w in SECRETS if w in text]


def in_store(s, text):
    found = False
    for f in os.listdir(s.data()):
        with open(s.data(f), "rb") as h:
            found = found or text.encode() in h.read()
    return found


def register(s):
    return json.loads(s.ctl("subject", "requests", "--all", "--json").out
                      )["requests"]


def done():
    s = setup()
    before = rows(s)
    rt.ok(in_store(s, WRONG), "the old value is in the file")
    r = correct(s, "--set", "name=" + RIGHT, yes=False)
    rt.same((r.returncode, "2 rows of p/contacts" in r.err, rows(s)),
            (1, True, before), "without --yes it is counted, and nobody at a "
            "terminal: nothing is done")
    r = correct(s, "--set", "name=x", who="nobody@example.org", yes=False)
    rt.same((r.returncode, "nobody is found" in r.err), (1, True),
            "a person who is not there")
    with open(s.path("value"), "w") as f:
        f.write(RIGHT + "\n")
    r = correct(s, "--set", "name=@" + s.path("value"), "--set", "age=43",
                "--set-null", "phone", "--reason", "by telephone", "--json")
    reply = json.loads(r.out)
    rt.same((r.returncode, [(d["dataset"], d["state"], d["erased"])
                            for d in reply["datasets"]]),
            (0, [("p/contacts", "done", 2)]), "three columns of two rows")
    want = [list(x) for x in before]
    for i in (0, 2):
        want[i][2], want[i][3], want[i][5] = RIGHT, None, 43
    rt.same([list(x) for x in rows(s)], want, "these, and nothing else")
    rt.ok(not in_store(s, "Wrongname"), "the old name is nowhere in the store")
    rt.ok(not in_store(s, "960001"), "nor the telephone number")
    q = register(s)
    rt.same([(x["kind"], x["state"], x["outcome"][0]["state"],
              x["outcome"][0]["rows"], bool(x["due"])) for x in q],
            [("correct", "done", "corrected", 2, True)],
            "the register has it, with its due day")
    recs = s.trail()
    i = [x for x in recs if x["type"] == "intent"]
    rt.same([(x["action"], x["cause"], x["request"], x["n"]) for x in i],
            [("correct", "request", reply["request"], 2)], "the intent")
    o = [x for x in recs if x["type"] == "done"]
    rt.same([(x["erased"], x["method"]) for x in o],
            [(2, "sqlite-secure-update+scrub")], "the outcome")
    rt.same([(x["kind"], x["state"], "dataset" in x) for x in recs
             if x["type"] == "request"],
            [("correct", "open", False), ("correct", "done", True),
             ("correct", "done", False)], "the request, from first to last")

    r = correct(s, "--set", "email=@-", given=OTHER + "\n")
    rt.same((r.returncode, [x[1] for x in rows(s)]),
            (0, [OTHER, "bob@example.org", OTHER]),
            "what the person is found by, from standard input")
    find = s.ctl_json("subject", "find", "--email", ANN)
    rt.same(sum(d["rows"] for d in find["datasets"]
                if d["dataset"] == "p/contacts"), 0,
            "the old address finds nobody")
    rt.same(correct(s, "--set", "name=y").returncode, 1,
            "who is corrected by it is not found either")
    open_ = [x for x in register(s) if x["state"] == "open"]
    rt.same([(x["kind"], x["outcome"][0]["state"]) for x in open_],
            [("correct", "left")], "what came to nothing stays open")
    r = correct(s, "--set", "name=@@ann", "--request", open_[0]["id"],
                who=OTHER)
    rt.same(r.returncode, 1, "taken up by another identifier: refused")
    r = correct(s, "--set", "name=@@ann", who=OTHER)
    rt.same((r.returncode, rows(s)[0][2]), (0, "@ann"), "@@ is an @")
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    rt.none(leaks(s), "neither value nor identifier in state, trail or log")
    s.close()


def refused():
    s = setup()
    before = rows(s)
    ask = [("id=9", "key"), ("at=0", "decides"), ("kind=staff", "decides"),
           ("left_at=5", "decides"), ("nosuch=1", "no column"),
           ("age=old", "expected a number"), ("name=bad", "CHECK"),
           ("phone=01632 960009", "UNIQUE")]
    for value, why in ask:
        r = correct(s, "--set", value)
        rt.same((r.returncode, why in r.err, rows(s)), (1, True, before),
                "%s: refused, nothing has changed: %s" % (value.split("=")[0],
                                                           r.err.strip()))
    for args, kw in ((("--set", "text=x"), {"dataset": "p/notes"}),
                     (("--set", "name=x"), {"dataset": "p/none"}),
                     (("--set", "name=x", "--set", "NAME=y"), {})):
        r = correct(s, *args, **kw)
        rt.same((r.returncode, rows(s)), (1, before), "refused: %s"
                % r.err.strip()[:70])
    rt.same(correct(s).returncode, 64, "no column: usage")
    rt.same(correct(s, "--set", "name").returncode, 64, "no value: usage")
    n = len(register(s))
    for scope in (("--all",), ("--store", "p/crm"),
                  ("--dataset", "p/contacts")):
        h = s.ctl_json("hold", "add", *scope, "--matter", "c0")
        r = correct(s, "--set", "name=" + RIGHT)
        rt.same((r.returncode, "legal hold" in r.err, rows(s)),
                (1, True, before), "under a hold %s: refused" % scope[0])
        s.ctl("hold", "release", h["hold"] if "hold" in h else h["id"])
    n += 3
    h = s.ctl_json("hold", "add", "--subject", "email=" + ANN, "--matter", "c1")
    r = correct(s, "--set", "name=" + RIGHT)
    rt.same((r.returncode, "legal hold" in r.err, rows(s)), (1, True, before),
            "a hold keeps the evidence")
    q = [x for x in register(s) if x["state"] == "open"]
    rt.same(len(register(s)), n + 1, "the request is registered all the same")
    s.ctl("hold", "release", h["hold"] if "hold" in h else h["id"])
    s.ctl("subject", "restrict", "--email", ANN)
    r = correct(s, "--set", "name=" + RIGHT)
    rt.same((r.returncode, "unrestrict" in r.err, rows(s)), (1, True, before),
            "so does a restriction, and it says what to do first")
    s.ctl("subject", "unrestrict", "--email", ANN)
    mine = [x for x in register(s) if x["state"] == "open"][-1]["id"]
    r = correct(s, "--set", "name=" + RIGHT, "--request", mine)
    rt.same((r.returncode, rows(s)[0][2], q != []), (0, RIGHT, True),
            "afterwards the open request is taken up")
    rt.same([x["state"] for x in register(s) if x["id"] == mine], ["done"],
            "and closed")
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    rt.none(leaks(s), "no value in state, trail or log")
    s.close()


def aliased():
    """Another notice, which knows the file by a link, decides by a name."""
    s = setup(start=False)
    os.symlink("crm.db", s.data("link.db"))
    with open(s.path("policies.d", "q.conf"), "w") as f:
        f.write(POLICY[:POLICY.index("stores =")].replace('"p"', '"q"') + """
stores = ( { name = "other"; sqlite = "../data/link.db"; } );
datasets = ( { name = "named"; promise = "2 years"; mode = "enforce";
    store = "other"; table = "contact"; keep = { period = "2 years";
      from = "at"; clock = "unix"; };
    where = "name = 'Gone'"; action = "delete"; } );
""")
    rt.ok(s.start(), "the daemon runs")
    s.ctl("run", "--wait")
    before = rows(s)
    r = correct(s, "--set", "name=Gone")
    rt.same((r.returncode, "decides" in r.err, rows(s)), (1, True, before),
            "what another notice decides by, under another name of the file: "
            "refused")
    rt.same(correct(s, "--set", "age=44").returncode, 0, "other columns are "
            "not")
    s.stop()
    s.close()


def locked(s):
    """Begins a correction that cannot get its lock; the client."""
    lock = sqlite3.connect(s.data("crm.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    ask = subprocess.Popen(
        [rt.program("retentionctl"), "-c", s.conf, "subject", "correct",
         "--email", ANN, "--dataset", "p/contacts", "--yes", "--set",
         "name=" + RIGHT], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    rt.ok(rt.await_(30, lambda: [x for x in s.trail()
                                 if x["type"] == "intent"]),
          "the intent is durable")
    return lock, ask


def killed():
    s = setup()
    before = rows(s)
    lock, ask = locked(s)
    s.daemon.send_signal(signal.SIGKILL)
    s.daemon.wait()
    ask.wait()
    lock.execute("ROLLBACK")
    lock.close()
    time.sleep(0.5)
    rt.none(leaks(s), "no value is in the state folder")
    now = rows(s)
    rt.ok(now == before or {r[2] for r in now if r[0] != 2} == {RIGHT},
          "killed: all old, or all new")
    s.start()
    rt.ok(rt.await_(30, lambda: [x for x in s.trail() if x["type"] in
                                 ("done", "fail")]), "its outcome is told")
    o = [x for x in s.trail() if x["type"] in ("done", "fail")]
    rt.same(o[-1]["erased"], 0 if now == before else 2, "as it is")
    rt.ok(rt.await_(30, lambda: [x for x in register(s) if x["outcome"]]),
          "the register knows")
    q = register(s)[0]
    rt.same((q["state"], q["outcome"][0]["state"]),
            ("open", "left") if now == before else ("done", "corrected"),
            "and what is not done is still open")
    r = correct(s, "--set", "name=" + RIGHT, *(() if q["state"] == "done" else
                                               ("--request", q["id"])))
    rt.same({x[2] for x in rows(s) if x[0] != 2}, {RIGHT}, "asked again: done")
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    rt.none(leaks(s), "no value in state, trail or log")
    s.close()

    # Killed right after the commit: the ledger's digest tells.
    s = setup(many=3000)
    s.sql("crm.db", "PRAGMA journal_mode = WAL")
    ask = subprocess.Popen(
        [rt.program("retentionctl"), "-c", s.conf, "subject", "correct",
         "--email", ANN, "--dataset", "p/contacts", "--yes", "--set",
         "name=" + RIGHT], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    rt.ok(rt.await_(30, lambda: s.sql("crm.db", "SELECT 1 FROM contact WHERE "
                                      "name = ?", RIGHT)), "committed")
    s.daemon.send_signal(signal.SIGKILL)
    s.daemon.wait()
    ask.wait()
    rt.same(len(s.sql("crm.db", "SELECT 1 FROM contact WHERE name = ?",
                      RIGHT)), 3002, "in one transaction")
    s.start()
    rt.ok(rt.await_(30, lambda: [x for x in register(s)
                                 if x["state"] == "done"]),
          "a daemon that does not know the value sees that it was done")
    rt.ok(rt.await_(30, lambda: not in_store(s, "Wrongname")),
          "and the old value is overwritten")
    s.stop()
    rt.same([x["erased"] for x in s.trail() if x["type"] == "done"], [3002],
            "its outcome")
    rt.same(s.verify().returncode, 0, "the trail is valid")
    r = s.ctl("audit", "verify", "--stores", "--key", s.vkey())
    rt.ok(r.returncode == 0, "corrected rows are there, as they have to be",
          r.out + r.err)
    s.close()


def policy_takes_it_back():
    """A reload makes the dataset report only while the lock is waited for."""
    patient = POLICY.replace('crm.db";', 'crm.db"; busy = "40 seconds";')
    s = setup(start=False)
    with open(s.path("policies.d", "p.conf"), "w") as f:
        f.write(patient)
    rt.ok(s.start(), "the daemon runs")
    s.ctl("run", "--wait")
    before = rows(s)
    lock, ask = locked(s)
    with open(s.path("policies.d", "p.conf"), "w") as f:
        f.write(patient.replace('mode = "enforce"', 'mode = "report"', 1))
    rt.same(s.ctl("reload").returncode, 0, "report only: taken")
    ended = rt.await_(15, lambda: [x for x in register(s) if x["outcome"]])
    rt.ok(ended, "the correction that waits for a lock ends before it has one")
    lock.execute("ROLLBACK")
    lock.close()
    ask.wait()
    q = register(s)[0]
    rt.same((q["state"], [(x["state"], "report only" in x["error"])
                          for x in q["outcome"]]), ("open", [("never", True)]),
            "as never, and the request is still open")
    s.ctl("run", "--wait")
    rt.same(rows(s), before, "nothing has changed")
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    s.close()


def beside():
    """The other verifier, which shares no code with this one."""
    s = setup()
    correct(s, "--set", "name=" + RIGHT)
    s.stop()
    r = subprocess.run([os.path.join(rt.CONTRIB, "verify-trail.py"), "--key",
                        s.vkey(), s.path("state", "trail")],
                       capture_output=True, text=True)
    rt.ok(r.returncode == 0, "valid there, too", r.stdout + r.stderr)
    for args in ((s.path("state", "trail"),), ("--help",)):
        for to in ("| true", ">&-", ">/dev/full"):
            r = subprocess.run(["sh", "-c", '"$@" ' + to, "sh", os.path.join(
                rt.CONTRIB, "verify-trail.py"), *args], capture_output=True,
                text=True)
            rt.ok("Traceback" not in r.stderr and r.stderr.count("\n") ==
                  (to == ">/dev/full"), "%s %s: it ends without noise"
                  % (args[0] == "--help", to), r.stderr)
    s.close()


done()
refused()
aliased()
killed()
policy_takes_it_back()
beside()
rt.done()
