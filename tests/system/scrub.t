#!/usr/bin/env python3
# Proves that 'retentionctl scrub' overwrites what an application deleted in
# its database, and nothing else; that it is recorded with who asked; that it
# is refused under a hold, of what is no database, in a dry run; that what it
# cannot do is said; that with scrub = "full" a pass does it by itself, but not
# under a hold, to files as the last one left them, in mode report; and that assurance stands in check, plan, status and trail.

import json
import os
import random
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "metrics.prom"; check_every = "1 hour";
"""
POLICY = """notice = { id = "r"; title = "Scrub"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site*.db"; scrub = "%s"; },
  { name = "cvs"; files = "../data/cvs"; } );
datasets = (
  { name = "people"; promise = "a year"; mode = "%s"; store = "site";
    table = "people"; keep = { period = "1 year"; from = "at"; clock = "unix"; };
    action = "delete"; } );
"""
DAY = 86400


def make(s, name, mode):
    random.seed(5)
    c = sqlite3.connect(s.data(name))
    c.execute("PRAGMA secure_delete=OFF")
    c.execute("PRAGMA journal_mode=" + mode)
    c.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, email, at)")
    words = ["gone-%016x" % random.getrandbits(64) for _ in range(2000)]
    old, new = int(time.time()) - 800 * DAY, int(time.time()) - 10 * DAY
    c.executemany("INSERT INTO people VALUES (?,?,?)", [
        (i, w, old if i % 100 == 0 else new) for i, w in enumerate(words)])
    c.commit()
    c.execute("DELETE FROM people WHERE id % 3 = 1")
    c.execute("UPDATE people SET email = 'x' || id WHERE id % 3 = 2")
    c.commit()
    c.close()
    return words


def left(s, name, words):
    data = b""
    for end in ("", "-wal", "-journal"):
        if os.path.exists(s.data(name + end)):
            with open(s.data(name + end), "rb") as f:
                data += f.read()
    live = {r[0] for r in s.sql(name, "SELECT email FROM people")}
    return sum(w not in live and w.encode() in data for w in words)


def content(s, name):
    return s.sql(name, "SELECT * FROM people ORDER BY id")


def setup(scrub="erased", mode="enforce"):
    s = rt.Setup()
    for d in ("policies.d", "data", "data/cvs"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "r.conf"), "w") as f:
        f.write(POLICY % (scrub, mode))
    s.ctl("key", "init")
    return s


def on_demand():
    s = setup("off")
    words = {n: make(s, n, m) for n, m in (("site1.db", "WAL"),
                                           ("site2.db", "DELETE"))}
    rt.ok(s.start(), "the daemon runs")
    s.ctl("run", "--wait")
    before = {n: content(s, n) for n in words}
    rt.ok(all(left(s, n, w) > 100 for n, w in words.items()),
          "what the application deleted is still in its files")
    rt.ok("scrub off" in s.ctl("plan").out, "plan says that it is off")
    r = s.ctl("scrub", "r/site", "--json")
    rt.ok(r.returncode == 0, "scrub: exit status", r.err)
    reply = json.loads(r.out)
    rt.same((reply["files"], reply["left"], reply["strange"],
             reply["sealed"]), (2, 0, 0, True), "scrub: both files")
    rt.ok(reply["bytes"]["gap"] + reply["bytes"]["freeblock"] > 5000,
          "scrub: what was found, by kind", reply)
    rt.same({n: left(s, n, w) for n, w in words.items()},
            {n: 0 for n in words}, "scrub: nothing is left of it")
    rt.same({n: content(s, n) for n in words}, before, "scrub: data stays")
    r = s.ctl("scrub", "r/site")
    rt.ok(r.returncode == 0 and "pages in 2 files" in r.out and
          "gap" not in r.out, "again: nothing to find", r.out + r.err)
    rec = [x for x in s.trail() if x["type"] == "scrub"]
    rt.ok(len(rec) == 2 and rec[0]["store"] == "r/site" and
          rec[0]["who"]["uid"] == os.getuid() and
          rec[0]["bytes"]["freeblock"] == reply["bytes"]["freeblock"],
          "the trail has both, with who asked", rec)
    rt.ok("asked for by" in s.ctl("audit", "show", "--type", "scrub").out,
          "audit show tells it")
    refusals(s)
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    s.close()


def refusals(s):
    for name, word in (("r/none", "no store"), ("r/cvs", "no database")):
        r = s.ctl("scrub", name)
        rt.ok(r.returncode == 1 and word in r.err, "refused: " + name, r.err)
    rt.same(s.ctl("scrub").returncode, 64, "usage")
    h = s.ctl("hold", "add", "--store", "r/site", "--matter", "M1").out
    r = s.ctl("scrub", "r/site")
    rt.ok(r.returncode == 1 and "hold" in r.err, "refused under a hold", r.err)
    s.ctl("hold", "release", h.split()[-1])
    with open(s.data("site3.db"), "wb") as f:
        f.write(os.urandom(8192))
    with open(s.data("site3.db"), "rb") as f:
        was = f.read()
    r = s.ctl("scrub", "r/site", "--json")
    reply = json.loads(r.out)
    with open(s.data("site3.db"), "rb") as f:
        rt.ok(f.read() == was, "a foreign file is not touched")
    rt.ok(r.returncode == 1 and not reply["ok"] and reply["files"] == 2 and
          reply["left"] == 1, "and said, while the others are done", r.out)
    os.unlink(s.data("site3.db"))


def assurance():
    s = setup("erased")
    words = make(s, "site1.db", "WAL")
    rt.ok(s.start(), "the daemon runs")
    s.ctl("run", "--wait")
    done = [x for x in s.trail() if x["type"] == "done"]
    word = done[0]["assurance"] if done else "?"
    rt.ok(word == "overwritten-in-place" or word.startswith("logical-only ("),
          "assurance in the trail: " + word)
    rt.same(left(s, "site1.db", words), 0, "a pass leaves nothing dead")
    rt.ok(word in s.ctl("check").out, "assurance in check")
    plan = {d["dataset"]: d for d in s.ctl_json("plan")["datasets"]}
    rt.same(plan["r/people"].get("assurance"), word, "in plan")
    rt.same((plan["r/people"].get("scrub"), "scrub" in s.ctl("plan").out),
            ("erased", False), "plan has the store's scrub")
    status = s.ctl_json("status")["status"]["datasets"]
    rt.same(status[0].get("assurance"), word, "in status")
    s.close()


def passes(s):
    """Two: the second begins when what the first brought about is over."""
    for _ in range(2):
        s.ctl("run", "--wait")
    return len([x for x in s.trail() if x["type"] == "scrub"])


def forget(s, name, n):
    """The application deletes; nothing is due."""
    c = sqlite3.connect(s.data(name))
    c.execute("PRAGMA secure_delete=OFF")
    c.execute("UPDATE people SET email = 'y' || id WHERE id % 100 = ?", (n,))
    c.commit()
    c.close()


def full():
    s = setup("full")
    words = {n: make(s, n, m) for n, m in (("site1.db", "WAL"),
                                           ("site2.db", "DELETE"))}
    gone = {n: 0 for n in words}
    for n in words:
        s.sql(n, "DELETE FROM people WHERE id % 100 = 0")
    rt.ok(s.start(), "the daemon runs")
    count = passes(s)
    rt.same({n: left(s, n, w) for n, w in words.items()}, gone,
            "full: the first pass leaves nothing, though nothing was due")
    rec = [x for x in s.trail() if x["type"] == "scrub"]
    rt.ok(count == 1 and rec[0].get("by") == "policy" and
          rec[0]["files"] == 2 and "who" not in rec[0],
          "the trail has it once, by the policy", rec)
    rt.ok("by the policy" in s.ctl("audit", "show", "--type", "scrub").out,
          "audit show tells it")
    rt.same(passes(s), 1, "unchanged files are not scrubbed again")
    held_back(s, words, gone)
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    s.close()


def held_back(s, words, gone):
    for n in words:
        forget(s, n, 3)
    rt.ok(all(left(s, n, w) > 0 for n, w in words.items()),
          "the application has deleted more")
    h = s.ctl("hold", "add", "--store", "r/site", "--matter", "M1").out
    count = passes(s)
    rt.ok(count == 1 and all(left(s, n, w) > 0 for n, w in words.items()),
          "under a hold it stays, and nothing is recorded", count)
    s.ctl("hold", "release", h.split()[-1])
    rt.same((passes(s), {n: left(s, n, w) for n, w in words.items()}),
            (2, gone), "then the next pass takes it")
    s.ctl("scrub", "r/site")
    rt.same(passes(s), 3, "one that was asked for is as good")
    forget(s, "site2.db", 6)
    rt.same((passes(s), left(s, "site2.db", words["site2.db"])), (4, 0),
            "a change to one of them is seen")


def not_full():
    for scrub, mode in (("erased", "enforce"), ("full", "report")):
        s = setup(scrub, mode)
        words = make(s, "site1.db", "DELETE")
        s.sql("site1.db", "DELETE FROM people WHERE id % 100 = 0")
        rt.ok(s.start(), "the daemon runs")
        rt.ok(passes(s) == 0 and left(s, "site1.db", words) > 100,
              "what the application deleted stays: %s, %s" % (scrub, mode))
        s.stop()
        s.close()
    s = setup("full")
    with open(s.conf, "a") as f:
        f.write("brake = { rows = 5; share = 0.001; };\n")
    words = make(s, "site1.db", "DELETE")
    rt.ok(s.start(), "the daemon runs")
    rt.ok(passes(s) == 0 and left(s, "site1.db", words) > 100,
          "while a brake holds, it stays")
    s.close()
    s = setup("full")
    words = make(s, "site1.db", "DELETE")
    s.sql("site1.db", "DELETE FROM people WHERE id % 100 = 0")
    rt.same((s.retentiond("-1").returncode, left(s, "site1.db", words)),
            (0, 0), "full: one pass by hand does it")
    s.close()


def dry_run():
    s = setup("erased")
    make(s, "site1.db", "WAL")
    r = s.retentiond("-n", "-1")
    rt.same(r.returncode, 0, "a dry run")
    s.close()


on_demand()
assurance()
full()
not_full()
dry_run()
rt.done()
