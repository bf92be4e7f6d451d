#!/usr/bin/env python3
# Proves that of a store of many files only the one that came out of a backup
# is gone through again, so that whoever signed up anew in another one stays;
# and that files of one name in several folders are not taken for each other.

import os
import shutil
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; check_every = "1 hour";
brake = { rows = 1000; share = 1.0; };
"""
POLICY = """notice = { id = "b"; title = "Backups"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31";
  suppress_for = "6 months"; };
stores = ( { name = "many"; sqlite = "../data/%s"; } );
datasets = (
  { name = "members"; promise = "until left"; mode = "enforce"; store = "many";
    table = "member"; keep = { until = "left_at"; clock = "unix"; };
    action = "delete"; subject = { email = "email"; }; } );
"""
ANN, BOB = "ann@example.org", "bob@example.org"
OLD = int(time.time()) - 86400
PLACES = {"q[0-9].db": ("q1.db", "q2.db"), "*/s.db": ("one/s.db", "two/s.db")}


def setup(pattern):
    s = rt.Setup()
    os.makedirs(s.path("policies.d"))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "b.conf"), "w") as f:
        f.write(POLICY % pattern)
    for i, name in enumerate(PLACES[pattern]):
        os.makedirs(os.path.dirname(s.data(name)), exist_ok=True)
        c = sqlite3.connect(s.data(name))
        c.execute("CREATE TABLE member (id INTEGER PRIMARY KEY, email TEXT, "
                  "left_at INTEGER)")
        c.executemany("INSERT INTO member VALUES (?, ?, ?)",
                      [(1, ANN, None), (2, BOB, None), (3 + i, "x", OLD)])
        c.commit()
        c.close()
    s.ctl("key", "init")
    return s


def who(s, name):
    return [r[0] for r in s.sql(name, "SELECT email FROM member ORDER BY id")]


def seen(s):
    with open(s.log) as f:
        return f.read().count("came out of a backup")


def scene(pattern):
    s = setup(pattern)
    one, two = PLACES[pattern]
    shutil.copyfile(s.data(one), s.path("backup"))
    rt.ok(s.start(), pattern + ": the daemon starts")
    for _ in range(3):
        s.ctl("run", "--wait")
    rt.same((who(s, one), who(s, two)), ([ANN, BOB],) * 2,
            pattern + ": what is due goes from both files")
    rt.same(s.ctl("subject", "erase", "--email", ANN).returncode, 0,
            pattern + ": a person is erased")
    s.sql(two, "INSERT INTO member VALUES (7, ?, NULL)", ANN)
    for _ in range(3):
        s.ctl("run", "--wait")
    rt.same((seen(s), who(s, one), who(s, two)), (0, [BOB], [BOB, ANN]),
            pattern + ": who signs up anew stays, nothing was restored")
    shutil.copyfile(s.path("backup"), s.path("new"))
    os.rename(s.path("new"), s.data(one))
    s.ctl("run", "--wait")
    rt.ok(rt.await_(20, lambda: who(s, one) == [BOB]),
          pattern + ": out of a backup, and gone again", who(s, one))
    for _ in range(2):
        s.ctl("run", "--wait")
    rt.same(who(s, two), [BOB, ANN], pattern + ": in that file alone")
    rt.same(seen(s), 1, pattern + ": it is seen once")
    rt.same(s.ctl("restored", "b/many").returncode, 0, pattern + ": told")
    rt.same(who(s, two), [BOB],
            pattern + ": who says so means every file of it")
    s.stop()
    rt.same(s.verify().returncode, 0, pattern + ": the trail is valid")
    s.close()


for p in PLACES:
    scene(p)
rt.done()
