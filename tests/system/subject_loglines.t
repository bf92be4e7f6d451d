#!/usr/bin/env python3
# Proves that a person's request takes the person out of log lines when it is
# asked to: in plain, compressed and live files, whatever action their datasets
# have, every other byte as it was; not where the line names somebody under a
# hold; goes on after kill -9; is on record, and says what it left.

import gzip
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

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
"""
POLICY = """notice = { id = "p"; title = "Persons"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "crm"; sqlite = "../data/crm.db"; },
  { name = "web"; logs = "../data/web.log*"; },
  { name = "mail"; logs = "../data/mail.log*"; } );
datasets = (
  { name = "contacts"; promise = "2 years"; mode = "enforce"; store = "crm";
    table = "contact"; keep = { period = "2 years"; from = "at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; name = "name"; }; },
  { name = "visits"; promise = "120 days"; mode = "%(mode)s"; store = "web";
    keep = { period = "120 days"; from = "line"; }; time_format = "iso8601";
    action = "delete"; },
  { name = "mails"; promise = "2 years"; mode = "enforce"; store = "mail";
    keep = { period = "2 years"; from = "mtime"; }; unit = "file";
    action = "delete"; }
);
"""
ANN, BOB = "ann@example.org", "bob@example.org"
OTHERS = ["joann@example.org", "ann@example.org.example.net", "ann", BOB,
          "ann@example.net", "carol@example.org"]
HERS = [ANN, "Ann@Example.ORG", "ann%40example.org", "ANN%40EXAMPLE.ORG"]
NOW = int(time.time())


def stamp(ago=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - ago))


def line(who, k, ago=86400):
    return "%s GET /login?u=%s&n=%d \"%s\"\n" % (stamp(ago), who, k, who)


def without(text):
    """As the request leaves it."""
    for h in HERS:
        for before, after in (("=", "&"), ('"', '"')):
            text = text.replace(before + h + after,
                                before + "x" * len(h) + after)
    return text


def lines(n, seed=1):
    r = random.Random(seed)
    return "".join(line(r.choice(HERS if r.random() < .2 else OTHERS), k)
                   for k in range(n))


def put(s, name, text):
    opener = gzip.open if name.endswith(".gz") else open
    with opener(s.data(name), "wb") as f:
        f.write(text.encode())
    os.utime(s.data(name), (NOW - 3600, NOW - 3600))


def read(s, name):
    opener = gzip.open if name.endswith(".gz") else open
    with opener(s.data(name), "rb") as f:
        return f.read().decode()


def setup(mode="enforce"):
    s = rt.Setup()
    for d in ("policies.d", "data"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "p.conf"), "w") as f:
        f.write(POLICY % {"mode": mode})
    c = sqlite3.connect(s.data("crm.db"))
    c.executescript("CREATE TABLE contact (id INTEGER PRIMARY KEY, email TEXT,"
                    "name TEXT, at INTEGER)")
    c.executemany("INSERT INTO contact VALUES (?,?,?,?)",
                  [(1, ANN, "Ann Example", NOW), (2, BOB, "Bob", NOW)])
    c.commit()
    c.close()
    s.ctl("key", "init")
    return s


def erase(s, *more):
    r = s.ctl("subject", "erase", "--email", ANN, *more, "--json")
    return r.returncode, {d["dataset"][2:]: (d["state"], d["erased"],
                                             d["left"], d["why"])
                          for d in json.loads(r.out).get("datasets", [])}


def leaks(s):
    text = b"".join(open(os.path.join(d, f), "rb").read()
                    for d, _, fs in os.walk(s.path("state")) for f in fs)
    with open(s.log, "rb") as f:
        text += f.read()
    return [w for w in (b"ann@", b"Ann Ex", b"nn%40") if w.lower() in
            text.lower()]


def everywhere():
    s = setup()
    was = {"web.log.1": lines(3000), "web.log.2.gz": lines(2000, 2),
           "web.log": lines(500, 3), "mail.log": line(ANN, 1) + line(BOB, 2)}
    for name, text in was.items():
        put(s, name, text)
    live = os.open(s.data("web.log"), os.O_WRONLY | os.O_APPEND)
    stat = os.stat(s.data("web.log"))
    old = os.stat(s.data("web.log.1"))
    mine = {n: sum(a != b for a, b in zip(t.split("\n"),
                                          without(t).split("\n")))
            for n, t in was.items()}
    rt.ok(s.start(), "the daemon runs")
    rt.same(s.ctl("run", "--wait").returncode, 0, "nothing is due")
    r = s.ctl("subject", "erase", "--name", "Ann Example", "--log-lines")
    rt.same((r.returncode, "one word" in r.err), (1, True),
            "a name of two words is refused")
    r = s.ctl("subject", "erase", "--name", "get", "--log-lines")
    rt.same((r.returncode, "so short" in r.err), (1, True),
            "and one that may be any word")
    rt.same(erase(s), (0, {"contacts": ("done", 1, 0, None)}), "rows alone")
    rt.same({n: read(s, n) for n in was}, was, "and not a line has changed")
    web = sum(mine[n] for n in mine if n.startswith("web"))
    rt.same(erase(s, "--log-lines"), (0, {
        "contacts": ("done", 0, 0, None), "visits": ("done", web, 0, None),
        "mails": ("done", 1, 0, None)}), "and with the lines of logs")
    for name, text in was.items():
        rt.same(read(s, name), without(text), "%s: %d lines, others as they "
                "were" % (name, mine[name]))
    now = os.stat(s.data("web.log"))
    rt.same((now.st_ino, now.st_size), (stat.st_ino, stat.st_size),
            "the live file is the same file")
    now = os.stat(s.data("web.log.1"))
    rt.same((now.st_ino, now.st_mtime_ns), (old.st_ino, old.st_mtime_ns),
            "and a rotated one keeps its time")
    os.write(live, line(BOB, 9).encode())
    rt.same(read(s, "web.log"), without(was["web.log"]) + line(BOB, 9),
            "its writer goes on")
    rt.same(erase(s, "--log-lines")[1]["visits"], ("done", 0, 0, None),
            "again: there is nobody")
    os.close(live)
    r = s.ctl("subject", "find", "--email", ANN, "--log-lines", "--json")
    rt.ok(ANN not in r.out, "find finds no more of her", r.out)
    s.stop()
    rt.same(s.verify().returncode, 0, "the trail is valid")
    rt.same(s.ctl("audit", "verify", "--stores", "--key",
                  s.vkey()).returncode, 0,
            "and what it says of the stores is true")
    seen = [r for r in s.trail() if r["type"] == "intent"
            and r["object"] == "line"]
    rt.ok(seen and all((r["action"], r["cause"]) == ("anonymise", "request")
                       for r in seen), "as intents of a request", seen[:1])
    rt.same(leaks(s), [], "which names nobody")


def kept():
    s = setup()
    both = "%s GET /m?from=%s&to=%s \"-\"\n" % (stamp(60), ANN, BOB)
    text = line(ANN, 1) + both + line(BOB, 2) + line(ANN, 3)
    put(s, "web.log.1", text)
    put(s, "web.log.2.gz", text)
    put(s, "mail.log.1", line(BOB, 1))
    rt.ok(s.start(), "the daemon runs")
    hold = s.ctl("hold", "add", "--subject", "email=" + BOB, "--matter",
                 "C-1").out.split()[-1]
    code, got = erase(s, "--log-lines")
    rt.same((code, got["visits"]), (1, ("left", 4, 2, "2 under a legal hold")),
            "a line that names somebody under a hold stays")
    hers = line(ANN, 1), line(ANN, 3)
    want = without(hers[0]) + both + line(BOB, 2) + without(hers[1])
    rt.same((read(s, "web.log.1"), read(s, "web.log.2.gz")), (want, want),
            "byte for byte")
    rt.same(s.ctl("hold", "release", hold).returncode, 0,
            "the hold is released")
    both = both.replace(ANN, "x" * len(ANN))
    want = without(hers[0]) + both + line(BOB, 2) + without(hers[1])
    code, got = erase(s, "--log-lines")
    rt.same((code, got["visits"], read(s, "web.log.1")),
            (0, ("done", 2, 0, None), want), "then it goes, and not he")
    s.stop()
    s = setup("report")
    put(s, "web.log.1", text)
    rt.ok(s.start(), "the daemon runs")
    code, got = erase(s, "--log-lines")
    rt.same((code, got["visits"]), (1, ("never", 0, 0, "report only, by the "
                                        "policy")), "report only: never")
    rt.same(read(s, "web.log.1"), text, "and untouched")
    s.stop()


def overdue():
    """Due, and left since somebody writes to the file: masked all the same,
    and there is nothing false in that."""
    s = setup()
    put(s, "web.log", line(ANN, 1, 130 * 86400) + line(BOB, 2))
    live = os.open(s.data("web.log"), os.O_WRONLY | os.O_APPEND)
    rt.ok(s.start(), "the daemon runs")
    s.ctl("run", "--wait")
    rt.same(erase(s, "--log-lines")[1]["visits"], ("done", 1, 0, None),
            "an overdue line is masked")
    os.close(live)
    s.stop()
    rt.same(s.ctl("audit", "verify", "--stores", "--key",
                  s.vkey()).returncode, 0, "it is not said to have gone")


def unread():
    """What cannot be looked into may name her."""
    s = setup()
    put(s, "web.log.1", line(ANN, 1))
    with open(s.data("web.log.2.gz"), "wb") as f:
        f.write(gzip.compress(line(ANN, 2).encode() * 50)[:-9])
    rt.ok(s.start(), "the daemon runs")
    code, got = erase(s, "--log-lines")
    rt.same((code, got["visits"]), (1, ("left", 1, 1, "1 could not go")),
            "a damaged file is told")
    s.stop()


def is_on_record(s, what):
    """Of lines."""
    try:
        trail = s.trail()
    except ValueError:          # a record is being written
        return False
    ops = {r["op"] for r in trail if r["type"] == "intent"
           and r["object"] == "line"}
    return any(r["type"] == what and r["op"] in ops for r in trail)


def killed(after):
    s = setup()
    text = lines(60000, 7)
    put(s, "web.log.1", text)
    put(s, "web.log.2.gz", text[:len(text) // 2].rsplit("\n", 1)[0] + "\n")
    packed = read(s, "web.log.2.gz")
    rt.ok(s.start(), "the daemon runs")
    ask = subprocess.Popen(
        [rt.program("retentionctl"), "-c", s.conf, "subject", "erase",
         "--email", ANN, "--log-lines"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    rt.ok(rt.await_(30, lambda: is_on_record(s, after)), "killed at the first " +
          after)
    s.daemon.kill()
    s.daemon.wait()
    s.daemon = None
    ask.wait()
    rt.ok(s.start(), "killed at the first %s: the daemon runs again" % after)
    rt.ok(rt.await_(60, lambda: not json.loads(s.ctl(
        "subject", "requests", "--json").out)["requests"]),
        "killed at the first %s: the request is answered" % after)
    rt.ok((read(s, "web.log.1"), read(s, "web.log.2.gz")) ==
          (without(text), without(packed)),
          "killed at the first %s: all of hers has gone, nothing else" % after)
    s.stop()
    rt.same(s.verify().returncode, 0, "killed at the first %s: the trail is valid"
            % after)


everywhere()
kept()
overdue()
unread()
for what in ("intent", "done"):
    killed(what)
rt.done()
