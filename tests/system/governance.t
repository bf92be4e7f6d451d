#!/usr/bin/env python3
# Proves that enforcement stops when the clock is in doubt until a person says
# that it is right; that a stricter policy is seen, recorded and braked before
# it takes anything; that the reason for one row is told; and that a policy
# nobody named has signed is refused.

import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

HOUR = 3600 * 1000
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
"""
NOTICE = """notice = { id = "g"; title = "Governance"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; }%s );
"""
OLD, NEW = "2019-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def dataset(name, keep, more="", mode="enforce", table="people",
            action='action = "delete";'):
    return ('{ name = "%s"; promise = "p"; mode = "%s"; store = "site";'
            ' table = "%s"; keep = { %s }; %s %s }'
            % (name, mode, table, keep, action, more))


def period(n):
    return 'period = "%s"; from = "at"; clock = "iso8601";' % n


def put(path, text):
    with open(path, "w") as f:
        f.write(text)


def policy(s, *datasets, stores=""):
    put(s.path("policies.d", "g.conf"), NOTICE % stores
        + "datasets = ( " + ",\n".join(datasets) + " );\n")


class Host(rt.Setup):
    def __init__(self, *datasets, settings=""):
        super().__init__()
        for d in ("policies.d", "data"):
            os.makedirs(self.path(d), exist_ok=True)
        self.main(settings)
        policy(self, *datasets)
        c = sqlite3.connect(self.data("site.db"))
        c.executescript("CREATE TABLE people (id INTEGER PRIMARY KEY,"
                        " at TEXT, kind TEXT, mail TEXT);")
        c.close()
        self.shim = self.path("clock")

    def main(self, settings):
        put(self.conf, MAIN + settings)

    def fill(self, n, at, start=1):
        self.sql("site.db", "WITH RECURSIVE c (i) AS (SELECT ? UNION ALL"
                 " SELECT i + 1 FROM c WHERE i < ?) INSERT INTO people SELECT"
                 " i, ?, 'k', 'p' || i || '@example.org' FROM c", start,
                 start + n - 1, at)

    def left(self):
        return self.sql("site.db", "SELECT count(*) FROM people")[0][0]

    def clock(self, wall=0, boot=0, synced=1):
        put(self.shim + ".new", "%d %d %d\n" % (wall, boot, synced))
        os.rename(self.shim + ".new", self.shim)

    def begin(self):
        env = {k: os.environ.get(k) for k in ("LD_PRELOAD", "CLOCKSHIM",
                                              "ASAN_OPTIONS")}
        os.environ.update(LD_PRELOAD=SHIM, CLOCKSHIM=self.shim,
                          ASAN_OPTIONS="verify_asan_link_order=0:"
                          + (env["ASAN_OPTIONS"] or ""))
        good = self.start()
        for k, v in env.items():
            os.environ.pop(k)
            if v is not None:
                os.environ[k] = v
        return good

    def status(self):
        return self.ctl_json("status")["status"]

    def pass_(self):
        return self.ctl("run", "--wait")

    def clocks(self):
        return [r["why"] for r in self.trail() if r["type"] == "clock"]

    def policies(self):
        return [r for r in self.trail() if r["type"] == "policy"]


def build_shim():
    path = os.path.join(WORK.dir, "clockshim.so")
    cc = shutil.which("cc") or shutil.which("gcc")
    subprocess.run([cc, "-shared", "-fPIC", "-O1", "-o", path, os.path.join(
        rt.TOP, "tests", "lib", "clockshim.c")], check=True)
    return path


def test_step():
    s = Host(dataset("people", period("2 years")))
    s.clock()
    ok(s.begin(), "step: the daemon runs")
    same(s.status()["clock"]["in_order"], True, "step: the clock is in order")
    same(s.ctl("clock", "confirm").out.split(":")[0], "nothing to confirm",
         "step: nothing to confirm")
    s.clock(wall=26 * HOUR - 60000)
    s.fill(3, OLD)
    s.pass_()
    same((s.left(), s.clocks()), (0, []), "step: 26 hours less a minute: fine")
    s.clock(wall=2 * 26 * HOUR)
    s.fill(4, OLD)
    s.pass_()
    same((s.left(), s.clocks()), (4, ["step forward"]),
         "step: beyond 26 hours: nothing is erased")
    r = s.ctl("status")
    ok(r.returncode == 1 and "retentionctl clock confirm" in r.out
       and "IN DOUBT" in r.out, "step: the status says what to do", r.out)
    same(s.ctl("reload").returncode, 0, "step: a reload")
    s.pass_()
    same(s.left(), 4, "step: is no confirmation")
    s.stop()
    ok(s.begin(), "step: started anew")
    s.pass_()
    same(s.left(), 4, "step: nor is a restart")
    s.clock(wall=2 * 26 * HOUR, boot=0)
    r = s.ctl("clock", "confirm")
    ok(r.returncode == 0 and r.out.startswith("confirmed"),
       "step: confirmed", r.out, r.err)
    ok(rt.await_(10, lambda: s.left() == 0), "step: then it goes on")
    last = [r for r in s.trail() if r["type"] == "clock"][-1]
    same((last["why"], last["who"]["uid"]), ("confirmed", os.getuid()),
         "step: recorded with who")
    s.clock(wall=2 * 26 * HOUR - 4000)
    s.fill(1, OLD)
    s.pass_()
    same(s.left(), 0, "step: back by seconds: fine")
    s.clock(wall=26 * HOUR)
    s.fill(1, OLD)
    s.pass_()
    same((s.left(), s.clocks()[-1]), (1, "step back"),
         "step: back by a day: nothing is erased")
    s.stop()
    same(s.verify().returncode, 0, "step: VALID")


def test_sleep():
    s = Host(dataset("people", period("2 years")))
    s.clock()
    s.begin()
    s.clock(wall=100 * HOUR, boot=100 * HOUR)
    s.fill(2, OLD)
    s.pass_()
    same((s.left(), s.clocks()), (0, []), "sleep: four days asleep: no step")
    s.stop()
    s.clock(wall=200 * HOUR, boot=200 * HOUR)
    s.fill(2, OLD)
    s.begin()
    s.pass_()
    same((s.left(), s.clocks()), (0, []), "sleep: four days off: no step")
    s.stop()
    s.clock(wall=227 * HOUR, boot=200 * HOUR)
    s.fill(2, OLD)
    s.begin()
    s.pass_()
    same((s.left(), s.clocks()), (2, ["step forward"]),
         "sleep: stepped between two runs: nothing is erased")


def test_sync():
    s = Host(dataset("people", period("2 years")),
             settings="clock = { require_sync = true; };")
    s.clock(synced=0)
    s.fill(2, OLD)
    s.begin()
    s.pass_()
    same((s.left(), s.clocks()), (2, ["unsynchronised"]),
         "sync: an unsynchronised clock: nothing is erased")
    ok("not synchronised" in s.ctl("status").out, "sync: said")
    s.clock(synced=1)
    s.pass_()
    same((s.left(), s.clocks()), (0, ["unsynchronised", "synchronised"]),
         "sync: synchronised: it goes on by itself")
    s.fill(2, OLD)
    s.clock(synced=0)
    s.pass_()
    same(s.left(), 2, "sync: lost again")
    s.ctl("clock", "confirm")
    ok(rt.await_(10, lambda: s.left() == 0), "sync: a person vouches for it")
    s.fill(2, OLD)
    s.pass_()
    same(s.left(), 0, "sync: and that lasts")
    s.clock(synced=1)
    s.pass_()
    s.clock(synced=0)
    s.fill(2, OLD)
    s.pass_()
    same(s.left(), 2, "sync: until it was synchronised once")
    s.stop()
    s.clock(wall=1000 * HOUR, synced=0)
    s.begin()
    s.pass_()
    same((s.left(), "step forward" in s.clocks()), (2, False),
         "sync: started with a wrong clock: it waits")
    s.clock(synced=1)
    s.pass_()
    same((s.left(), s.clocks()[-1]), (0, "synchronised"),
         "sync: put right: no step, it goes on")
    s.clock(wall=1000 * HOUR, synced=0)
    s.fill(2, OLD)
    s.pass_()
    s.clock(wall=1000 * HOUR, synced=1)
    s.pass_()
    same((s.left(), s.clocks()[-1]), (2, "step forward"),
         "sync: synchronised to another time: a step")


def test_stricter():
    far = dataset("people", period("200 years"))
    s = Host(far, settings="brake = { rows = 10; share = 0.2; };")
    s.fill(30, OLD)
    s.start()
    same(s.pass_().returncode, 0, "stricter: a pass under the old rules")
    same([f["code"] for f in s.ctl_json("check")["findings"]
          if f["code"] in ("shortened", "added", "changed")], [],
         "stricter: check: as it runs")
    policy(s, dataset("people", period("2 years")))
    found = [f for f in s.ctl_json("check")["findings"]
             if f["code"] == "shortened"]
    ok(len(found) == 1 and found[0]["severity"] == "warning"
       and "200 years -> 2 years" in found[0]["text"],
       "stricter: check says so before it counts", found)
    r = s.ctl("reload")
    ok(r.returncode == 0 and "200 years -> 2 years" in r.out,
       "stricter: so does the reload", r.out, r.err)
    same(s.policies()[-1].get("shortened"), ["g/people"],
         "stricter: recorded as shortened")
    s.pass_()
    d = s.status()["datasets"][0]
    same((s.left(), d["braked"]), (30, True), "stricter: the brake holds it")
    why = [r["why"] for r in s.trail() if r["type"] == "brake"]
    ok(len(why) >= 1 and "stricter" in why[-1], "stricter: recorded why", why)
    s.stop()
    # changed while nobody ran
    policy(s, dataset("people", period("1 year")),
           dataset("other", period("9 years"), 'where = "kind = \'x\'";'))
    s.start()
    p = s.policies()[-1]
    same((p.get("shortened"), p.get("added")), (["g/people"], ["g/other"]),
         "stricter: also when it changed while nobody ran")
    s.stop()
    same(s.verify().returncode, 0, "stricter: VALID")


def test_event():
    """A declaration is the approval, but not of rules that came later."""
    wait = 'until_event = "closed";'
    s = Host(dataset("few", wait, 'where = "kind = \'few\'";'),
             settings="brake = { rows = 10; share = 0.2; };")
    s.fill(30, NEW)
    s.start()
    s.ctl("event", "declare", "closed")
    s.pass_()
    policy(s, dataset("few", wait, 'where = "kind = \'few\'";'),
           dataset("all", wait))
    same(s.ctl("reload").returncode, 0, "event: a rule after the declaration")
    s.pass_()
    same(s.left(), 30, "event: is braked")
    s.stop()
    s.start()
    s.pass_()
    same(s.left(), 30, "event: after a restart as well")
    s.sql("site.db", "DELETE FROM people WHERE id > 10")
    s.pass_()
    same(s.left(), 0, "event: ten rows are no matter for the brake")
    s.fill(30, NEW)
    s.pass_()
    same(s.left(), 0, "event: from then on the declaration counts")


def test_rival():
    s = Host(dataset("people", period("2 years")),
             dataset("long", period("200 years"), mode="report"),
             settings="brake = { rows = 10; share = 0.2; };")
    s.fill(30, OLD)
    s.start()
    s.pass_()
    same(s.left(), 30, "rival: kept by the longer one")
    policy(s, dataset("people", period("2 years")))
    ok("kept some of its rows longer" in s.ctl("check").out,
       "rival: check says what its end means")
    s.ctl("reload")
    same(s.policies()[-1].get("shortened"), ["g/people"], "rival: recorded")
    s.pass_()
    same(s.left(), 30, "rival: braked")


def test_explain():
    gone = 'until = "at"; clock = "iso8601";'
    mask = 'action = "anonymise"; columns = { mail = "null"; };'
    s = Host(dataset("people", period("2 years")),
             dataset("long", period("200 years"), 'where = "kind = \'l\'";',
                     mode="report"),
             dataset("mail", gone, action=mask, mode="review"))
    c = sqlite3.connect(s.data("site.db"))
    c.executescript("""CREATE TABLE pair (a TEXT, b INT, at TEXT,
        PRIMARY KEY (a, b)); INSERT INTO pair VALUES ('x', 7, '2019-01-01');
        INSERT INTO people VALUES (1, '%s', 'k', 'jane@example.org'),
        (2, '%s', 'l', 'jane@example.org'), (3, NULL, 'k', NULL),
        (4, '%s', 'k', NULL), (5, '2026-01-01', 'k', 'x');""" % (OLD, OLD, NEW))
    c.close()
    policy(s, dataset("people", period("2 years")),
           dataset("long", period("200 years"), 'where = "kind = \'l\'";',
                   mode="report"),
           dataset("mail", gone, action=mask, mode="review"),
           dataset("pair", period("2 years"), table="pair"),
           dataset("file", period("2 years").replace('"at"; clock = "iso8601"',
                                                     '"mtime"'))
           .replace('store = "site"; table = "people";', 'store = "cv";'),
           stores=', { name = "cv"; files = "../data/cv"; }')
    os.makedirs(s.data("cv"))

    def why(name, *key, at="2026-11-22T00:00:00Z"):
        words = [w for k in key for w in ("--explain", k)]
        return s.ctl_json("plan", *words, "g/" + name, "--at", at)

    x = why("people", "1")
    same((x["rows"], x["clock"], x["due_at"], x["goes"]),
         (1, "dated", "2021-01-01T00:00:00Z", True), "explain: it goes")
    x = why("people", "1", at="2020-12-31T23:59:59Z")
    same((x["goes"], x["verdict"]), (False, "it is not due yet"),
         "explain: a second before it is due")
    same(why("people", "1", at="2021-01-01T00:00:00Z")["goes"], True,
         "explain: and when it is")
    x = why("people", "2")
    same((x["due"], x["outlasted"], x["goes"], x["rivals"][0]["due_at"]),
         (True, False, False, "2219-01-01T00:00:00Z"),
         "explain: another keeps it longer, and until when")
    same([why("people", k)["clock"] for k in "345"],
         ["undated", "future", "dated"], "explain: what its time is")
    same(why("long", "1")["matches"], False, "explain: not spoken of")
    same([why("mail", k)["needs"] for k in "12"], [True, True],
         "explain: something to anonymise")
    same((why("mail", "4", at="2100-01-01T00:00:00Z")["verdict"]),
         "it is anonymised already", "explain: nothing left to do")
    same(why("mail", "1")["verdict"],
         "it is due, and waits for a person's approval", "explain: review")
    same(why("mail", "3")["clock"], "empty", "explain: has not happened")
    same(why("people", "99")["rows"], 0, "explain: no such row")
    same(why("pair", "x", "7")["goes"], True, "explain: a key of two columns")
    r = s.ctl("plan", "--explain", "x", "g/pair")
    ok(r.returncode == 1 and "expected 2 values" in r.err,
       "explain: half a key is refused", r.err)
    r = s.ctl("plan", "--explain", "x", "g/file")
    ok(r.returncode == 1 and "only rows of a SQLite store" in r.err,
       "explain: files have no rows", r.err)
    same(s.ctl("plan", "--explain", "x").returncode, 64,
         "explain: needs its dataset")
    # What a plan counts is what the explanations say goes (I3).
    plan = {d["dataset"]: d["due"] for d in s.ctl_json(
        "plan", "--at", "2026-11-22T00:00:00Z")["datasets"]}
    same(sum(why("people", k)["goes"] for k in "12345"), plan["g/people"],
         "explain: agrees with the plan")
    s.start()
    s.ctl("hold", "add", "--dataset", "g/pair", "--matter", "m")
    x = why("pair", "x", "7")
    same((x["hold"], x["goes"]), ("held", False), "explain: under hold")
    leak = subprocess.run(["grep", "-rl", "jane@example", s.path("state"),
                           s.log], stdout=subprocess.PIPE).stdout
    same(leak, b"", "explain: recorded nowhere")


def sign(s, key, *files):
    subprocess.run([os.path.join(rt.CONTRIB, "policy-sign"), "sign", key,
                    *files], check=True)


def make_key(s, name):
    return subprocess.run(
        [os.path.join(rt.CONTRIB, "policy-sign"), "key", name + "@example.org",
         s.path(name + ".pem")], check=True,
        stdout=subprocess.PIPE).stdout.decode().strip()


def test_signed():
    s = Host(dataset("people", period("2 years")))
    alice, mallory = make_key(s, "alice"), make_key(s, "mallory")
    s.main('policy_keys = "%s";' % alice)
    file = s.path("policies.d", "g.conf")
    r = s.retentiond("--once")
    ok(r.returncode == 1 and "not signed" in r.err,
       "signed: no signature: not started", r.err)
    sign(s, s.path("mallory.pem"), file)
    same(s.retentiond("--once").returncode, 1, "signed: by a stranger: not")
    same(s.ctl("check").returncode, 1, "signed: check finds it")
    sign(s, s.path("alice.pem"), file)
    same(s.ctl("check").returncode, 0, "signed: by alice: check is content")
    ok(s.start(), "signed: the daemon starts")
    policy(s, dataset("people", period("1 year")))
    r = s.ctl("reload")
    ok(r.returncode == 1 and "something else" in r.err,
       "signed: a changed file is refused, the old policy stays", r.err)
    s.main("")
    r = s.ctl("reload")
    ok(r.returncode == 1 and "policy_keys cannot change" in r.err,
       "signed: nor can the keys be dropped by a reload", r.err)
    s.main('policy_keys = "%s";' % alice)
    sign(s, s.path("alice.pem"), file)
    same(s.ctl("reload").returncode, 0, "signed: signed again, taken")
    s.stop()
    s.main('policy_keys = "%s";' % mallory)
    same(s.retentiond("--once").returncode, 1, "signed: another key: not")
    s.main('policy_keys = "nonsense";')
    r = s.ctl("check")
    ok(r.returncode == 1 and "policy_keys" in r.out,
       "signed: a key that is none", r.out)


def test_noise():
    s = Host(dataset("people", period("2 years")),
             dataset("long", period("20 years"), 'where = "kind = \'l\'";'))
    codes = [f["code"] for f in s.ctl_json("check")["findings"]]
    same(codes.count("journal-mode"), 1, "check: one note per store")
    os.unlink(s.data("site.db"))
    found = [f for f in s.ctl_json("check")["findings"]
             if f["severity"] == "error"]
    same([f.get("about") for f in found], ["g/site"],
         "check: a missing database is one error")
    r = s._run([rt.program("retentionctl"), "-c", s.path("no.conf"), "check"])
    same(r.out.count("no.conf"), 1, "check: a missing file is named once")


WORK = rt.Setup()
SHIM = build_shim()

if __name__ == "__main__":
    for test in (test_step, test_sleep, test_sync, test_stricter, test_event,
                 test_rival, test_explain, test_signed, test_noise):
        if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]:
            test()
    rt.done()
