"""faults - runs a program in which the n-th call of a kind fails, and says
what came of it.  The library is faultcount.c."""

import atexit
import errno
import os
import shutil
import struct
import subprocess
import tempfile

import rt

HERE = os.path.dirname(os.path.abspath(__file__))
PLACE, FRAMES = 64, 24
HEAD = 32 + PLACE * (1 + 2 * FRAMES)
STACKS = 65536
BYTES = HEAD + 8 * (1 + STACKS)
SECONDS = 30            # a run that takes longer hangs

# Who calls.  Of steps our own alone: sqlite3_exec() asks the statement, not the
# step, how it went.  libconfig looks at no allocation of its own, and glob() of glibc
# ends the program without memory; libseccomp takes a failed allocation for a
# full hash and may look for another one for ever, where the time limit of a job
# ends it; what libev writes wakes it up, and never goes to a disk (its memory
# is loopmem's, and so the program's own).
FROM = {"own": "program", "sqlite": "libsqlite", "crypto": "libcrypto",
        "others":
        "-program,libsqlite,libcrypto,libseccomp,libconfig,libc.so,libev",
        "": "-libev"}
# Of these the way counts by which the program comes to them: what they do then
# is not ours.
INNER = ("sqlite", "crypto", "others")

SQLITE = {"BUSY": 5, "NOMEM": 7, "IOERR": 10, "FULL": 13}


def library():
    if "faultcount" not in rt._state:
        folder = tempfile.mkdtemp(prefix="retention-fault.")
        atexit.register(shutil.rmtree, folder, True)
        rt._state["faultcount"] = os.path.join(folder, "faultcount.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o",
                        rt._state["faultcount"],
                        os.path.join(HERE, "faultcount.c"),
                        os.path.join(HERE, "faultcalls.c")], check=True)
    return rt._state["faultcount"]


class Fault:
    """Which calls of which process fail.  at = 0: none, they are counted."""

    def __init__(self, kind, role, error="EIO", caller="", at=0, on=False):
        self.kind, self.role, self.error = kind, role, error
        self.caller, self.at, self.on = caller, at, on

    def __str__(self):
        return "%s%s of %s, %s%s" % (
            self.kind, " (%s)" % self.caller if self.caller else "",
            self.role, self.error, ", and all after it" if self.on else "")

    def environment(self, state):
        number = SQLITE.get(self.error) or getattr(errno, self.error)
        more = {"FAULT_WAYS": "retention"} if self.caller in INNER else {}
        return dict(os.environ, **more, LD_PRELOAD=library(),
                    FAULT_STATE=state,
                    FAULT_KIND=self.kind, FAULT_ROLE=self.role,
                    FAULT_ERR=str(number), FAULT_AT=str(self.at),
                    FAULT_LAST="0" if self.on else str(self.at),
                    FAULT_FROM=FROM.get(self.caller, self.caller),
                    MALLOC_PERTURB_="165")


class Result:
    """How it ended, how many calls were seen and failed, who crashed."""

    def __init__(self, status, out, err, state):
        self.status, self.out, self.err = status, out, err
        self.seen, self.hits, crashes, number = struct.unpack_from(
            "QQQQ", state)
        names = [state[i:i + PLACE].split(b"\0")[0].decode()
                 for i in range(32, HEAD, PLACE)]
        self.hit_stack = struct.unpack_from("Q", state, HEAD)[0]
        # Of every call, when none fails: by which way it was reached.
        self.stacks = struct.unpack_from("%dQ" % min(self.seen, STACKS),
                                         state, HEAD + 8)
        self.hit = [x for x in names[1:1 + FRAMES] if x]
        self.crash, self.foreign = [], False
        if crashes:
            where = [x for x in names[1 + FRAMES:] if x]
            beyond = [x for x in where if not x.startswith("libc.so")]
            # It does not survive every allocation of its own that fails.
            self.foreign = "".join(beyond[:1]).startswith(
                "libcrypto")
            self.crash = ["%s: signal %d" % (names[0], number)] + \
                places(where)

    def faults(self):
        """What no failing call may ever lead to."""
        out = [] if self.foreign else list(self.crash)
        if self.status is None:
            out.append("it hangs")
        elif self.foreign:
            pass
        elif self.status < 0 or self.status == 86:
            out.append("status %d" % self.status)
        if "killed by signal" in self.err or "silent for" in self.err:
            out.append("a worker ended badly")
        if out:
            out += ["the call that failed:"] + places(self.hit)
        return out


def places(frames):
    """program+0x12 as function and line, where the build tells."""
    out = []
    for f in frames:
        name, _, offset = f.partition("+")
        path = rt.program(name)
        if os.path.exists(path) and shutil.which("addr2line"):
            r = subprocess.run(["addr2line", "-fe", path, offset],
                               stdout=subprocess.PIPE)
            what = r.stdout.decode().split("\n")
            f = "%s %s" % (what[0], os.path.basename(what[1]))
        out.append("  " + f)
    return out[:12]


def run(argv, fault, seconds=SECONDS):
    fd, path = tempfile.mkstemp(prefix="retention-fault.")
    os.ftruncate(fd, BYTES)
    p = subprocess.Popen(argv, env=fault.environment(path),
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    try:
        out, err = p.communicate(timeout=seconds)
        status = p.returncode
    except subprocess.TimeoutExpired:
        p.kill()
        out, err = p.communicate()
        status = None
    state = os.pread(fd, BYTES, 0)
    os.close(fd)
    os.unlink(path)
    return Result(status, out.decode(errors="replace"),
                  err.decode(errors="replace"), state)
