#!/usr/bin/env python3
# Proves that applications go on undisturbed while their databases are cleaned:
# no error, nothing of theirs lost, a row that they renew in time stays, and
# every file keeps its owner and its mode, in WAL and in rollback mode.
#
# SECONDS=N: how long each application works (3).

import json
import os
import random
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

SECONDS = float(os.environ.get("SECONDS", "3"))
OWNER, GROUP = 54321, 54322     # nobody's on any system
ROWS, OLD = 30000, 1262304000

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
brake = { rows = 100000000; share = 1.0; };
"""
POLICY = """notice = { id = "l"; title = "Live"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; } );
datasets = ( { name = "visit"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "site"; table = "visit";
    keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; children = ( { table = "part"; column = "visit"; } ); },
  { name = "mark"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "site"; table = "mark";
    keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; } );
"""


def renew(c, table, which, now):
    """True when the row was there and due until now."""
    return c.execute("UPDATE %s SET at = ?, name = 'renewed' WHERE id = ? AND"
                     " name = 'old'" % table, (now, which)).rowcount == 1


def application(path, seconds, say, told):
    """Inserts, counts, and renews rows that are due; reports what it did."""
    c = sqlite3.connect(path, timeout=5, isolation_level=None)
    rnd, now = random.Random(1), int(time.time())
    out = {"inserted": 0, "counted": 0, "errors": [], "slowest": 0,
           "renewed": {"visit": [], "mark": []}}
    say.write("ready\n")
    say.flush()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        try:
            c.execute("BEGIN IMMEDIATE")
            c.execute("INSERT INTO visit (at, name) VALUES (?, 'new')", (now,))
            c.execute("INSERT INTO part (visit, name) VALUES"
                      " (last_insert_rowid(), 'new')")
            c.execute("UPDATE tally SET n = n + 1")
            renewed = [(t, i) for t, i in
                       (("visit", rnd.randrange(1, ROWS + 1)),
                        ("mark", rnd.randrange(1, ROWS + 1)))
                       if renew(c, t, i, now)]
            c.execute("COMMIT")
            out["inserted"] += 1
            out["counted"] += 1
            for t, i in renewed:
                out["renewed"][t].append(i)
        except sqlite3.Error as e:
            out["errors"].append(str(e))
            if c.in_transaction:
                c.execute("ROLLBACK")
        out["slowest"] = max(out["slowest"], time.monotonic() - start)
        time.sleep(rnd.uniform(0, 0.01))
    say.write(json.dumps(out) + "\n")
    say.flush()
    told.readline()             # open until it is told to go
    c.close()


def become():
    os.setgroups([])
    os.setresgid(GROUP, GROUP, GROUP)
    os.setresuid(OWNER, OWNER, OWNER)


class Application:
    """A process; forked only, since not everybody may run this Python."""

    def __init__(self, path, owned):
        hear, say = os.pipe()
        told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                os.close(tell)
                if owned:
                    become()
                application(path, SECONDS, os.fdopen(say, "w"),
                            os.fdopen(told))
                status = 0
            finally:
                os._exit(status)
        os.close(say)
        os.close(told)
        self.hear, self.tell = os.fdopen(hear), tell
        self.hear.readline()

    def report(self):
        return json.loads(self.hear.readline())

    def end(self):
        os.close(self.tell)
        self.hear.close()
        return os.waitpid(self.pid, 0)[1]


def setup(wal, owned):
    s = rt.Setup()
    os.mkdir(s.path("data"))
    os.mkdir(s.path("policies.d"))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "l.conf"), "w") as f:
        f.write(POLICY)
    c = sqlite3.connect(s.data("site.db"))
    c.execute("PRAGMA journal_mode = " + ("WAL" if wal else "DELETE"))
    c.executescript("""
CREATE TABLE visit (id INTEGER PRIMARY KEY AUTOINCREMENT, at INT, name TEXT);
CREATE INDEX visit_at ON visit (at);
CREATE TABLE part (id INTEGER PRIMARY KEY, visit INT REFERENCES visit (id),
  name TEXT);
CREATE INDEX part_visit ON part (visit);
CREATE TABLE mark (id INTEGER PRIMARY KEY, at INT, name TEXT);
CREATE TABLE tally (n INT);
INSERT INTO tally VALUES (0);""")
    for t in ("visit", "mark"):
        c.executemany("INSERT INTO %s VALUES (?, ?, 'old')" % t,
                      [(i, OLD + i) for i in range(1, ROWS + 1)])
    c.executemany("INSERT INTO part (visit, name) VALUES (?, 'old')",
                  [(i,) for i in range(1, ROWS + 1)])
    c.commit()
    c.close()
    os.chmod(s.data("site.db"), 0o640)
    if owned:
        os.chmod(s.dir, 0o755)
        os.chown(s.path("data"), OWNER, GROUP)
        os.chown(s.data("site.db"), OWNER, GROUP)
    return s


class Watch:
    """Owners and modes of everything that shows up beside the database."""

    def __init__(self, s, owned):
        self.s, self.seen, self.faults = s, set(), set()
        self.want = (OWNER, GROUP) if owned else (os.geteuid(), os.getegid())

    def look(self, at_rest=False):
        """SQLite makes a file by our umask, and at once gives it its mode."""
        for name in os.listdir(self.s.path("data")):
            try:
                st = os.lstat(self.s.data(name))
            except FileNotFoundError:
                continue
            self.seen.add(name[len("site.db"):])
            if (st.st_uid, st.st_gid) != self.want:
                self.faults.add("%s belongs to %d:%d" % (name, st.st_uid,
                                                         st.st_gid))
            mode = st.st_mode & 0o777
            if mode & ~0o640 or (at_rest and mode != 0o640):
                self.faults.add("%s has mode %o" % (name, mode))


def passes(s, watch, until):
    """Runs of the daemon, one after the other; how each ended."""
    out = []
    while until():
        with open(s.log, "ab") as log:
            p = subprocess.Popen([rt.program("retentiond"), "-c", s.conf,
                                  "--once"], stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log)
        while p.poll() is None:
            watch.look()
            time.sleep(0.002)
        out.append(p.returncode)
    return out


def test(wal, owned):
    text = "%s, %s: " % ("WAL" if wal else "rollback", "another's files"
                         if owned else "own files")
    s = setup(wal, owned)
    watch = Watch(s, owned)
    app = Application(s.data("site.db"), owned)
    end = time.monotonic() + SECONDS
    ended = passes(s, watch, lambda: time.monotonic() < end)
    did = app.report()
    watch.look(True)
    print("# %s%d transactions, the slowest %.0f ms, %d rows renewed, %d"
          " passes" % (text, did["inserted"], did["slowest"] * 1000,
                       sum(map(len, did["renewed"].values())), len(ended)),
          flush=True)
    rt.none(did["errors"], text + "the application met no error")
    rt.ok(did["inserted"] > 5 * SECONDS and all(did["renewed"].values()),
          text + "and was at work", did["inserted"], did["renewed"])
    rt.ok(set(ended) == {0}, text + "every pass ends well", ended,
          open(s.log).read()[-2000:])
    with open(s.log) as f:
        said = f.read()
    c = sqlite3.connect(s.data("site.db"), timeout=10)
    visits = dict(c.execute("SELECT id, name FROM visit"))
    names = list(visits.values())
    rt.same((names.count("new"), c.execute("SELECT n FROM tally").fetchone()),
            (did["inserted"], (did["counted"],)),
            text + "nothing that it wrote is lost")
    for t, ids in did["renewed"].items():
        rt.same({i for i, in c.execute("SELECT id FROM %s WHERE name ="
                                       " 'renewed'" % t)}, set(ids),
                "%s%s: what it renewed in time stays" % (text, t))
        rt.same(c.execute("SELECT count(*) FROM %s WHERE name = 'old'"
                          % t).fetchone()[0], 0,
                "%s%s: all that was due is gone" % (text, t))
    rt.same(c.execute("SELECT count(*) FROM part WHERE visit NOT IN (SELECT id"
                      " FROM visit)").fetchone()[0], 0, text + "no orphans")
    rt.same(c.execute("SELECT count(*) FROM part").fetchone()[0], len(visits),
            text + "each with its own")
    rt.same(c.execute("PRAGMA integrity_check").fetchall(), [("ok",)],
            text + "the database is sound")
    c.close()
    rt.same(app.end(), 0, text + "the application ends well")
    passes(s, watch, iter([True, False]).__next__)
    watch.look(True)
    rt.ok(watch.seen >= ({"", "-wal", "-shm"} if wal else {"", "-journal"}),
          text + "side files were seen", sorted(watch.seen))
    rt.none(sorted(watch.faults), text + "owners and modes stay")
    rt.same(s.verify().returncode, 0, text + "the trail is VALID")
    rt.same(s.erased(), {"l/" + t: ROWS - len(ids) for t, ids in
                         did["renewed"].items()},
            text + "and counts each row once")
    rt.ok("old" not in said and "renewed" not in said, text + "no data in"
          " the log")


def may_be_another():
    if os.geteuid() != 0:
        return False
    r = subprocess.run([rt.program("retentiond"), "--version"],
                       preexec_fn=become, stdout=subprocess.DEVNULL)
    return r.returncode == 0


for another in (False, True):
    if another and not may_be_another():
        print("# not root, or nobody else may run the programs")
        continue
    for mode in (True, False):
        test(mode, another)
rt.done()
