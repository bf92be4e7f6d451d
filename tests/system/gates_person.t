#!/usr/bin/env python3
# Proves, as a table, what each gate is to a person's request: to one that is
# made while it is closed, one that a crash left half done, one that is made
# again since a backup came back, to a correction, and to a scrub.  Holds of every scope,
# restriction, clock, an unreadable ledger and a full disk stop them, with the
# reason; report leaves them undone; brake, review and window are about what
# falls due by itself, and do not: a person has asked.

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
# Who asks while it is closed, whose request is half done, who came back.
ASKS, HALF, BACK, OTHER = ("%s@example.org" % n
                           for n in ("eve", "pat", "zoe", "bob"))
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
brake = { rows = %d; share = %s; };
"""
NOTICE = """notice = { id = "%s"; title = "Gates"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../%s/site.db"; },
  { name = "res"; sqlite = "../%s/res.db"; } );
datasets = ( %s );
"""
RULE = """{ name = "%s"; promise = "p"; mode = "%s"; store = "%s";
  keep = { period = "1 year"; from = "at"; clock = "unix"; };
  subject = { email = "email"; }; %s }"""
LATER = (time.gmtime().tm_hour + 12) % 24
WINDOW = "%02d:00-%02d:30" % (LATER, LATER)
SETS = {"rows": ("site", 'table = "person"; action = "delete"; children = ('
                 ' { table = "parcel"; column = "owner"; } );'),
        "cv": ("site", 'table = "cv"; action = "delete"; files = { column ='
               ' "path"; root = "../data/own"; };'),
        "mask": ("site", 'table = "account"; action = "anonymise"; columns ='
                 ' { name = "null"; email = "redact"; };'),
        "res": ("res", 'table = "person"; action = "delete";')}


def policy(s, mode="enforce", more=""):
    with open(s.path("policies.d", "g.conf"), "w") as f:
        f.write(NOTICE % ("g", "data", "data", ",\n".join(
            RULE % (d, mode, x[0], x[1] + more) for d, x in SETS.items())))
    with open(s.path("policies.d", "k.conf"), "w") as f:
        f.write(NOTICE % ("k", "also", "also", ",\n".join(
            '{ name = "none%d"; promise = "p"; store = "%s"; table = "spare";'
            ' keep = { indefinitely = "r"; }; action = "delete"; }' % x
            for x in ((1, "site"), (2, "res")))))


def main_conf(s, rows=10 ** 6, share="1.0"):
    with open(s.conf, "w") as f:
        f.write(MAIN % (rows, share))


def fill(s):
    for d in ("policies.d", "data", "data/own"):
        os.makedirs(s.path(d))
    os.symlink("data", s.path("also"))
    main_conf(s)
    policy(s)
    for name in ("site", "res"):
        c = sqlite3.connect(s.data(name + ".db"))
        c.executescript("""
CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT, at INT);
CREATE TABLE parcel (id INTEGER PRIMARY KEY, owner INT, what TEXT);
CREATE TABLE cv (id INTEGER PRIMARY KEY, email TEXT, path TEXT, at INT);
CREATE TABLE account (id INTEGER PRIMARY KEY, email TEXT, name TEXT, at INT);
CREATE TABLE spare (id INTEGER PRIMARY KEY);""")
        people = (HALF, OTHER, ASKS) if name == "res" else (ASKS, OTHER, BACK)
        for i, who in enumerate(people):
            c.execute("INSERT INTO person VALUES (?, ?, ?)", (i, who, NOW))
            if name == "res":
                continue
            c.execute("INSERT INTO parcel VALUES (?, ?, 'p')", (i, i))
            c.execute("INSERT INTO cv VALUES (?, ?, ?, ?)",
                      (i, who, who[:3], NOW))
            c.execute("INSERT INTO account VALUES (?, ?, 'n', ?)",
                      (i, who, NOW))
            with open(s.data("own", who[:3]), "w") as f:
                f.write(who)
        c.commit()
        c.close()


TABLES = (("site", "person"), ("site", "parcel"), ("site", "cv"),
          ("site", "account"), ("res", "person"))


def look(s):
    """Who is where, as rows or as the name of a file."""
    out = {t: s.sql(t[0] + ".db", "SELECT * FROM %s ORDER BY id" % t[1])
           for t in TABLES}
    return out, sorted(os.listdir(s.data("own")))


def traces(s, who):
    """In how many places somebody is."""
    out, files = look(s)
    n = sum(r[1] == who for t in TABLES if t[1] != "parcel" for r in out[t])
    owner = [r[0] for r in out["site", "person"] if r[1] == who]
    return n + sum(r[1] in owner for r in out["site", "parcel"]) + \
        (who[:3] in files)


def people(s):
    return {w: traces(s, w) for w in (ASKS, HALF, BACK, OTHER)}


class Host(rt.Setup):
    def __init__(self):
        super().__init__()
        self.kept, self.clock = self.dir + ".kept", None

    def close(self):
        super().close()
        shutil.rmtree(self.kept, ignore_errors=True)

    def keep(self):
        os.unlink(self.path("control.sock"))
        os.unlink(self.log)
        shutil.copytree(self.dir, self.kept, symlinks=True)

    def again(self):
        """As it was; databases stay the files that they are."""
        for name in os.listdir(self.dir):
            path = self.path(name)
            if name in ("state", "policies.d"):
                shutil.rmtree(path)
            elif os.path.isfile(path):
                os.unlink(path)
        for name in ("site.db-journal", "res.db-journal"):
            if os.path.exists(self.data(name)):
                os.unlink(self.data(name))
        shutil.copytree(self.kept, self.dir, symlinks=True,
                        dirs_exist_ok=True, ignore=lambda d, names: {
                            n for n in names if n == "also"})

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

    def correct(self, who):
        """The exit status, and the name that the account has then."""
        r = self.ctl("subject", "correct", "--email", who, "--dataset",
                     "g/mask", "--set", "name=new", "--yes")
        return r.returncode, self.sql("site.db", "SELECT name FROM account "
                                      "WHERE email = ?", who)

    def ask(self, who):
        r = self.ctl("subject", "erase", "--email", who, "--json")
        return r.returncode, r.out + r.err


def ledger(s, statement, *values):
    c = sqlite3.connect(s.path("state", "ledger.db"), timeout=5)
    c.execute(statement, values)
    c.commit()
    rows = c.execute("SELECT id FROM hold WHERE state = 1").fetchall()
    c.close()
    return [r[0] for r in rows]


def placed(s, *args):
    r = s.ctl(*args)
    if r.returncode != 0:
        ok(False, "placed: " + " ".join(args), r.out + r.err)
    return r.out.split()[-1]


def holds(s):
    add = ("hold", "add", "--matter", "m")
    ids = {"dataset": [placed(s, *add, "--dataset", "g/" + d) for d in SETS],
           "store": [placed(s, *add, "--store", "g/" + n)
                     for n in ("site", "res")],
           "alias": [placed(s, *add, "--store", "k/" + n)
                     for n in ("site", "res")],
           "subject": [placed(s, *add, "--subject", "email=" + w.title())
                       for w in (ASKS, HALF, BACK)],
           "all": [placed(s, *add, "--all")]}
    for w in (ASKS, HALF, BACK):
        s.ctl("subject", "restrict", "--email", w)
    return ids


def template():
    """All holds, released; one request done, and its store out of a backup;
    one begun, and killed before it did anything."""
    s = Host()
    fill(s)
    s.ctl("key", "init")
    ok(s.start(), "the daemon starts")
    ids = holds(s)
    s.stop()
    ids["restriction"] = ledger(s, "UPDATE hold SET released = 1")
    s.start()
    s.ctl("run", "--wait")
    with open(s.data("site.db"), "rb") as f:
        backup = f.read()
    same(s.ask(BACK)[0], 0, "a request is done")
    time.sleep(1)               # the pass that looks what the file is now
    lock = sqlite3.connect(s.data("res.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    asks = subprocess.Popen([rt.program("retentionctl"), "-c", s.conf,
                             "subject", "erase", "--email", HALF],
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    begun = lambda: [r for r in s.trail() if r["type"] == "intent"
                     and r["dataset"] == "g/res"]
    ok(rt.await_(10, begun), "another one is begun")
    workers = subprocess.run(["ps", "-o", "pid=", "--ppid",
                              str(s.daemon.pid)], stdout=subprocess.PIPE)
    for pid in [s.daemon.pid] + [int(x) for x in workers.stdout.split()]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    s.daemon.wait()
    s.daemon = None
    asks.wait()
    lock.close()
    same(traces(s, HALF), 1, "and killed before it did anything")
    with open(s.data("site.db"), "wb") as f:
        f.write(backup)
    with open(s.data("own", BACK[:3]), "w") as f:
        f.write(BACK)
    s.keep()
    return s, ids


class Gate:
    """`goes`: who goes all the same.  `said`: in what who asks is told."""
    goes, said, scrub, mode, by_itself = (), "", True, "enforce", True

    def __init__(self, name):
        self.name = name

    def close(self, s):
        pass

    def begun(self, s):
        pass

    def open(self, s):
        pass

    def end(self, s):
        pass


class Hold(Gate):
    """What is held is left, which is an outcome: one has to ask again."""
    by_itself, scrub = False, False

    def __init__(self, name, ids, said="under a legal hold"):
        super().__init__(name)
        self.ids, self.said = ids, said
        self.scrub = "restriction" in said

    def close(self, s):
        for h in self.ids:
            ledger(s, "UPDATE hold SET released = 0 WHERE id = ?", h)

    def open(self, s):
        for h in self.ids:
            if not self.scrub:
                s.ctl("hold", "release", h, "--reason", "r")
        for w in (ASKS, HALF, BACK) if self.scrub else ():
            s.ctl("subject", "unrestrict", "--email", w)


class Due(Gate):
    """About what falls due by itself; no gate to a person's word."""
    goes = (ASKS, HALF, BACK)

    def close(self, s):
        if self.name == "brake":
            main_conf(s, 0, "0.0")
        policy(s, "review" if self.name == "review" else "enforce",
               ' window = "%s";' % WINDOW if self.name == "window" else "")


class Report(Gate):
    said, by_itself = "report only", False

    def close(self, s):
        policy(s, "report")

    def open(self, s):
        policy(s)
        s.ctl("reload")


class Clock(Gate):
    said = "clock"

    def close(self, s):
        s.clock = s.path("clock")
        with open(s.clock, "w") as f:
            f.write("%d 0 1\n" % (60 * HOUR))

    def open(self, s):
        s.ctl("clock", "confirm")

    def end(self, s):
        s.clock = None


class Unreadable(Gate):
    said, scrub = "holds", False

    def close(self, s):
        ledger(s, "UPDATE hold SET scope = 'elsewhere', released = 0")

    def open(self, s):
        ledger(s, "UPDATE hold SET scope = 'all', released = 1")


class Full(Gate):
    """What was begun goes while there is space; then who asks is refused."""
    goes, said, by_itself = (HALF, BACK), "No space", False
    scrub = None                # its record may have room in the last block

    def close(self, s):
        os.rename(s.path("state"), s.path("state.was"))
        os.mkdir(s.path("state"), 0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=700",
                        "none", s.path("state")], check=True)
        shutil.copytree(s.path("state.was"), s.path("state"),
                        dirs_exist_ok=True)

    def fill(self, s):
        with open(s.path("state", "fill"), "wb", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass

    def begun(self, s):
        rt.await_(20, lambda: not traces(s, HALF) and not traces(s, BACK))
        s.ctl("run", "--wait")
        self.fill(s)

    def open(self, s):
        os.unlink(s.path("state", "fill"))
        rt.await_(30, lambda: not s.ctl_json("status")["status"]["trail"][
            "broken"])

    def end(self, s):
        subprocess.run(["umount", s.path("state")], check=True)
        shutil.rmtree(s.path("state.was"))


def full_at_start(s):
    """It does not even run; what was begun waits for space."""
    g = Full("disk at start")
    s.again()
    was = people(s)
    g.close(s)
    g.fill(s)
    r = s.retentiond()
    ok(r.returncode == 1 and "No space" in r.err, g.name + ": it does not run",
       r.returncode, r.err)
    same(people(s), was, g.name + ": nothing goes")
    os.unlink(s.path("state", "fill"))
    ok(s.begin() and rt.await_(40, lambda: not traces(s, HALF) and
                               not traces(s, BACK)),
       g.name + ": open: what was begun goes by itself", people(s))
    s.stop()
    same(s.verify().returncode, 0, g.name + ": the trail is valid")
    g.end(s)


def scrubs(s, g):
    if g.scrub is None:
        return
    r = s.ctl("scrub", "g/site")
    if g.scrub:
        same(r.returncode, 0, g.name + ": a scrub is done: " + r.err.strip())
    else:
        ok(r.returncode == 1 and r.err, g.name + ": no scrub", r.out + r.err)


def try_gate(s, g):
    s.again()
    before, _ = look(s)
    was = people(s)
    g.close(s)
    up = s.begin()
    ok(up, g.name + ": the daemon runs")
    if not up:
        with open(s.log) as f:
            print("# " + f.read())
    g.begun(s)
    s.ctl("run", "--wait")
    rt.await_(5 if g.goes else 1, lambda: not traces(s, HALF) and
              not traces(s, BACK))
    may = ASKS in g.goes
    same(s.correct(ASKS), (0, [("new",)]) if may else (1, [("n",)]),
         g.name + (": corrected" if may else ": not corrected"))
    code, said = s.ask(ASKS)
    now = people(s)
    for who, what in ((ASKS, "asked now"), (HALF, "half done"),
                      (BACK, "out of a backup")):
        if who in g.goes:
            same(now[who], 0, "%s: %s: goes" % (g.name, what))
        else:
            same(now[who], was[who], "%s: %s: stays" % (g.name, what))
    same(code, 0 if ASKS in g.goes else 1, g.name + ": the exit status")
    ok(g.said in said, g.name + ": the reason is given: " + g.said, said)
    scrubs(s, g)
    s.ctl("run", "--wait")
    same(people(s), now, g.name + ": nor with the next pass")
    g.open(s)
    if g.by_itself:
        ok(rt.await_(40, lambda: not traces(s, HALF) and
                     not traces(s, BACK)),
           g.name + ": open: what was begun goes by itself", people(s))
    if not may and g.name != "ledger":  # there who asked goes by himself
        same(s.correct(ASKS), (0, [("new",)]), g.name + ": open: corrected")
    for who in (ASKS, HALF, BACK):
        s.ask(who)
    now = people(s)
    same(now, {ASKS: 0, HALF: 0, BACK: 0, OTHER: was[OTHER]},
         g.name + ": open: asked again, they go, and nobody else")
    after, _ = look(s)
    same([[r for r in after[t] if r in before[t]] for t in TABLES],
         [[r for r in before[t] if (r[0] == 1 if t[0] == "site" else
                                    r[1] == OTHER)] for t in TABLES],
         g.name + ": the other's rows are as they were")
    same(s.ctl("scrub", "g/site").returncode, 0, g.name + ": and a scrub")
    s.stop()
    same(s.verify().returncode, 0, g.name + ": the trail is valid")
    g.end(s)


def main():
    s, ids = template()
    gates = [Hold(n, ids[n]) for n in ("dataset", "store", "alias", "subject",
                                       "all")]
    gates += [Hold("restriction", ids["restriction"], "under a restriction"),
              Due("brake"), Due("review"), Due("window"), Report("report"),
              Clock("clock")]
    gates.append(Unreadable("ledger"))
    if os.getuid() == 0:
        gates.append(Full("disk"))
        if len(sys.argv) < 2:
            full_at_start(s)
    else:
        rt.skip("a full disk", "mounting needs root")
    for g in gates:
        if len(sys.argv) < 2 or g.name in sys.argv[1:]:
            try_gate(s, g)
    rt.done()


def build_shim():
    path = os.path.join(WORK.dir, "clockshim.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", path, os.path.join(
        rt.TOP, "tests", "lib", "clockshim.c")], check=True)
    return path


WORK = rt.Setup()
SHIM = build_shim()
main()
