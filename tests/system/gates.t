#!/usr/bin/env python3
# Proves, as a table, that no gate lets anything through on any path: rows,
# anonymised rows, children, attached files, whole stores, files, log lines,
# live and rotated masks, agreements, events, what a crash left open and an
# approved plan, against holds of every scope, restriction, brake, clock,
# review, report, an unreadable ledger and a full disk.  Each gate says why,
# and everything that was due goes when it opens.

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

HOUR = 3600 * 1000
NOW = int(time.time())
OLD, NEW = NOW - 800 * 86400, NOW - 86400
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "metrics.prom"; check_every = "1 hour";
brake = { rows = %d; share = %s; };
"""
NOTICE = """notice = { id = "%s"; title = "Gates"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
"""
STORES = {"site": ("sqlite", "site.db"), "res": ("sqlite", "res.db"),
          "plan": ("sqlite", "plan.db"), "old": ("sqlite", "old.db"),
          "bin": ("files", "bin"), "cvs": ("files", "cvs"),
          "acc": ("logs", "access.log*"), "web": ("logs", "web.log*")}
YEAR = 'keep = { period = "1 year"; from = "at"; clock = "unix"; };'
MAIL = 'subject = { email = "email"; };'
TABLE = 'table = "%s"; ' + YEAR + ' action = "delete"; '
# dataset: store, does it know people, the rest of its rule
SETS = {
    "rows": ("site", True, TABLE % "person" + MAIL + ' children = ( { table ='
             ' "parcel"; column = "owner"; } );'),
    "mask": ("site", True, 'table = "account"; ' + YEAR + MAIL +
             ' action = "anonymise"; columns = { name = "null"; };'),
    "attached": ("site", True, TABLE % "applicant" + MAIL + ' files = '
                 '{ column = "cv"; root = "../data/own"; };'),
    "deal": ("site", False, 'table = "deal"; action = "delete"; keep = '
             '{ until_date = "2020-01-01"; agreement = "A1"; };'),
    "event": ("site", False, 'table = "visit"; action = "delete"; keep = '
              '{ until_event = "closed"; };'),
    "res": ("res", True, TABLE % "person" + MAIL),
    "plan": ("plan", True, TABLE % "person" + MAIL),
    "old": ("old", True, 'action = "destroy"; keep = { until_date = '
            '"2020-01-01"; agreement = "A2"; }; ' + MAIL),
    "bin": ("bin", True, 'match = "*"; action = "destroy"; keep = '
            '{ until_date = "2020-01-01"; agreement = "A3"; };'),
    "cvs": ("cvs", False, 'match = "*.pdf"; action = "delete"; keep = '
            '{ period = "1 year"; from = "mtime"; };'),
    "lines": ("acc", False, 'time_format = "iso8601"; action = "delete";'
              ' keep = { period = "1 year"; from = "line"; };'),
    "web": ("web", False, 'time_format = "iso8601"; action = "anonymise";'
            ' mask = { ip = "ip-prefix"; }; keep = { period = "1 year";'
            ' from = "line"; };'),
}
PEOPLE = {d for d in SETS if SETS[d][1]}


def policy(s, modes):
    """`modes`: of each dataset; missing: report."""
    with open(s.path("policies.d", "g.conf"), "w") as f:
        f.write(NOTICE % "g" + "stores = ( %s );\ndatasets = ( %s );\n" % (
            ",\n".join('{ name = "%s"; %s = "../data/%s"; }' % (n, k, p)
                       for n, (k, p) in STORES.items()),
            ",\n".join('{ name = "%s"; promise = "p"; mode = "%s"; store ='
                       ' "%s"; %s }' % (d, modes.get(d, "report"), x[0], x[2])
                       for d, x in SETS.items())))
    # The same files as another notice knows them, through another path.
    with open(s.path("policies.d", "k.conf"), "w") as f:
        f.write(NOTICE % "k" + "stores = ( %s );\ndatasets = ( { name = "
                '"none"; promise = "p"; store = "site"; table = "spare"; '
                'keep = { indefinitely = "r"; }; action = "delete"; } );\n'
                % ", ".join('{ name = "%s"; %s = "../also/%s"; }' % (n, k, p)
                            for n, (k, p) in STORES.items()))


def main_conf(s, rows=10 ** 6, share="1.0"):
    with open(s.conf, "w") as f:
        f.write(MAIN % (rows, share))


def put(path, text, at=None):
    with open(path, "w") as f:
        f.write(text)
    if at is not None:
        os.utime(path, (at, at))


def person_table(c):
    c.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT,"
              " at INT)")
    c.executemany("INSERT INTO person VALUES (?, ?, ?)",
                  [(1, "ann@example.org", OLD), (2, "Ann@example.org", OLD),
                   (3, "bob@example.org", NEW)])


def fill(s):
    for d in ("policies.d", "data", "data/own", "data/bin", "data/cvs"):
        os.makedirs(s.path(d))
    os.symlink("data", s.path("also"))
    for name in ("site", "res", "plan", "old"):
        c = sqlite3.connect(s.data(name + ".db"))
        person_table(c)
        if name == "site":
            c.executescript("""
CREATE TABLE parcel (id INTEGER PRIMARY KEY, owner INT, what TEXT);
INSERT INTO parcel VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 3, 'd');
CREATE TABLE account (id INTEGER PRIMARY KEY, email TEXT, name TEXT, at INT);
INSERT INTO account SELECT id, email, 'name', at FROM person;
CREATE TABLE applicant (id INTEGER PRIMARY KEY, email TEXT, cv TEXT, at INT);
INSERT INTO applicant SELECT id, email, id || '.pdf', at FROM person;
CREATE TABLE deal (id INTEGER PRIMARY KEY); INSERT INTO deal VALUES (1), (2);
CREATE TABLE visit (id INTEGER PRIMARY KEY); INSERT INTO visit VALUES (1);
CREATE TABLE spare (id INTEGER PRIMARY KEY);
""")
        c.commit()
        c.close()
    for i in (1, 2, 3):
        put(s.data("own", "%d.pdf" % i), "cv %d" % i, OLD)
    put(s.data("bin", "a.txt"), "a", OLD)
    put(s.data("cvs", "a.pdf"), "a", OLD)
    put(s.data("cvs", "b.pdf"), "b", NEW)
    for name in ("access.log.1", "web.log", "web.log.1"):
        put(s.data(name), "2020-01-01T00:00:00Z 192.0.2.77 old\n"
            "%s 192.0.2.78 new\n" % time.strftime(
                "%Y-%m-%dT00:00:00Z", time.gmtime(NEW)), NEW)
    main_conf(s)


def rows(s, db, statement):
    if not os.path.exists(s.data(db)):
        return None
    return s.sql(db, statement)


def text(path):
    if not os.path.exists(path):
        return None
    with open(path) as f:
        return f.read()


def look(s):
    """What is there, by path; the two web logs are two paths of a dataset."""
    site = [rows(s, "site.db", "SELECT * FROM %s ORDER BY id" % t)
            for t in ("person", "parcel", "account", "applicant", "deal",
                      "visit")]
    own = sorted(os.listdir(s.data("own")))
    return {
        "rows": site[:2], "mask": site[2], "attached": [site[3], own],
        "deal": site[4], "event": site[5],
        "res": rows(s, "res.db", "SELECT * FROM person"),
        "plan": rows(s, "plan.db", "SELECT * FROM person"),
        "old": rows(s, "old.db", "SELECT * FROM person"),
        "bin": sorted(os.listdir(s.data("bin")))
        if os.path.exists(s.data("bin")) else [],
        "cvs": sorted(os.listdir(s.data("cvs"))),
        "lines": text(s.data("access.log.1")),
        "web": [text(s.data("web.log")), text(s.data("web.log.1"))],
    }


def after(x):
    """What must be there when all that is due has gone."""
    def young(r, n=-1):
        return [y for y in r if y[n] == NEW]

    def no_old(t):
        return t.replace("2020-01-01T00:00:00Z 192.0.2.77 old\n", "")

    def masked(t):
        return t.replace("192.0.2.77 old", "192.0.2.0 old ")
    return {
        "rows": [young(x["rows"][0]), x["rows"][1][3:]],
        "mask": [y if y[3] == NEW else (y[0], y[1], None, y[3])
                 for y in x["mask"]],
        "attached": [young(x["attached"][0]), ["3.pdf"]],
        "deal": [], "event": [], "res": young(x["res"]),
        "plan": young(x["plan"]), "old": None, "bin": [], "cvs": ["b.pdf"],
        "lines": no_old(x["lines"]), "web": [masked(t) for t in x["web"]],
    }


class Host(rt.Setup):
    """One folder; `again` makes it what it was after the crash."""

    def __init__(self):
        super().__init__()
        self.kept = self.dir + ".kept"
        self.clock = None

    def close(self):
        super().close()
        shutil.rmtree(self.kept, ignore_errors=True)

    def keep(self):
        shutil.copytree(self.dir, self.kept, symlinks=True)

    def again(self):
        # An operation under way is that of one file, not of a copy of it.
        same_file = self.kept + ".res"
        os.rename(self.data("res.db"), same_file)
        for name in os.listdir(self.dir):
            path = self.path(name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        shutil.copytree(self.kept, self.dir, symlinks=True,
                        dirs_exist_ok=True)
        with open(self.data("res.db"), "rb") as f, open(same_file, "wb") as to:
            to.write(f.read())
        os.rename(same_file, self.data("res.db"))

    def begin(self):
        had = {k: os.environ.get(k) for k in ("LD_PRELOAD", "CLOCKSHIM",
                                              "ASAN_OPTIONS")}
        if self.clock:
            os.environ.update(
                LD_PRELOAD=SHIM, CLOCKSHIM=self.clock, ASAN_OPTIONS=
                "verify_asan_link_order=0:" + (had["ASAN_OPTIONS"] or ""))
        good = self.start()
        for k, v in had.items():
            os.environ.pop(k, None)
            if v is not None:
                os.environ[k] = v
        return good

    def states(self):
        st = self.ctl_json("status").get("status", {"datasets": []})
        self.reasons = st.get("reasons", [])
        return {d["dataset"][2:]: d for d in st["datasets"]
                if d["dataset"].startswith("g/")}

    def plan(self):
        return {d["dataset"][2:]: d for d in self.ctl_json("plan")["datasets"]
                if d["dataset"].startswith("g/")}

    def run(self):
        return self.ctl("run", "--wait")

    def types(self, *want):
        return [r for r in self.trail() if r["type"] in want]


def hold(s, what, *args):
    r = s.ctl(*what, *args)
    if r.returncode != 0:
        ok(False, "placed: " + " ".join(args), r.out + r.err)
        return None
    return r.out.split()[-1]


def template():
    """Every hold there will be, released; an approved plan; and, left by a
    kill -9, operations that were intended and not begun."""
    s = Host()
    fill(s)
    s.ctl("key", "init")
    policy(s, {})
    ok(s.start(), "the daemon starts")
    ids = {"all": [hold(s, ("hold", "add", "--matter", "m"), "--all")]}
    ids["dataset"] = [hold(s, ("hold", "add", "--matter", "m"), "--dataset",
                           "g/" + d) for d in SETS]
    for scope, notice in (("store", "g"), ("alias", "k")):
        ids[scope] = [hold(s, ("hold", "add", "--matter", "m"), "--store",
                           notice + "/" + n) for n in STORES]
    # The root of the rows' files is a store of no name of its own.
    ids["subject"] = [hold(s, ("hold", "add", "--matter", "m"), "--subject",
                           "email=ann@example.org")]
    ids["restriction"] = [hold(s, ("subject", "restrict"), "--email",
                               "ann@example.org")]
    c = sqlite3.connect(s.path("state", "ledger.db"), timeout=5)
    s.ctl("event", "declare", "closed")
    s.stop()
    c.execute("UPDATE hold SET released = 1")
    c.commit()
    ids["restriction"] = [r[0] for r in c.execute(
        "SELECT id FROM hold WHERE state = 1").fetchall()]
    c.close()
    policy(s, {"plan": "review"})
    s.start()
    s.run()
    p = s.states()["plan"]["plan"]
    os.rename(s.data("plan.db"), s.path("plan.away"))
    same(s.ctl("approve", p["id"], "--reason", "r").returncode, 0,
         "a plan is approved and cannot be done yet")
    lock = sqlite3.connect(s.data("res.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    policy(s, {"plan": "review", "res": "enforce"})
    s.ctl("reload")
    ok(rt.await_(10, lambda: s.types("intent")), "rows are intended")
    time.sleep(0.3)
    workers = subprocess.run(["ps", "-o", "pid=", "--ppid",
                              str(s.daemon.pid)], stdout=subprocess.PIPE)
    for pid in [s.daemon.pid] + [int(x) for x in workers.stdout.split()]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    s.daemon.wait()
    s.daemon = None
    lock.close()
    os.rename(s.path("plan.away"), s.data("plan.db"))
    same(len(s.types("done", "fail")), 0, "and a kill leaves them open")
    os.unlink(s.log)
    os.unlink(s.path("control.sock"))
    s.keep()
    return s, ids


def ledger(s, statement, *values):
    c = sqlite3.connect(s.path("state", "ledger.db"), timeout=5)
    c.execute(statement, values)
    c.commit()
    c.close()


ENFORCE = {d: "enforce" for d in SETS}
ENFORCE["plan"] = "review"      # by its approved plan
APPROVED = {"plan", "res"}      # a person has let them go; were under way


class Gate:
    """How it closes before the start and opens, and what it says."""
    modes, stays, code = ENFORCE, set(SETS), None

    def __init__(self, name):
        self.name = name

    def close(self, s):
        pass

    def begun(self, s):
        pass

    def told(self, s):
        """Sentences about reasons that were not given."""
        return []

    def open(self, s):
        pass

    def end(self, s):
        pass


class Hold(Gate):
    code = 0

    def __init__(self, name, ids, stays=None, word="held"):
        super().__init__(name)
        self.ids, self.word = ids, word
        self.stays = stays or set(SETS)

    def close(self, s):
        for h in self.ids:
            ledger(s, "UPDATE hold SET released = 0 WHERE id = ?", h)

    def told(self, s):
        plan = s.plan()
        bad = ["%s: the plan says %s of %s %s" % (
            d, plan[d][self.word], plan[d]["total"], self.word)
            for d in self.stays if not plan[d][self.word]]
        said = {}
        for r in s.types("defer"):
            said.setdefault(r["dataset"][2:], []).append(r[self.word])
        bad += ["%s: deferred in the trail as %s" % (d, said.get(d))
                for d in self.stays if len(said.get(d, [])) != 1
                or said[d][0] != plan[d][self.word]]
        s.run()
        n = len(s.types("defer"))
        return bad + (["said again with the next pass"]
                      if n != len(self.stays) else [])

    def open(self, s):
        for h in self.ids:
            if self.word == "held":
                s.ctl("hold", "release", h, "--reason", "r")
        if self.word == "restricted":
            s.ctl("subject", "unrestrict", "--email", "ann@example.org")
        # A plan whose rows were held has ended: they need another one.
        s.run()
        p = s.states()["plan"]["plan"]
        if p:
            s.ctl("approve", p["id"], "--reason", "r")


class Alias(Hold):
    def told(self, s):
        s.reasons = []
        out = s.ctl("plan").out
        return super().told(s) + (
            [] if "held as store k/site, which is the same file" in out
            else ["the plan does not say why: " + out])


class Waits(Gate):
    """For a person's approval."""

    def __init__(self, name, state, stays, modes=None, brake=False):
        super().__init__(name)
        self.state, self.stays, self.brake = state, stays, brake
        self.modes = modes or ENFORCE
        self.code = int(brake)      # a review that waits is no failure

    def close(self, s):
        if self.brake:
            main_conf(s, 0, "0.0")

    def told(self, s):
        st = s.states()
        bad = ["%s: %s" % (d, st[d]["state"]) for d in self.stays
               if st[d]["state"] != self.state or st[d]["plan"] is None]
        if self.brake:
            plan = s.plan()
            bad += ["%s: not braked in plan" % d for d in self.stays
                    if not plan[d]["braked"] or not st[d]["braked"]]
            prom = text(s.path("metrics.prom"))
            bad += ["%s: not in the metrics" % d for d in self.stays if
                    'retentiond_braked{dataset="g/%s"} 1' % d not in prom]
        s.run()
        said = [r["dataset"][2:] for r in s.types(
            "brake" if self.brake else "plan") if "state" not in r
            and r["plan" if not self.brake else "dataset"]]
        return bad + ["%s: %d records" % (d, said.count(d))
                      for d in self.stays if said.count(d) != 1]

    def open(self, s):
        for d, st in s.states().items():
            if st["plan"]:
                s.ctl("approve", st["plan"]["id"], "--reason", "r")


class Report(Gate):
    code = 0
    modes = {}

    def told(self, s):
        return ["%s: %s" % (d, x["state"]) for d, x in s.states().items()
                if x["state"] != ("approved" if d == "plan" else
                                 "report only") or not x["due"]]

    def open(self, s):
        policy(s, ENFORCE)
        s.ctl("reload")


class Stopped(Gate):
    """Enforcement as a whole."""
    code = 1
    word = ""

    def told(self, s):
        if s.ctl("status").returncode != 1:
            return ["status does not call for a person"]
        s.states()
        return [] if any(self.word in r for r in s.reasons) else [
            "reasons: %r" % s.reasons]


class Clock(Stopped):
    word = "clock"

    def close(self, s):
        s.clock = s.path("clock")
        put(s.clock, "%d 0 1\n" % (60 * HOUR))

    def told(self, s):
        return super().told(s) + ([] if [r["why"] for r in s.types("clock")]
                                  == ["step forward"] else ["not recorded"])

    def open(self, s):
        s.ctl("clock", "confirm")

    def end(self, s):
        s.clock = None


class Unreadable(Stopped):
    word = "holds"

    def close(self, s):
        ledger(s, "UPDATE hold SET scope = 'elsewhere', released = 0")

    def open(self, s):
        ledger(s, "UPDATE hold SET scope = 'all', released = 1")


class Full(Stopped):
    """No space for another record, from before anything may go."""
    word = "no space"
    modes = {}

    def close(self, s):
        os.rename(s.path("state"), s.path("state.was"))
        os.mkdir(s.path("state"), 0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=700",
                        "none", s.path("state")], check=True)
        shutil.copytree(s.path("state.was"), s.path("state"),
                        dirs_exist_ok=True)

    def begun(self, s):
        s.run()
        with open(s.path("state", "fill"), "wb", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass
        policy(s, ENFORCE)
        s.ctl("reload")

    def open(self, s):
        os.unlink(s.path("state", "fill"))
        rt.await_(30, lambda: not s.ctl_json("status")["status"]["trail"][
            "broken"])

    def end(self, s):
        subprocess.run(["umount", s.path("state")], check=True)


def try_gate(s, g, was):
    began = time.monotonic()
    s.again()
    policy(s, g.modes)
    g.close(s)
    live = open(s.data("web.log"), "a")
    up = s.begin()
    ok(up, g.name + ": the daemon runs", text(s.log) if not up else "")
    g.begun(s)
    r = s.run()
    then, gone = look(s), after(was)
    for d in sorted(SETS):
        if d in g.stays:
            same(then[d], was[d], "%s: %s stays" % (g.name, d))
        else:
            same(then[d], gone[d], "%s: %s goes, it is not its" % (g.name, d))
    if g.code is not None:
        same(r.returncode, g.code, "%s: run --wait ends with %d" % (
            g.name, g.code))
    rt.none(g.told(s), g.name + ": the reason is given")
    again = look(s)
    same([d for d in g.stays if again[d] != was[d]], [],
         g.name + ": nor with the next passes")
    g.open(s)

    def is_done():
        try:
            return look(s) == gone
        except sqlite3.DatabaseError:   # a store that is just going
            return False
    rt.await_(10, is_done)
    s.run()
    now = look(s)
    same([(d, now[d]) for d in sorted(SETS) if now[d] != gone[d]], [],
         g.name + ": open: everything that is due goes, and nothing else")
    live.close()
    s.stop()
    v = s.verify()
    same(v.returncode, 0, g.name + ": the trail is valid")
    g.end(s)
    print("# %s: %.1f s" % (g.name, time.monotonic() - began), flush=True)


def main():
    s, ids = template()
    was = look(s)
    waits = set(SETS) - APPROVED
    gates = [
        Hold("dataset", ids["dataset"]),
        Hold("store", ids["store"]),
        Alias("store of another notice", ids["alias"]),
        Hold("subject", ids["subject"], PEOPLE),
        Hold("all", ids["all"]),
        Hold("restriction", ids["restriction"], PEOPLE, "restricted"),
        Waits("brake", "stopped by the brake", waits, brake=True),
        Waits("review", "waiting for review", waits | {"res"},
              {d: "review" for d in SETS}),
        Report("report"), Clock("clock"), Unreadable("ledger"),
    ]
    if os.getuid() == 0:
        gates.append(Full("disk"))
    else:
        print("# not root: a full disk was not tried")
    for g in gates:
        if len(sys.argv) < 2 or g.name in sys.argv[1:]:
            try_gate(s, g, was)
    rt.done()


def build_shim():
    path = os.path.join(WORK.dir, "clockshim.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", path, os.path.join(
        rt.TOP, "tests", "lib", "clockshim.c")], check=True)
    return path


WORK = rt.Setup()
SHIM = build_shim()
main()
