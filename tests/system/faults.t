#!/usr/bin/env python3
# Proves that each call that can fail may fail: memory, reading, writing,
# syncing, names, space, SQLite's steps, the link, a fork; the n-th of them, in
# the daemon and in its workers, once or from then on.  Nobody crashes or hangs;
# nothing goes without an intent, nothing is told as done that is not, and the
# next run leaves effect and evidence exact.
#
# FAULT_STEP=1: every n, but at most FAULT_MOST of each kind (else FAULT_TRIES,
# 2); FAULT_KINDS=mem,sync: only these; FAULT_JOBS=N at a time.

import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import faults  # noqa: E402
import faultworld as world  # noqa: E402
import rt  # noqa: E402
from faults import Fault  # noqa: E402

FULL = os.environ.get("FAULT_STEP") == "1"
ONLY = os.environ.get("FAULT_KINDS", "")
JOBS = int(os.environ.get("FAULT_JOBS", "2"))
A_FEW = int(os.environ.get("FAULT_TRIES", "2"))     # n of each, if not all

MOST = int(os.environ.get("FAULT_MOST", "1000000"))
PARENT, WORKER = "retentiond", "retentiond-worker"
# kind, error, who calls
KINDS = [("mem", "ENOMEM", "own"), ("mem", "ENOMEM", "sqlite"),
         ("mem", "ENOMEM", "crypto"), ("mem", "ENOMEM", "seccomp"),
         ("mem", "ENOMEM", "others"),
         ("read", "EIO", ""), ("write", "ENOSPC", ""), ("sync", "EIO", ""),
         ("rename", "EIO", ""), ("open", "EMFILE", ""),
         ("trunc", "ENOSPC", ""), ("unlink", "EIO", ""),
         ("step", "NOMEM", "own"), ("step", "IOERR", "own"),
         ("step", "FULL", "own"),
         ("step", "BUSY", "own"), ("map", "ENOMEM", ""), ("link", "EPIPE", ""),
         ("fork", "EAGAIN", "")]
LASTING = [("mem", "ENOMEM", "own"), ("mem", "ENOMEM", "sqlite"),
           ("mem", "ENOMEM", "others"), ("write", "ENOSPC", ""),
           ("trunc", "ENOSPC", "")]


def once(s, fault):
    return faults.run([rt.program("retentiond"), "-c", s.conf, "--once"],
                      fault)


COUNTED = {}


def count(template, fault):
    """How many such calls an undisturbed run makes."""
    key = (template.dir, fault.kind, fault.role, fault.caller)
    if key not in COUNTED:
        COUNTED[key] = count_now(template, fault)
    return COUNTED[key]


def count_now(template, fault):
    s = world.copy(template)
    r = once(s, fault)
    wrong = r.faults() + world.wrong_later(s)
    if r.status != 0 or wrong:
        rt.none(wrong + [r.err], "%s: undisturbed" % fault)
    world.drop(s)
    return r.seen


def attempt(template, fault):
    """Whether a call failed; what is wrong; where it was, and what was said.
    """
    s = world.copy(template)
    r = once(s, fault)
    wrong = r.faults() + world.wrong_now(s)
    again = once(s, Fault("none", PARENT))
    if again.status != 0:
        wrong.append("the next run: %r" % again.status)
    wrong += again.faults() + world.wrong_later(s)
    if not wrong or not os.environ.get("RETENTION_KEEP"):
        world.drop(s)
    return r.hits, wrong, faults.places(r.hit) if wrong else [], \
        [x for x in r.err.splitlines() + ["then:"] + again.err.splitlines()
         if x[:3] not in ("<5>", "<6>")] if wrong else []


def described(todo, got):
    """The same failure is told once, with every n that leads to it."""
    groups = {}
    for f, (_, wrong, where, said) in zip(todo, got):
        if wrong:
            g = groups.setdefault((tuple(wrong), tuple(where)), ([], said))
            g[0].append(f.at)
    return [line for (wrong, where), (n, said) in groups.items()
            for line in ["n = %s:" % ", ".join(map(str, n[:12]))] +
            list(wrong) + ["where:"] + list(where) + ["said:"] + said]


READERS = (("retentionctl", "check"), ("retentionctl", "plan"),
           ("retentiond", "--dry-run"))


def reader(template, program, what):
    """Those that only look: never a crash; they say so, or say it all."""
    argv = [rt.program(program), "-c", template.conf, what]
    whole = faults.run(argv, Fault("mem", program, "ENOMEM", "own"))
    wrong = whole.faults() + ([] if whole.hits == 0 else ["it was hit"])
    todo = chosen(whole.seen)
    hits = 0
    for at in todo:
        r = faults.run(argv, Fault("mem", program, "ENOMEM", "own", at))
        hits += r.hits
        wrong += ["n = %d: %s" % (at, x) for x in r.faults()]
        if r.status == 0 and r.out != whole.out:
            wrong += ["n = %d: status 0 without all that it has to say" % at,
                      *faults.places(r.hit)]
    rt.none(wrong, "%s %s: no memory, %d of %d times" % (
        program, what, hits, whole.seen))
    return hits


def chosen(n):
    """All; of libraries that allocate more than MOST times, so many of them.
    """
    most = MOST if FULL else A_FEW
    if n <= most:
        return list(range(1, n + 1))
    return sorted({1 + (2 * i + 1) * n // (2 * most) for i in range(most)})


def series(template, text, kind, role, on=False):
    fault = Fault(kind[0], role, kind[1], kind[2], on=on)
    n = count(template, fault)
    todo = [Fault(kind[0], role, kind[1], kind[2], at, on) for at in chosen(n)]
    with ThreadPoolExecutor(JOBS) as pool:
        got = list(pool.map(lambda f: attempt(template, f), todo))
    hits = sum(1 for g in got if g[0])
    wrong = described(todo, got)
    rt.ok(not wrong, "%s: %s: %d of %d" % (text, fault, hits, n), *wrong)
    return hits


def main():
    if "asan" in rt.BUILD:
        rt.skip_all("the sanitizers have an allocator of their own")
    total = 0
    templates = [("first life", world.build(1)),
                 ("second life", world.build(2))]
    for text, t in templates if FULL else templates[1:]:
        for kinds, on in ((KINDS, False), (LASTING, True)):
            for kind in kinds:
                if ONLY and kind[0] not in ONLY.split(","):
                    continue
                for role in (PARENT, WORKER):
                    total += series(t, text, kind, role, on)
    if not ONLY or "mem" in ONLY.split(","):
        for program, what in READERS:
            total += reader(templates[1][1], program, what)
    rt.ok(total > 0, "%d calls have failed" % total)
    rt.done()


if __name__ == "__main__":
    main()
