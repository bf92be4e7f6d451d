#!/usr/bin/env python3
# Proves that rows whose keys the trail could not tell apart stop their own
# dataset, with a reason, and no other one of the same store (I5, I7).

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import world  # noqa: E402


def test(one, other):
    text = "keys %s and %s: " % (one, other)
    s = world.build(12)
    s.sql("wal.db", "DROP TABLE visit")
    s.sql("wal.db", "CREATE TABLE visit (house, nr INT, at INT, name TEXT,"
          " PRIMARY KEY (house, nr))")
    for key in (one, other, "'another'"):
        s.sql("wal.db", "INSERT INTO visit VALUES (%s, 7, %d, 'x')"
              % (key, world.OLD))
    r = s.retentiond("--once")
    rt.same(r.returncode, 1, text + "exit status 1")
    rt.ok("w/visit: keys of table visit differ in their type only" in r.err,
          text + "and said why", r.err)
    rt.same(s.sql("wal.db", "SELECT count(*) FROM visit")[0][0], 3,
            text + "nothing of it is erased")
    rt.same([s.erased().get("w/" + n) for n in ("person", "account", "note")],
            [8, 8, 8], text + "all other datasets are done")
    rt.same(s.verify().returncode, 0, text + "the trail is VALID")
    s.sql("wal.db", "UPDATE visit SET nr = 8 WHERE house IS %s" % other)
    rt.same((s.retentiond("--once").returncode, s.erased().get("w/visit")),
            (0, 3), text + "put right, they go")


test("1", "'1'")
test("1.5", "'1.5'")
test("x'31'", "'x''31'''")
rt.done()
