#!/usr/bin/env python3
# Proves that file stores and files of rows keep their promises: to the second,
# with evidence, without a name of a file anywhere; and that a kill at any step
# loses nothing that is not due and leaves nothing that is.

import atexit
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

NOW = rt.instant("2026-11-22T10:00:00Z")
YEAR_AGO = rt.instant("2025-11-22T10:00:00Z")
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; brake = { rows = 100000; share = 1.0; };
"""
POLICY = """
notice = { id = "demo"; title = "Demo"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = (
  { name = "reports"; files = "../data/reports"; },
  { name = "people"; sqlite = "../data/people.db"; },
  { name = "uploads"; files = "../data/uploads"; }
);
datasets = (
  { name = "reports"; promise = "reports are kept a year";
    mode = "enforce"; store = "reports"; match = "*.pdf";
    keep = { period = "1 year"; from = "mtime"; }; action = "delete"; },
  # Promise 4.1: CVs go a year after the latest application.
  { name = "cvs"; promise = "CVs are kept a year";
    mode = "enforce"; store = "people"; table = "application";
    keep = { period = "1 year"; clock = "unix"; from = "applied_at"; };
    action = "delete"; files = { column = "cv"; root = "../data/cv"; }; },
  # Promise 5.3: photographs go when their consent is withdrawn.
  { name = "photographs"; promise = "photographs by consent";
    mode = "enforce"; store = "people"; table = "photograph";
    keep = { until = "withdrawn_at"; clock = "iso8601"; };
    action = "anonymise"; columns = { path = "null"; };
    files = { column = "path"; root = "../data/photographs"; }; },
  { name = "uploads"; promise = "until the portal closes";
    mode = "enforce"; store = "uploads";
    keep = { until_event = "portal-closed"; }; action = "destroy"; }
);
"""
FEW, SECRET = 12, "jane-doe-of-example"


def put(path, t):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(SECRET.encode() * 300)
    os.utime(path, (t.timestamp(), t.timestamp()))


def names(s, folder):
    out = set()
    for at, _, files in os.walk(s.data(folder)):
        out |= {os.path.relpath(os.path.join(at, f), s.data(folder))
                for f in files}
    return out


def setup():
    s = rt.Setup()
    for folder in ("data", "policies.d", "data/reports", "data/uploads",
                   "data/cv", "data/photographs"):
        os.mkdir(s.path(folder))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "demo.conf"), "w") as f:
        f.write(POLICY)
    for i in range(FEW):
        put(s.data("reports", str(i % 3), SECRET + "%d.pdf" % i), YEAR_AGO)
        put(s.data("cv", SECRET + "%d.pdf" % i), NOW)
        put(s.data("photographs", "a", SECRET + "%d.jpg" % i), NOW)
    put(s.data("reports", "young.pdf"), rt.later(YEAR_AGO, 1))
    put(s.data("reports", "old.txt"), YEAR_AGO)
    put(s.data("cv", "young.pdf"), YEAR_AGO)
    put(s.data("cv", "nobody's.pdf"), YEAR_AGO)
    put(s.data("photographs", "kept.jpg"), YEAR_AGO)
    put(s.data("uploads", "x", "order.csv"), YEAR_AGO)
    s.sql("people.db", "CREATE TABLE application (id INTEGER PRIMARY KEY,"
          " applied_at INTEGER, cv TEXT)")
    s.sql("people.db", "CREATE TABLE photograph (id INTEGER PRIMARY KEY,"
          " withdrawn_at TEXT, path TEXT)")
    for i in range(FEW):
        s.sql("people.db", "INSERT INTO application VALUES (?, ?, ?)", i,
              int(YEAR_AGO.timestamp()), SECRET + "%d.pdf" % i)
        s.sql("people.db", "INSERT INTO photograph VALUES (?, ?, ?)", i,
              "2026-11-22T10:00:00Z", "a/" + SECRET + "%d.jpg" % i)
    s.sql("people.db", "INSERT INTO application VALUES (99, ?, 'young.pdf')",
          int(YEAR_AGO.timestamp()) + 1)
    s.sql("people.db", "INSERT INTO photograph VALUES (99, NULL, 'kept.jpg')")
    return s


KEPT = {"reports": {"young.pdf", "old.txt"},
        "cv": {"young.pdf", "nobody's.pdf"}, "photographs": {"kept.jpg"},
        "uploads": {"x/order.csv"}}
WANT = {"demo/reports": FEW, "demo/cvs": FEW, "demo/photographs": FEW}


def rows(s):
    return (s.sql("people.db", "SELECT count(*) FROM application")[0][0],
            s.sql("people.db", "SELECT count(*) FROM photograph WHERE path"
                  " IS NOT NULL")[0][0])


def whole(s):
    """What is not due is there, with its content."""
    out = []
    for folder, kept in KEPT.items():
        for name in kept:
            path = s.data(folder, name)
            if not os.path.exists(path) or \
                    os.path.getsize(path) != 300 * len(SECRET):
                out.append(folder + "/" + name + " is lost")
    if rows(s)[0] < 1 or rows(s)[1] < 1:
        out.append("a row that is not due is lost")
    return out


def counts(s):
    return {d["dataset"]: (d["total"], d["due"], d["kept"])
            for d in s.ctl_json("plan", "--at", rt.rfc3339(NOW))["datasets"]}


def test_effect():
    s = setup()
    same(counts(s), {"demo/reports": (FEW + 1, FEW, 1),
                     "demo/cvs": (FEW + 1, FEW, 1),
                     "demo/photographs": (FEW + 1, FEW, 1),
                     "demo/uploads": (1, 0, 1)}, "plan")
    r = s.retentiond("--once", at=rt.later(NOW, -1))
    same((r.returncode, s.erased()), (0, {}), "a second before: nothing")
    r = s.retentiond("--once", at=NOW)
    same(r.returncode, 0, "a pass")
    same({f: names(s, f) for f in KEPT}, KEPT, "what is due goes, all else"
         " stays")
    same(rows(s), (1, 1), "rows along with their files")
    same(s.erased(), WANT, "the trail's counts")
    done = {}
    of = {r["op"]: r["dataset"] for r in s.trail() if r["type"] == "intent"}
    for r in s.trail():
        if r["type"] == "done":
            done[of[r["op"]]] = (r["method"], r.get("assurance"))
    same(done["demo/reports"][0], "overwrite-unlink", "how: files")
    ok(done["demo/reports"][1] in ("overwritten-in-place", "logical-only"),
       "and how surely: %s" % done["demo/reports"][1])
    same(done["demo/cvs"][0], "sqlite-secure-delete+scrub+overwrite-unlink",
         "how: rows with files")
    r = s.retentiond("--once", at=rt.later(NOW, 1))
    same({f: names(s, f) for f in KEPT},
         dict(KEPT, reports={"old.txt"}, cv={"nobody's.pdf"}),
         "the others a second later")
    same(s.verify().returncode, 0, "VALID")
    leak = subprocess.run(["grep", "-rl", SECRET, s.path("state")],
                          stdout=subprocess.PIPE).stdout.decode()
    said = b"".join(s.said).decode(errors="replace")
    ok(not leak and SECRET not in said, "no name of a file in trail, ledger "
       "or output", leak)
    return s


def test_event():
    s = setup()
    ok(s.start(), "the daemon runs")
    r = s.ctl("event", "declare", "portal-closed")
    same(r.returncode, 0, "the event is declared")
    ok(rt.await_(30, lambda: not names(s, "uploads")),
       "all files of the store go with it")
    same(s.stop(), 0, "stopped")
    same(s.verify().returncode, 0, "VALID")


def outcomes(s):
    erased, opened = {}, {}
    for r in s.trail():
        if r["type"] == "intent":
            opened[r["op"]] = r
        elif r["type"] in ("done", "fail"):
            name = opened.pop(r["op"])["dataset"]
            erased[name] = erased.get(name, 0) + r["erased"]
    return erased, opened


def after(s, what):
    out = []
    r = s.retentiond("--once", at=NOW)
    if r.returncode != 0:
        out.append("%s: the next run: %s" % (what, r.err))
    for f in KEPT:
        if names(s, f) != KEPT[f]:
            out.append("%s: %s has %r" % (what, f, names(s, f)))
    erased, opened = outcomes(s)
    if erased != WANT or opened or rows(s) != (1, 1):
        out.append("%s: %r, open %d, rows %r" % (what, erased, len(opened),
                                                 rows(s)))
    r = s.verify()
    if r.returncode != 0:
        out.append("%s: %s" % (what, r.out + r.err))
    return out


def kills(call, step):
    """The worker dies at its n-th call, until there are no more of it."""
    found, n, hit = [], 1, True
    while hit and n < 400:
        s = setup()
        what = "%s %d" % (call, n)
        prefix, env = rt.at_fake(NOW)
        log = s.path("strace.log")
        subprocess.run(
            prefix + ["strace", "-f", "-qq", "-o", log, "-e",
                      "trace=" + call, "-e",
                      "inject=%s:signal=SIGKILL:when=%d" % (call, n),
                      rt.program("retentiond"), "-c", s.conf, "--once"],
            env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=60)
        with open(log) as f:
            hit = re.search("killed by SIGKILL", f.read()) is not None
        found += ["%s: %s" % (what, w) for w in whole(s)] + after(s, what)
        atexit.unregister(s.close)
        shutil.rmtree(s.dir, ignore_errors=True)
        n += step
    ok(not hit and n > 1 + step, "killed at every %s%s: %d times" % (
        call, "" if step == 1 else " of %d" % step, (n - 1) // step - 1))
    rt.none(found, "%s: never too much, and exact after the next run" % call)


if not shutil.which("strace"):
    rt.skip_all("strace is missing")
test_effect()
test_event()
for each in (("renameat2", 5), ("syncfs", 1),
             ("unlinkat", 5), ("fsync", 2), ("pwrite64", 23)):
    kills(*each)
rt.done()
