"""calls - runs a program under strace and gives its system calls in order."""

import re
import shutil
import subprocess

import rt

_LINE = re.compile(r"^(\d+) +(?:\d+\.\d+ )?(.*)$")
_CALL = re.compile(r"^(\w+)\((.*)$")
_RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")


def have_strace():
    """The address sanitizer's search for leaks fails under it."""
    return shutil.which("strace") is not None and "asan" not in rt.BUILD


class Call:
    """One call: `name`, `args` as strace shows them (descriptors with their
    paths), `started` and `ended`: places in the order of all events; `failed`.
    """

    def __init__(self, pid, name, args, started):
        self.pid, self.name, self.args = pid, name, args
        self.started, self.ended = started, None
        self.failed = False

    def end(self, rest, at):
        self.args += rest
        self.ended = at
        self.failed = bool(re.search(r"\) += -1 E", self.args))

    def __repr__(self):
        return "%s(%s" % (self.name, self.args[:200])


def run(argv, trace, log, strings=4096, timeout=120):
    """(exit status, stderr, calls by start).  Of processes that argv forks
    too."""
    r = subprocess.run(
        ["strace", "-f", "-qq", "-y", "-s", str(strings), "-o", log,
         "-e", "trace=" + trace, *argv], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    with open(log, errors="replace") as f:
        calls = _parse(f)
    return r.returncode, r.stdout.decode() + r.stderr.decode(), calls


def _parse(lines):
    out, open_ = [], {}
    for at, line in enumerate(lines):
        m = _LINE.match(line.rstrip("\n"))
        if not m:
            continue
        pid, rest = m.group(1), m.group(2)
        again = _RESUMED.match(rest)
        if again:
            c = open_.pop(pid, None)
            if c:
                c.end(again.group(2), at)
            continue
        m = _CALL.match(rest)
        if not m:
            continue
        c = Call(pid, m.group(1), m.group(2), at)
        if c.args.endswith("<unfinished ...>"):
            c.args = c.args[:-len("<unfinished ...>")]
            open_[pid] = c
        else:
            c.end("", at)
        out.append(c)
    return out
