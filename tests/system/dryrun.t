#!/usr/bin/env python3
# Proves that looking changes nothing (I9): a dry run and a plan leave every
# byte, time, inode and name as it was, whatever state an application left its
# database in, make no call that could write, work where nothing can be
# written, and count what the run that follows takes at the same instant.

import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import calls  # noqa: E402
import rt  # noqa: E402

NOW = rt.instant("2026-06-15T12:00:00Z")
NOBODY = 65534
DUE, TOTAL = 41, 100

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
"""
POLICY = """notice = { id = "d"; title = "Demo"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; } );
datasets = ( { name = "visit"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "site"; table = "visit";
    keep = { period = "2 years"; from = "at"; clock = "iso8601"; };
    action = "delete"; brake = { rows = 1000; share = 1.0; }; } );
"""

# An application: opens the database, does as told, then waits to be killed.
APP = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA cache_size = 2")
for s in sys.argv[2:]:
    c.execute(s).fetchall()
print("ready", flush=True)
sys.stdin.read()
"""


def setup(wal):
    s = rt.Setup()
    os.mkdir(s.path("data"))
    os.mkdir(s.path("policies.d"))
    for name, text in (("retentiond.conf", MAIN),
                       (os.path.join("policies.d", "d.conf"), POLICY)):
        with open(s.path(name), "w") as f:
            f.write(text)
    c = sqlite3.connect(s.data("site.db"))
    c.execute("PRAGMA journal_mode = " + ("WAL" if wal else "DELETE"))
    c.execute("CREATE TABLE visit (id INTEGER PRIMARY KEY, at TEXT, t TEXT)")
    # The last that is due, and the first that is not: a second apart.
    c.executemany("INSERT INTO visit VALUES (?, ?, ?)", [
        (i, "2024-06-15T12:00:00Z" if i <= DUE - 1 else
         "2024-06-15T12:00:01Z", "x" * 500) for i in range(1, TOTAL + 1)])
    c.commit()
    c.close()
    return s


def application(s, *statements):
    p = subprocess.Popen([sys.executable, "-c", APP, s.data("site.db"),
                          *statements], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
    p.stdout.readline()
    return p


def end(p):
    p.send_signal(signal.SIGKILL)
    p.wait()
    p.stdin.close()
    p.stdout.close()


# One more row falls due; it stands in the -wal or in the database.
MORE = ("UPDATE visit SET at = '2024-06-15T12:00:00Z' WHERE id = %d" % DUE,)
# A transaction that is never finished: what it says is not so.
HOT = ("BEGIN", "UPDATE visit SET at = '2010-01-01T00:00:00Z', t = t || t",
       "UPDATE visit SET t = t || t")


def picture(folder):
    """Everything about a folder that looking could change."""
    out = {}
    for at, folders, files in os.walk(folder):
        for name in ["."] + folders + files:
            path = os.path.join(at, name)
            st = os.lstat(path)
            data = b""
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    data = f.read()
            out[os.path.relpath(path, folder)] = (
                hashlib.sha256(data).hexdigest(), st.st_mtime_ns,
                st.st_ctime_ns, st.st_ino, st.st_size, st.st_mode, st.st_uid)
    return out


def differences(before, after):
    return ["%s: %s" % (k, "gone" if k not in after else "new"
                        if k not in before else "changed")
            for k in sorted(set(before) | set(after))
            if before.get(k) != after.get(k)]


def dry(s, wrap=lambda argv: argv, env=None):
    argv, fake = rt.at_fake(NOW)
    return s._run(wrap(argv + [rt.program("retentiond"), "-c", s.conf,
                               "--dry-run"]), env=fake)


def plan(s, wrap=lambda argv: argv):
    return s._run(wrap([rt.program("retentionctl"), "-c", s.conf, "plan",
                        "--json", "--at", rt.rfc3339(NOW)]))


def due_dry(r):
    m = re.search(r"^d/visit +enforce +(\d+) +(\d+) +(\d+)", r.out, re.M)
    return (int(m.group(1)), int(m.group(2))) if m else r.out + r.err


def due_plan(r):
    try:
        d = json.loads(r.out)["datasets"][0]
        return (d["total"], d["due"])
    except (ValueError, KeyError, IndexError):
        return r.out + r.err


WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND")
TRACE = ("open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,"
         "ftruncate,truncate,fallocate,unlink,unlinkat,rename,renameat,"
         "renameat2,mkdir,mkdirat,link,linkat,symlink,symlinkat,chmod,fchmod,"
         "fchmodat,chown,fchown,fchownat,utimensat,mmap,copy_file_range,"
         "sendfile,setxattr,fsetxattr")


def writes(found, folder):
    """Calls that write, or open for writing, below the folder."""
    out = []
    for c in found:
        # Of what is written only the place counts, not the bytes.
        place = c.args.split(",")[0] if "write" in c.name else c.args
        if folder + "/" not in place:
            continue
        if c.name.startswith("open"):
            if WRITING.search(c.args):
                out.append(repr(c))
        elif c.name == "mmap":
            if "PROT_WRITE" in c.args and "MAP_SHARED" in c.args:
                out.append(repr(c))
        else:
            out.append(repr(c))
    return out


def look(s, text, expected):
    """Both programs look; nothing changes; both say what is expected."""
    before = picture(s.dir)
    for name, run, read in (("dry run", dry, due_dry),
                            ("plan", plan, due_plan)):
        r = run(s)
        rt.none(differences(before, picture(s.dir)),
                "%s, %s: nothing is changed" % (text, name))
        if expected is None:
            rt.ok(r.returncode == 1 and "journal" in r.out + r.err or
                  "write-ahead log" in r.out + r.err,
                  "%s, %s: refused, and said why" % (text, name), r.out, r.err)
        else:
            rt.same(read(r), expected, "%s, %s: counts" % (text, name))
    if not calls.have_strace():
        return
    for name, run in (("dry run", dry), ("plan", plan)):
        log = os.path.join("/tmp", "retention-calls.%d" % os.getpid())
        keep = {}

        def traced(argv):
            status, said, keep["calls"] = calls.run(argv, TRACE, log)
            return ["true"]
        run(s, traced)
        os.unlink(log)
        seen = [c for c in keep["calls"] if s.dir in c.args]
        rt.ok(len(seen) > 3, "%s, %s: traced" % (text, name))
        rt.none(writes(keep["calls"], s.dir),
                "%s, %s: no call that writes" % (text, name))


def then_run(s, text, due):
    """The run that follows takes what was counted."""
    r = s.retentiond("--once", at=NOW)
    rt.same((r.returncode, s.erased().get("d/visit"),
             s.sql("site.db", "SELECT count(*) FROM visit")[0][0]),
            (0, due, TOTAL - due), text + ": the run takes the same")


def case(text, wal, statements, killed, due, expected=True, spoil=None):
    s = setup(wal)
    app = application(s, *statements) if statements else None
    if app and killed:
        end(app)
        app = None
    if spoil:
        spoil(s)
    look(s, text, (TOTAL, due) if expected else None)
    if app and not wal:
        end(app)
        app = None
    then_run(s, text, due)
    if app:
        end(app)


def no_shm(s):
    os.unlink(s.data("site.db-shm"))


def nobody(argv):
    return ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY),
            "--clear-groups", *argv]


def read_only_mount(s):
    def wrap(argv):
        return ["unshare", "-m", "sh", "-ec",
                'mount --bind "$0" "$0"; mount -o remount,ro,bind "$0";'
                ' if touch "$0/x" 2>/dev/null; then exit 99; fi; exec "$@"',
                s.dir, *argv]
    return wrap


def test_no_right():
    """Where nothing can be written."""
    for wal, open_ in ((True, True), (True, False), (False, False)):
        text = "%s, application %s" % ("WAL" if wal else "rollback", "running"
                                       if open_ else "ended")
        s = setup(wal)
        app = application(s, *MORE)
        if not open_:
            app.stdin.close()
            app.wait()
        r = s._run(read_only_mount(s)(["true"]))
        if r.returncode != 0:
            print("# no read-only mount here: " + r.err.strip())
        else:
            rt.same(due_dry(dry(s, read_only_mount(s))), (TOTAL, DUE),
                    text + ": on a read-only mount")
            rt.same(due_plan(plan(s, read_only_mount(s))), (TOTAL, DUE),
                    text + ": plan on a read-only mount")
        for at, folders, files in os.walk(s.dir):
            os.chmod(at, 0o555)
            for f in files:
                os.chmod(os.path.join(at, f), 0o444)
        r = s._run(nobody([rt.program("retentiond"), "--version"]))
        if r.returncode != 0:
            print("# cannot be run as another user here: " + r.err.strip())
        else:
            rt.same(due_dry(dry(s, nobody)), (TOTAL, DUE),
                    text + ": by a user who may only read")
            rt.same(due_plan(plan(s, nobody)), (TOTAL, DUE),
                    text + ": plan by a user who may only read")
        if open_:
            end(app)


case("WAL, application running", True, MORE, False, DUE)
case("WAL, no application", True, (), False, DUE - 1)
case("WAL left by a killed application", True, MORE, True, DUE)
case("WAL without its index", True, MORE, True, DUE, False, no_shm)
case("rollback, application running", False, MORE, False, DUE)
case("rollback, no application", False, (), False, DUE - 1)
case("hot journal", False, MORE + HOT, True, DUE, False)
if os.geteuid() == 0:
    test_no_right()
else:
    print("# not root: nothing is tried as another user")
rt.done()
