#!/usr/bin/env python3
# Proves that the control socket stands what local users can do to it: ten
# thousand connections of many users, slow ones, half a line, random bytes,
# requests without end, answers nobody takes; that meanwhile an operator is
# answered at once and memory and descriptors stay where they are; that each
# user has a few places only; and that whatever is changed over it is on
# record with who did it.

import json
import os
import random
import select
import socket
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
from rt import ok, same  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
auditors = "nogroup"; admins = "daemon";
"""
POLICY = """notice = { id = "c"; title = "Control"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; } );
datasets = (
  { name = "people"; promise = "a year"; mode = "review"; store = "site";
    table = "people"; keep = { period = "%s"; from = "at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; },
  { name = "gone"; promise = "p"; mode = "report"; store = "site";
    table = "other"; keep = { until_event = "closed"; };
    action = "delete"; }
);
"""
AUDITORS, ADMINS, NOBODYS = 65534, 1, 60000     # groups
CONNECTIONS = int(os.environ.get("CONNECTIONS", "10000"))
USERS = 25


def policy(s, period):
    with open(s.path("policies.d", "c.conf"), "w") as f:
        f.write(POLICY % period)


def setup():
    s = rt.Setup()
    for d in ("policies.d", "data"):
        os.makedirs(s.path(d))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    policy(s, "1 year")
    c = sqlite3.connect(s.data("site.db"))
    c.executescript("CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT,"
                    " at INT); INSERT INTO people VALUES (1, 'a@example.org',"
                    " 1500000000); CREATE TABLE other (id INTEGER PRIMARY"
                    " KEY);")
    c.close()
    s.ctl("key", "init")
    os.chmod(s.dir, 0o755)
    ok(s.start(), "the daemon runs")
    s.ctl("run", "--wait")
    return s


class Peer:
    def __init__(self, s, timeout=20):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(s.path("control.sock"))  # waits while there is a queue
        self.s.settimeout(timeout)
        self.f = self.s.makefile("rb")

    def send(self, data):
        self.s.sendall(data)

    def ask(self, **request):
        self.send(json.dumps(request).encode() + b"\n")
        return self.answer()

    def answer(self):
        return json.loads(self.f.readline() or b'{"ok": null}')

    def close(self):
        self.f.close()
        self.s.close()


def as_user(uid, gid, work, *args):
    """Runs in a process of that user; its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
            work(*args)
        finally:
            os._exit(0)
    return pid


def asked_as(s, uid, gid, **request):
    r, w = os.pipe()

    def work():
        p = Peer(s)
        os.write(w, json.dumps(p.ask(**request)).encode())

    os.waitpid(as_user(uid, gid, work), 0)
    os.close(w)
    with os.fdopen(r) as f:
        return json.loads(f.read() or '{"ok": null}')


def quietly(work):
    try:
        return work()
    except (OSError, ValueError):
        return None


def come_and_go(s, n):
    for _ in range(n):
        quietly(lambda: Peer(s, 5).close())


def slowly(s, until):
    rows = b'{"do":"status"}' * 20
    peers = [p for p in (quietly(lambda: Peer(s, 2)) for _ in range(12)) if p]
    for i in range(len(rows)):
        for p in peers:
            quietly(lambda: p.send(rows[i:i + 1]))
        if time.monotonic() > until:
            return
        time.sleep(0.1)


def half_a_line(s, until):
    peers = [quietly(lambda: Peer(s, 2)) for _ in range(12)]
    for p in filter(None, peers):
        quietly(lambda: p.send(b'{"do":"sta'))
    time.sleep(max(0, until - time.monotonic()))


def noise(s, until):
    r = random.Random(1)
    while time.monotonic() < until:
        p = quietly(lambda: Peer(s, 2))
        if p:
            quietly(lambda: p.send(r.randbytes(60000)))
            quietly(lambda: p.send(b"\n" * 5000))
            quietly(p.close)
        time.sleep(0.02)


def without_end(s, until):
    while time.monotonic() < until:
        p = quietly(lambda: Peer(s, 2))
        for _ in range(200):
            if p is None or quietly(lambda: p.send(b"x" * 65536) or 1) is None:
                break
        time.sleep(0.02)


def never_reads(s, until):
    """An auditor who asks and asks."""
    peers = [p for p in (quietly(lambda: Peer(s, 0.2)) for _ in range(12))
             if p]
    while time.monotonic() < until:
        for p in peers:
            quietly(lambda: p.send(b'{"do":"status"}\n' * 400))
        time.sleep(0.05)


def rss_kb(pid):
    with open("/proc/%d/statm" % pid) as f:
        return int(f.read().split()[1]) * 4


def fds(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def patient(s, seconds, pid):
    """An operator's questions meanwhile: the longest time, the most memory
    and descriptors, and how often there was no answer."""
    longest = most_kb = most_fd = bad = n = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or children_left():
        began = time.monotonic()
        p = quietly(lambda: Peer(s, 10))
        r = p and quietly(lambda: p.ask(do="status"))
        bad += not (r and r["ok"])
        n += 1
        if p:
            p.close()
        longest = max(longest, time.monotonic() - began)
        most_kb, most_fd = max(most_kb, rss_kb(pid)), max(most_fd, fds(pid))
        time.sleep(0.02)
        if time.monotonic() > end + 60:
            break
    return longest, most_kb, most_fd, bad, n


CHILDREN = set()


def children_left():
    for pid in list(CHILDREN):
        if os.waitpid(pid, os.WNOHANG)[0]:
            CHILDREN.discard(pid)
    return CHILDREN


def crowd(s):
    pid = s.daemon.pid
    for _ in range(50):
        Peer(s).ask(do="status")
    kb, fd = rss_kb(pid), fds(pid)
    calm = max(quiet_time(s) for _ in range(20))
    until = time.monotonic() + 8
    for i in range(USERS):
        CHILDREN.add(as_user(60000 + i, NOBODYS, come_and_go, s,
                             CONNECTIONS // USERS))
    for i, work in enumerate((slowly, half_a_line, noise, without_end)):
        CHILDREN.add(as_user(61000 + i, NOBODYS, work, s, until))
        CHILDREN.add(as_user(62000 + i, AUDITORS, work, s, until))
    for i in range(2):
        CHILDREN.add(as_user(63000 + i, AUDITORS, never_reads, s, until))
    longest, most_kb, most_fd, bad, n = patient(s, 8, pid)
    print("# %d questions, at most %.3f s each (calm: %.3f s); %d -> %d KiB, "
          "%d -> %d descriptors" % (n, longest, calm, kb, most_kb, fd,
                                    most_fd))
    same(len(CHILDREN), 0, "all of them came and went")
    same(bad, 0, "the operator was answered each time")
    ok(longest < max(1.0, 50 * calm), "within a second", longest)
    # A sanitizer keeps what was freed, to look into it.
    room = 1 << 30 if "asan" in rt.BUILD else 16 << 10
    ok(most_kb - kb < 4 * room, "memory stays", kb, most_kb)
    ok(most_fd - fd <= 64, "no more descriptors than places", fd, most_fd)
    ok(rt.await_(70, lambda: fds(pid) <= fd), "and all are given back",
       fds(pid), fd)
    ok(rss_kb(pid) - kb < room, "so is the memory", kb, rss_kb(pid))


def quiet_time(s):
    began = time.monotonic()
    p = Peer(s)
    p.ask(do="status")
    p.close()
    return time.monotonic() - began


def places(s):
    """One user's connections; the strangers' and the readers' all together."""
    def many(n, out):
        peers = [quietly(lambda: Peer(s, 5)) for _ in range(n)]
        got = 0
        for p in filter(None, peers):
            r = quietly(lambda: p.ask(do="status"))
            got += bool(r and r.get("ok"))
        os.write(out, b"%d\n" % got)
        time.sleep(3)

    r, w = os.pipe()
    pids = [as_user(64000, AUDITORS, many, 12, w)]
    got = int(os.read(r, 100))
    same(got, 8, "eight connections of one user")
    pids += [as_user(64001 + i, AUDITORS, many, 12, w) for i in range(9)]
    had = b""
    while had.count(b"\n") < 9 and select.select([r], [], [], 10)[0]:
        had += os.read(r, 100)
    total = got + sum(int(x) for x in had.split())
    ok(total <= 48, "readers take 48 places at most", total)
    mine = [Peer(s) for _ in range(10)]
    same([bool(p.ask(do="status")["ok"]) for p in mine], [True] * 10,
         "and there are still places for those who act")
    for p in mine:
        p.close()
    for pid in pids:
        os.waitpid(pid, 0)
    os.close(r)
    os.close(w)


def in_order(s):
    """Many requests in one go: as many answers, in their order."""
    p = Peer(s)
    p.send((b'{"do":"status"}\n{"do":"nothing"}\n' * 50))
    got = [p.answer()["ok"] for _ in range(100)]
    same(got, [True, False] * 50, "a hundred requests in one go")
    p.send(b'{"do":"status"')
    time.sleep(0.2)
    p.send(b"}\n")
    same(p.answer()["ok"], True, "a request in two pieces")
    p.send(b"x" * 70000 + b"\n")
    r = quietly(p.answer)
    same(r and (r["ok"], r["errors"]), (False, ["the line is too long"]),
         "a line that is too long")
    p.close()


def recorded(s):
    """Each change, by an admin of uid 65000."""
    def admin(**request):
        return asked_as(s, 65000, ADMINS, **request)

    def last(kind):
        found = [r for r in s.trail() if r["type"] == kind]
        return found[-1].get("who", {}).get("uid") if found else None

    hold = admin(do="hold add", scope="all", matter="m")
    plan = s.ctl_json("status")["status"]["datasets"][0]["plan"]["id"]
    steps = (
        ("hold", lambda: hold),
        ("release", lambda: admin(do="hold release", name=hold["id"],
                                  reason="r")),
        ("restrict", lambda: admin(do="subject restrict", kind="email",
                                   value="a@example.org")),
        ("unrestrict", lambda: admin(do="subject unrestrict", kind="email",
                                     value="a@example.org")),
        ("reject", lambda: admin(do="reject", name=plan, reason="r")),
        ("plan", lambda: admin(do="plan save", datasets=["c/people"])),
        ("approve", lambda: admin(do="approve", reason="r", name=s.ctl_json(
            "status")["status"]["datasets"][0]["plan"]["id"])),
        ("event", lambda: admin(do="event declare", name="closed")),
        ("policy", lambda: policy(s, "2 years") or admin(do="reload")),
        ("rotate", lambda: admin(do="key rotate")),
    )
    for kind, do in steps:
        r = do()
        rt.await_(5, lambda k=kind: last(k) == 65000)
        same((r.get("ok"), last(kind)), (True, 65000),
             "on record with who: " + kind)
    before = len(s.trail())
    for request in ({"do": "hold add", "scope": "all", "matter": "m"},
                    {"do": "reload"}, {"do": "run"}, {"do": "key rotate"},
                    {"do": "event declare", "name": "closed"},
                    {"do": "clock confirm"}):
        same([asked_as(s, u, g, **request)["ok"]
              for u, g in ((65001, AUDITORS), (65002, NOBODYS))],
             [False, False], "refused to auditors and strangers: "
             + request["do"])
    same(len([r for r in s.trail()[before:] if "who" in r]), 0,
         "and nothing of it happened")


def main():
    if os.getuid() != 0:
        rt.skip_all("only root can be many users")
    s = setup()
    in_order(s)
    crowd(s)
    places(s)
    recorded(s)
    s.stop()
    same(s.verify().returncode, 0, "the trail is valid")
    rt.done()


main()
