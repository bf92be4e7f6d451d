#!/usr/bin/env python3
# Proves that kill -9, of the daemon or its workers or all of them, at chosen
# and at random points of a pass, loses and repeats nothing: no row is gone
# that was not intended first, no row is torn from its children, the trail is
# never TAMPERED, and the next run leaves effect and evidence exact.
#
# KILLS=N: so many random kills (25); SEED=N repeats a run of them.

import json
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import calls  # noqa: E402
import rt  # noqa: E402
import world  # noqa: E402

KILLS = int(os.environ.get("KILLS", "25"))
SEED = int(os.environ.get("SEED", str(random.randrange(1 << 30))))
ROWS = int(os.environ.get("ROWS", "1500"))
FULL = KILLS >= 100
NAMES = list(world.DATASETS)


def intents(s):
    """Every intent and outcome so far; a torn last line is left out."""
    opened, ended = {}, {}
    log = s.path("state", "trail", "log")
    for name in sorted(os.listdir(log)) if os.path.isdir(log) else []:
        with open(os.path.join(log, name), "rb") as f:
            lines = f.read().split(b"\n")[:-1]
        for r in map(json.loads, lines):
            if r["type"] == "intent":
                opened[r["op"]] = r
            elif r["type"] in ("done", "fail"):
                ended.setdefault(r["op"], []).append(r)
    return opened, ended


def uncovered(s, before, now_gone, boxes_gone):
    """Keys that are gone and that no intent names."""
    opened, _ = intents(s)
    make, out = world.Commitments(s), []
    left = {n: set(k) for n, k in now_gone.items()}
    left["box"] = {(b,) for b in boxes_gone}
    for i in opened.values():
        name = i["dataset"].split("/")[1]
        left[name] -= make.covered(i, left[name])
    for name, keys in left.items():
        if keys:
            out.append("%s: %d are gone that no intent names"
                       % (name, len(keys)))
    return out


def look(s, before, due):
    """The state of the stores; what is gone; what is wrong with it."""
    view = world.View(s)
    faults, gone = list(view.faults), {}
    for name in NAMES:
        gone[name], odd = world.gone(before, view, name)
        faults += odd
        extra = gone[name] - due[name]
        if extra:
            faults.append("%s: %d are gone that were not due"
                          % (name, len(extra)))
    for t in (("wal", "other"), ("roll", "other")):
        if view.rows[t] != before.rows[t]:
            faults.append("%s.%s: a bystander changed" % t)
    return view, gone, faults


def wrong_now(s, before, due):
    """What is wrong at once after a kill."""
    view, gone, faults = look(s, before, due)
    boxes = {b for b in before.boxes if b not in view.boxes}
    faults += uncovered(s, before, gone, boxes)
    if os.path.exists(s.path("state", "keys", "current")) and intents(s)[0]:
        r = s.verify()
        if r.returncode not in (0, 2):
            faults.append("verify %d: %s" % (r.returncode, r.out + r.err))
    return faults


def wrong_later(s, before, due):
    """What is wrong after a run that nobody disturbed."""
    r = s.retentiond("--once")
    view, gone, faults = look(s, before, due)
    if r.returncode != 0:
        faults.append("the next run exits with %d: %s" % (r.returncode, r.err))
    boxes = {b for b in before.boxes if b not in view.boxes}
    faults += uncovered(s, before, gone, boxes)
    opened, ended = intents(s)
    erased = {n: 0 for n in NAMES + ["box"]}
    for op, i in opened.items():
        o = ended.get(op, [])
        if len(o) != 1:
            faults.append("an operation has %d outcomes" % len(o))
        for e in o:
            erased[i["dataset"].split("/")[1]] += e["erased"]
            if e["erased"] + e["left"] + sum(
                    e.get("skipped", {}).values()) != i["n"]:
                faults.append("an outcome does not add up: %r" % e)
    if set(ended) - set(opened):
        faults.append("an outcome without intent")
    really = {n: len(gone[n]) for n in NAMES}
    really["box"] = len(boxes)
    want = {n: len(due[n]) for n in NAMES}
    want["box"] = world.BOXES
    if really != want:
        faults.append("gone: %r, due: %r" % (really, want))
    if erased != really:
        faults.append("gone: %r, by the trail: %r" % (really, erased))
    if view.boxes:
        faults.append("left of the boxes: %r" % sorted(view.boxes))
    r = s.verify()
    if r.returncode != 0:
        faults.append("verify %d: %s" % (r.returncode, r.out + r.err))
    return faults


def is_tracer(pid):
    """The sanitizers' leak checker is a child, too, when a program ends;
    without it that program would wait for ever."""
    try:
        with open("/proc/%d/comm" % pid) as f:
            return "asan" in rt.BUILD and f.read().strip() == "retentiond"
    except OSError:
        return False


def workers(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(p) for p in f.read().split() if not is_tracer(int(p))]
    except OSError:
        return []


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def killed_run(s, whom, after_s, rnd):
    """One run, killed; True when it was still at work."""
    p = subprocess.Popen([rt.program("retentiond"), "-c", s.conf, "--once"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    time.sleep(after_s)
    its = workers(p.pid)
    hit = p.poll() is None and (whom != "worker" or bool(its))
    if whom in ("worker", "all") and its:
        for w in its if whom == "all" else [rnd.choice(its)]:
            kill(w)
    if whom in ("parent", "all"):
        p.kill()
    p.wait(60)
    if not rt.await_(10, lambda: not any(map(alive, its))):
        print("# a worker outlives its parent", flush=True)
    return hit


def random_kills(template, before, due, seconds):
    rnd = random.Random(SEED)
    print("# SEED=%d; a run takes %.2f s" % (SEED, seconds), flush=True)
    faults, hits, at_work = [], {"parent": 0, "worker": 0, "all": 0}, 0
    s, in_row = None, 0
    tries = 0
    while sum(hits.values()) < KILLS and tries < 10 * KILLS:
        tries += 1
        s = s or world.copy(template)
        whom = min(sorted(hits), key=hits.get)
        after = rnd.uniform(0.01, seconds)
        hit = killed_run(s, whom, after, rnd)
        hits[whom] += hit
        at_work += hit and bool(intents(s)[0])
        in_row += 1
        here = wrong_now(s, before, due)
        # Sometimes the next life is killed as well.
        if here or in_row == 3 or rnd.random() < 0.6:
            here += wrong_later(s, before, due)
            if here:
                here.append("at %.3f s: %s, %d in a row" % (after, whom,
                                                            in_row))
                print("# see %s" % s.dir, flush=True)
            else:
                world.drop(s)
            s, in_row = None, 0
        faults += here
    if s:
        faults += wrong_later(s, before, due)
    rt.ok(sum(hits.values()) >= KILLS and min(hits.values()) > 0,
          "random kills: %d of the daemon, %d of a worker, %d of all"
          % (hits["parent"], hits["worker"], hits["all"]))
    rt.ok(at_work >= KILLS // 3, "random kills: %d with intents on record"
          % at_work)
    rt.none(faults, "random kills: never too much, exact after the next run")


def injected(s, inject):
    """One run under strace; True when the kill came."""
    log = s.path("strace.log")
    subprocess.run(["strace", "-f", "-qq", "-o", log, "-e",
                    "trace=" + inject.split(":")[0], "-e", "inject=" + inject,
                    rt.program("retentiond"), "-c", s.conf, "--once"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=120)
    with open(log, errors="replace") as f:
        return "killed by SIGKILL" in f.read()


def chosen_kills(template, before, due, call, steps):
    """Killed at the n-th such call of whichever process comes to it first."""
    faults, hits = [], 0
    for n in steps:
        s = world.copy(template)
        hit = injected(s, "%s:signal=SIGKILL:when=%d" % (call, n))
        here = wrong_now(s, before, due) + wrong_later(s, before, due)
        faults += ["%s %d: %s" % (call, n, f) for f in here]
        hits += hit
        if not here:
            world.drop(s)
        if not hit:
            break
    rt.ok(hits >= 3, "killed at %s: %d times" % (call, hits))
    rt.none(faults, "killed at %s: never too much, exact after the next run"
            % call)


def after(found, at):
    return [c for c in found if c.started > at]


def test_order(template, dataset):
    """I1 and I2, as the disk sees it: intent, its sync, the effect, its sync,
    outcome."""
    s = world.copy(template)
    world.restrict(s, dataset)
    status, said, all_ = calls.run(
        [rt.program("retentiond"), "-c", s.conf, "--once"],
        "write,pwrite64,fsync,fdatasync,ftruncate,unlink",
        s.path("strace.log"))
    data, log = s.path("data") + "/", s.path("state", "trail", "log") + "/"
    items = s.path("state", "trail", "items") + "/"
    stores = [c for c in all_ if data in c.args.split(", ", 1)[0]]
    # The -shm is shared memory, and an empty -wal that goes says nothing.
    effect = [c for c in stores if "-shm" not in c.args and c.name in
              ("pwrite64", "ftruncate") or
              c.name == "unlink" and "-journal" in c.args]
    synced = [c for c in all_ if c.name in ("fsync", "fdatasync")]
    intent = [c for c in all_ if c.name == "write" and log in c.args
              and '\\"type\\":\\"intent' in c.args]
    done = [c for c in all_ if c.name == "write" and log in c.args
            and '\\"type\\":\\"done' in c.args]
    text = "order, %s: " % dataset
    if not rt.ok(status == 0 and effect and len(intent) == len(done) == 1,
                 text + "one operation", said, intent, done):
        return
    first = effect[0].started
    rt.ok(any(intent[0].ended < c.started and c.ended < first and
              log in c.args for c in synced),
          text + "the intent is synced before the store is touched", effect[0])
    kept = [c for c in all_ if c.name in ("write", "pwrite64")
            and items in c.args]
    rt.ok(kept and any(kept[-1].ended < c.started and c.ended <
                       intent[0].started and items in c.args for c in synced),
          text + "and so are its items", kept)
    last = [c for c in effect if c.started < done[0].started
            and c.name != "ftruncate"][-1]
    place = data[:-1] + ">" if last.name == "unlink" else data
    rt.ok(any(last.ended < c.started and c.ended < done[0].started and
              place in c.args for c in synced),
          text + "the effect is synced before the outcome is written", last)
    rt.ok(any(done[0].ended < c.started and log in c.args for c in synced),
          text + "and then the outcome")
    world.drop(s)


def main():
    template = world.build(ROWS)
    before = world.View(template)
    now = int(time.time())
    due = {n: world.due(before, n, now) for n in NAMES}
    rt.ok(all(len(due[n]) > ROWS // 2 for n in NAMES) and not before.faults,
          "the world is as it should be", before.faults)
    s = world.copy(template)
    start = time.monotonic()
    if not rt.none(wrong_later(s, before, due), "undisturbed: exact"):
        rt.done()
    s2 = world.copy(template)
    start = time.monotonic()
    s2.retentiond("--once")
    seconds = time.monotonic() - start
    world.drop(s)
    world.drop(s2)
    random_kills(template, before, due, seconds)
    if not calls.have_strace():
        print("# no strace: no chosen points", flush=True)
    else:
        test_order(template, "person")
        test_order(template, "letter")
        chosen_kills(template, before, due, "fdatasync",
                     range(1, 400, 1 if FULL else 6))
        chosen_kills(template, before, due, "pwrite64",
                     range(1, 3000, 7 if FULL else 61))
    rt.done()


if __name__ == "__main__":
    main()
