"""rt - for system tests: TAP, a set-up in a folder of its own, the programs.

RETENTION_BUILD names the build folder (default build/release)."""

import atexit
import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CONTRIB = os.path.join(TOP, "contrib")
BUILD = os.path.abspath(os.environ.get(
    "RETENTION_BUILD", os.path.join(TOP, "build", "release")))
sys.path.insert(0, CONTRIB)

_state = {"n": 0, "failed": 0}


def skip(text, why):
    """Neither passed nor failed, and said so."""
    _state["n"] += 1
    print("ok %d - %s # SKIP %s" % (_state["n"], text, why), flush=True)


def ok(condition, text, *why):
    """One TAP line; `why` is shown when it fails (lists line by line), where
    prove lets it through."""
    _state["n"] += 1
    print("%sok %d - %s" % ("" if condition else "not ", _state["n"], text),
          flush=True)
    if not condition:
        _state["failed"] += 1
        for w in why:
            for line in w if isinstance(w, (list, tuple)) else [w]:
                for part in str(line).splitlines()[:40]:
                    print("#   " + part, file=sys.stderr, flush=True)
    return bool(condition)


def same(got, want, text):
    return ok(got == want, text, "got      %r" % (got,),
              "expected %r" % (want,))


def none(faults, text):
    """`faults` is a list of sentences; empty is good."""
    return ok(not faults, text, list(faults)[:20])


def done():
    print("1..%d" % _state["n"])
    sys.exit(1 if _state["failed"] else 0)


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def program(name):
    return os.path.join(BUILD, name)


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(
        tzinfo=timezone.utc)


def rfc3339(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


def now():
    return datetime.now(timezone.utc).replace(microsecond=0)


def standclock():
    """The library that makes a clock stand, built on first use."""
    if "standclock" not in _state:
        folder = tempfile.mkdtemp(prefix="retention-clock.")
        os.chmod(folder, 0o755)         # for tests as another user
        atexit.register(shutil.rmtree, folder, True)
        _state["standclock"] = os.path.join(folder, "standclock.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o",
                        _state["standclock"], os.path.join(
                            os.path.dirname(os.path.abspath(__file__)),
                            "standclock.c")], check=True)
    return _state["standclock"]


def at_fake(t):
    """Command prefix and environment that stop the wall clock at `t`."""
    env = dict(os.environ, TZ="UTC", LD_PRELOAD=standclock(),
               STANDCLOCK=str(int(t.timestamp() * 1000)))
    env["ASAN_OPTIONS"] = ":".join(filter(None, (
        env.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
    return [], env


def await_(seconds, condition):
    """True as soon as condition() is; False when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


class Setup:
    """A folder with data, policies and retentiond.conf; gone at exit unless
    RETENTION_KEEP is set or a test failed."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="retention-test.")
        self.conf = os.path.join(self.dir, "retentiond.conf")
        self.state = os.path.join(self.dir, "state")
        self.log = os.path.join(self.dir, "retentiond.log")
        self.daemon = None
        self.said = []          # everything the programs wrote
        atexit.register(self.close)

    def demo(self, reference, *options):
        """The demonstration's data and policies."""
        subprocess.run([os.path.join(CONTRIB, "demo-data.py"), self.dir,
                        "--reference", rfc3339(reference), "--policies",
                        os.path.join(TOP, "policies"), *options], check=True)
        with open(os.path.join(self.dir, "expected.json")) as f:
            return json.load(f)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def data(self, *parts):
        return self.path("data", *parts)

    def _run(self, argv, env=None, timeout=120):
        r = subprocess.run(argv, env=env, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=timeout)
        self.said += [r.stdout, r.stderr]
        r.out, r.err = r.stdout.decode(), r.stderr.decode()
        return r

    def ctl(self, *args, **more):
        return self._run([program("retentionctl"), "-c", self.conf, *args],
                         **more)

    def ctl_json(self, *args):
        r = self.ctl(*args, "--json")
        try:
            return json.loads(r.out)
        except ValueError:
            print("# retentionctl %s: status %d: %s" % (
                " ".join(args), r.returncode, (r.out + r.err)[:500].strip()))
            return {"error": r.out + r.err, "datasets": []}

    def retentiond(self, *args, at=None):
        """Run it to its end, with the clock standing at `at`."""
        prefix, env = at_fake(at) if at else ([], None)
        if at:
            self.other_boot()
        return self._run(prefix + [program("retentiond"), "-c", self.conf,
                                   *args], env=env)

    def start(self):
        """Start the daemon; True when it answers."""
        log = open(self.log, "ab")
        self.daemon = subprocess.Popen(
            [program("retentiond"), "-c", self.conf], stdout=log, stderr=log,
            stdin=subprocess.DEVNULL)
        log.close()
        return await_(20, lambda: self.daemon.poll() is not None
                      or self.ctl("status").returncode in (0, 1)
                      and os.path.exists(self.path("control.sock"))) \
            and self.daemon.poll() is None

    def stop(self):
        """End the daemon; its exit status."""
        if self.daemon is None:
            return None
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
        try:
            status = self.daemon.wait(30)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            status = self.daemon.wait()
        self.daemon = None
        return status

    def close(self):
        self.stop()
        if os.environ.get("RETENTION_KEEP") or _state["failed"]:
            if os.path.isdir(self.dir):
                print("# kept: " + self.dir, flush=True)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def other_boot(self):
        """A clock that stands is no step back to a daemon of another boot."""
        ledger = self.path("state", "ledger.db")
        if os.path.exists(ledger):
            c = sqlite3.connect(ledger)
            if c.execute("SELECT 1 FROM sqlite_schema WHERE name = 'sight'"
                         ).fetchone():
                c.execute("UPDATE sight SET boot = ''")
            c.commit()
            c.close()

    def forget_clock(self):
        """As if the daemon had never seen the time."""
        c = sqlite3.connect(self.path("state", "ledger.db"))
        c.executescript("DELETE FROM sight; DELETE FROM clock;")
        c.close()

    def sql(self, db, statement, *values):
        """One statement as an application would do it, durable at once."""
        c = sqlite3.connect(self.data(db), timeout=10, isolation_level=None)
        rows = c.execute(statement, values).fetchall()
        c.close()
        return rows

    def trail(self):
        """Every record so far, in order."""
        out, log = [], self.path("state", "trail", "log")
        for name in sorted(os.listdir(log)):
            how = gzip.open if name.endswith(".gz") else open
            with how(os.path.join(log, name), "rt") as f:
                out += [json.loads(line) for line in f]
        return out

    def erased(self, since=0):
        """Items erased per dataset, by `done` records of seq >= since."""
        out, dataset = {}, {}
        for r in self.trail():
            if r["type"] == "intent":
                dataset[r["op"]] = r["dataset"]
            elif r["type"] == "done" and r["seq"] >= since:
                d = dataset[r["op"]]
                out[d] = out.get(d, 0) + r["erased"]
        return out

    def vkey(self):
        return self.ctl("key", "show").out.strip()

    def verify(self):
        return self.ctl("audit", "verify", self.path("state", "trail"),
                        "--key", self.vkey())


def later(t, seconds):
    return t + timedelta(seconds=seconds)
