#!/usr/bin/env python3
# Proves that a declared event is known wherever the question is asked: to the
# daemon, and when none runs to the plan and to the dry run, before the pass
# that acts on it; and that --at in the future fires then and not before.

import os
import sqlite3
import sys
import time
from datetime import timedelta

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
"""
POLICY = """notice = { id = "e"; title = "Events"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "site"; sqlite = "../data/site.db"; } );
datasets = ( { name = "orders"; promise = "until the portal closes";
    mode = "%s"; store = "site"; table = "orders";
    keep = { until_event = "portal-closed"; }; action = "delete"; } );
"""


def policy(s, mode):
    with open(s.path("policies.d", "e.conf"), "w") as f:
        f.write(POLICY % mode)


def due(s):
    return s.ctl_json("plan")["datasets"][0].get("due")


def dry(s):
    for line in s.retentiond("--dry-run").out.splitlines():
        word = line.split()
        if word and word[0] == "e/orders":
            return int(word[3])
    return None


def setup():
    s = rt.Setup()
    for d in ("policies.d", "data"):
        os.makedirs(s.path(d), exist_ok=True)
    with open(s.path("retentiond.conf"), "w") as f:
        f.write(MAIN)
    policy(s, "report")
    c = sqlite3.connect(s.data("site.db"))
    c.executescript("CREATE TABLE orders (id INTEGER PRIMARY KEY, who TEXT);"
                    "INSERT INTO orders VALUES (1, 'a'), (2, 'b'), (3, 'c');")
    c.close()
    return s


def main():
    s = setup()
    rt.same((due(s), dry(s)), (0, 0), "not declared: nothing is due")
    s.start()
    r = s.ctl("event", "declare", "portal-opened")
    rt.same(r.returncode, 1, "a name that no policy waits for is refused")
    rt.ok("portal-closed" in r.err, "and the known ones are named", r.err)
    r = s.ctl("event", "declare", "portal-closed", "--at", rt.rfc3339(
        rt.now() + timedelta(seconds=4)))
    rt.same(r.returncode, 0, "declared for a time ahead")
    rt.same(due(s), 0, "which has not come")
    rt.same(s.ctl("event", "declare", "portal-closed").returncode, 1,
            "a second declaration is refused")
    s.stop()
    rt.same(dry(s), 0, "nor without the daemon")
    time.sleep(4.5)
    rt.same((due(s), dry(s)), (3, 3), "it has come, also without the daemon")
    policy(s, "enforce")
    rt.same(s.retentiond("--once").returncode, 0, "a pass")
    rt.same(s.sql("site.db", "SELECT count(*) FROM orders")[0][0], 0,
            "took what the dry run had counted")
    rt.same(s.verify().returncode, 0, "and the trail is valid")
    s.close()
    rt.done()


main()
