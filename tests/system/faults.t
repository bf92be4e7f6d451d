#!/usr/bin/env python3
# Proves that each call that can fail may fail: memory, reading, writing,
# syncing, names, space, SQLite's steps, the link, a fork; the n-th of them, in
# the daemon and in its workers, once or from then on.  Nobody crashes or hangs;
# nothing goes without an intent, nothing is told as done that is not, and the
# next run leaves effect and evidence exact.
#
# FAULT_STEP=1: every n (else FAULT_TRIES of each kind, 2), but where the same
# way through the code leads to more than FAULT_SAME calls (4; 0: no end), so
# many of them (half as many where all later ones fail as well), the first and
# the last too; FAULT_KINDS=mem,sync: only these;
# FAULT_LIVES=first,second,keys; FAULT_JOBS=N at a time.

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

SAME = int(os.environ.get("FAULT_SAME", "4"))
LIVES = os.environ.get("FAULT_LIVES", "first,second,keys").split(",")
PARENT, WORKER = "retentiond", "retentiond-worker"
# kind, error, who calls
KINDS = [("mem", "ENOMEM", "own"), ("mem", "ENOMEM", "sqlite"),
         ("mem", "ENOMEM", "crypto"), ("mem", "ENOMEM", "others"),
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


def key_init(s, fault):
    return faults.run([rt.program("retentionctl"), "-c", s.conf, "key",
                       "init"], fault)


COUNTED = {}


def ways(template, fault, act=once):
    """The way to each of such calls that an undisturbed run makes."""
    key = (template.dir, fault.kind, fault.role, fault.caller, act)
    if key not in COUNTED:
        s = world.copy(template)
        r = act(s, fault)
        wrong = r.faults() + (world.wrong_later(s) if act is once else [])
        if r.status != 0 or wrong:
            rt.none(wrong + [r.err], "%s: undisturbed" % fault)
        world.drop(s)
        COUNTED[key] = r.stacks
    return COUNTED[key]


def attempt(template, fault, act=once):
    """Whether a call failed; what is wrong; where it was, and what was said.
    """
    s = world.copy(template)
    r = act(s, fault)
    wrong = r.faults() + world.wrong_now(s)
    key = s.vkey()
    if not key and act is key_init and r.status == 0:
        wrong.append("no key was made")
    again = once(s, Fault("none", PARENT))
    if again.status != 0:
        wrong.append("the next run: %r" % again.status)
    wrong += again.faults() + world.wrong_later(s)
    if key and s.vkey() != key:
        wrong.append("the key is another one now")
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
    todo = chosen(whole.stacks)
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


def spread(some, most):
    """`most` of them, the first and the last too."""
    n = len(some)
    if n <= most or most == 0:
        return some
    return sorted({some[i * (n - 1) // max(1, most - 1)]
                   for i in range(most)})


def chosen(stacks, same=SAME):
    """Which n: of the calls of the same way so many."""
    every = list(range(1, len(stacks) + 1))
    if not FULL:
        n = len(every)
        return sorted({1 + (2 * i + 1) * n // (2 * A_FEW)
                       for i in range(A_FEW)} if n > A_FEW else every)
    by_way = {}
    for n, way in zip(every, stacks):
        by_way.setdefault(way, []).append(n)
    return sorted(n for some in by_way.values() for n in spread(some, same))


def series(template, text, kind, role, on=False, act=once):
    fault = Fault(kind[0], role, kind[1], kind[2], on=on)
    stacks = ways(template, fault, act)
    todo = [Fault(kind[0], role, kind[1], kind[2], at, on)
            for at in chosen(stacks, (SAME + 1) // 2 if on else SAME)]
    with ThreadPoolExecutor(JOBS) as pool:
        got = list(pool.map(lambda f: attempt(template, f, act), todo))
    hits = sum(1 for g in got if g[0])
    wrong = described(todo, got)
    rt.ok(not wrong, "%s: %s: %d of %d calls, %d ways" % (
        text, fault, hits, len(stacks), len(set(stacks))), *wrong)
    return hits


def main():
    if "asan" in rt.BUILD:
        rt.skip_all("the sanitizers have an allocator of their own")
    total, kinds = 0, ONLY.split(",")
    lives = {"first": world.build(1), "second": world.build(2)}
    for life in [x for x in lives if x in (LIVES if FULL else ("second",))]:
        for some, on in ((KINDS, False), (LASTING, True)):
            for kind in [k for k in some if not ONLY or k[0] in kinds]:
                for role in (PARENT, WORKER):
                    total += series(lives[life], life + " life", kind, role,
                                    on)
    for kind in [k for k in KINDS if "keys" in LIVES and
                 (not ONLY or k[0] in kinds)]:
        total += series(lives["first"], "key init", kind, "retentionctl",
                        act=key_init)
    if not ONLY or "mem" in kinds:
        for program, what in READERS:
            total += reader(lives["second"], program, what)
    rt.ok(total > 0, "%d calls have failed" % total)
    rt.done()


if __name__ == "__main__":
    main()
