#!/usr/bin/env python3
# Proves that `audit verify --stores` finds what is recorded as erased and is
# there, in every kind of store and by every kind of key, and finds nothing
# where all is as recorded: also with bystanders, with keys that were used
# anew, with operations that left something, and with stores that are away.

import json
import os
import shutil
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import world  # noqa: E402

FILES = """, { name = "box2"; files = "../data/box"; },
  { name = "log"; logs = "../data/site.log*"; } );"""
MORE = """,
  { name = "letters"; promise = "a year"; basis = "test"; mode = "enforce";
    store = "box2"; keep = { period = "1 year"; from = "mtime"; }; action = "delete"; },
  { name = "lines"; promise = "a year"; basis = "test"; mode = "enforce";
    store = "log"; time_format = "common"; keep = { period = "1 year"; from = "line"; };
    action = "delete"; } );
"""
LINE = '192.0.2.%d - - [%s +0000] "GET / HTTP/1.1" 200 5 "-" "-"\n'

template = world.build(60)
s = world.copy(template)
path = s.path("policies.d", "w.conf")
with open(path) as f:
    text = f.read()
text = text.replace(" );\ndatasets", FILES + "\ndatasets", 1)
assert text.rstrip().endswith(");")
text = text.rstrip()[:-2].rstrip() + MORE
with open(path, "w") as f:
    f.write(text)
os.mkdir(s.data("box"))
for i in range(6):
    name = s.data("box", "f%d" % i)
    with open(name, "w") as f:
        f.write("x" * 100)
    if i % 2 == 0:
        os.utime(name, (world.OLD, world.OLD))
with open(s.data("site.log"), "w") as f:
    for i in range(40):
        f.write(LINE % (i, "01/Feb/2020:10:00:%02d" % i))
    f.write(LINE % (99, rt.now().strftime("%d/%b/%Y:%H:%M:%S")))
c = s.ctl("check")
rt.same(c.returncode, 0, "a policy over databases, files and logs")
if c.returncode:
    print("# " + c.out + c.err)
copies = s.path("copies")
shutil.copytree(s.path("data"), copies)
rt.same(s.retentiond("--once").returncode, 0, "a pass over everything")
vkey = s.vkey()


def verify(*more):
    r = s.ctl("audit", "verify", "--key", vkey, "--stores", "--json", *more)
    return r.returncode, json.loads(r.out)


code, said = verify()
rt.ok(code == 0 and said["stores"]["there"] == 0 and
      said["stores"]["missed"] == said["stores"]["closed"] == 0,
      "nothing is there: VALID", (said["stores"], said["findings"]))
all_items = said["stores"]["items"]
rt.ok(said["stores"]["operations"] == said["done"] and
      all_items == sum(r["n"] for r in s.trail() if r["type"] == "intent"),
      "every operation was looked for", said["stores"])

def sql(db, *statements):
    c = sqlite3.connect(s.data(db))
    for x in statements:
        c.execute(*x) if isinstance(x, tuple) else c.execute(x)
    c.commit()
    c.close()


def back(name, database, query):
    """Rows that went, out of the copy of before."""
    old = sqlite3.connect(os.path.join(copies, database))
    rows = old.execute(query).fetchall()
    names = [x[0] for x in old.execute(query).description]
    old.close()
    sql(database, *[("INSERT OR REPLACE INTO %s (%s) VALUES (%s)" % (
        name, ", ".join(names), ", ".join("?" * len(names))), r)
        for r in rows])


def finds(dataset, n, text):
    code, said = verify()
    there = [f for f in said["findings"] if f["verdict"] == "TAMPERED"]
    rt.ok(code == 1 and said["stores"]["there"] == n and len(there) >= 1 and
          all("w/%s: " % dataset in f["text"] for f in there), text,
          (code, said["stores"], said["findings"]))


def clean(text):
    code, said = verify()
    rt.ok(code == 0 and said["stores"]["there"] == 0, text,
          (said["stores"], said["findings"]))


gone = "at = %d" % world.OLD
for name, database, dataset, key in (
        ("person", "wal.db", "person", "*"),
        ("visit", "wal.db", "visit", "*"),
        ("letter", "roll.db", "letter", "*"),
        ("note", "roll.db", "note", "rowid, at, name")):
    back(name, database, "SELECT %s FROM %s WHERE %s LIMIT 3"
         % (key, name, gone))
    finds(dataset, 3, "deleted rows of %s that are there" % name)
    sql(database, "DELETE FROM %s WHERE %s" % (name, gone))
    clean("%s, gone again" % name)
sql("wal.db", "UPDATE account SET name = 'Ann', off = 0 WHERE id IN (SELECT id"
    " FROM account WHERE %s LIMIT 2)" % gone)
finds("account", 2, "anonymised rows that are as they were")
sql("wal.db", "UPDATE account SET name = NULL, off = 1 WHERE %s" % gone)
clean("anonymised again")

# A key that is used anew, for what was not due then.
sql("wal.db", ("INSERT INTO person (id, at, name) SELECT 2, ?, 'new' WHERE NOT"
               " EXISTS (SELECT 1 FROM person WHERE id = 2)",
               (int(rt.now().timestamp()),)))
code, said = verify()
rt.ok(code == 0 and said["stores"]["anew"] == 1,
      "a key that was used anew is told, and no finding", said["stores"])
# Files, lines, whole databases.
# A line is known by where it stood: in the same file, at the same place.
log = s.data("site.log")
with open(log, "rb") as f:
    kept = f.read()
rt.ok(kept.count(b"\n") == 1, "of the log one line is left", kept)
with open(s.data("box", "f0"), "w") as f:
    f.write("again")
os.utime(s.data("box", "f0"), (world.OLD, world.OLD))
finds("letters", 1, "a file that is there")
os.unlink(s.data("box", "f0"))
shutil.copy(os.path.join(copies, "box-1.db"), s.data("box-1.db"))
finds("box", 1, "a destroyed database that is there")
os.unlink(s.data("box-1.db"))
clean("all gone again")

# --- what cannot be looked into --------------------------------------------
os.rename(s.data("roll.db"), s.data("roll.away"))
code, said = verify()
rt.ok(code == 2 and said["stores"]["missed"] >= 2 and
      said["verdict"] == "INCOMPLETE",
      "a store that is away: INCOMPLETE", (said["stores"], said["findings"]))
os.rename(s.data("roll.away"), s.data("roll.db"))
world.restrict(s, "person")
code, said = verify()
rt.ok(code == 0 and said["stores"]["gone"] >= 5,
      "datasets that are no more in the policies are counted", said["stores"])
with open(path, "w") as f:
    f.write(text)
keys = s.path("state", "keys", "commit")
os.rename(keys, keys + ".away")
os.mkdir(keys, 0o700)
code, said = verify()
rt.ok(code == 0 and said["stores"]["closed"] == said["done"],
      "without the epoch's key nothing can be asked, and it says so",
      said["stores"])
os.rmdir(keys)
os.rename(keys + ".away", keys)
for wrong in (["audit", "verify", s.path("state"), "--stores"],
              ["audit", "verify", "--stores", "--state-file",
               s.path("mark")]):
    rt.same(s.ctl(*wrong).returncode, 4, "wrong usage: " + " ".join(
        x for x in wrong if x[0] == "-"))
# Nothing was written to a store by looking.
sums = {x: os.stat(s.data(x)).st_mtime_ns for x in ("wal.db", "roll.db")}
verify()
rt.same({x: os.stat(s.data(x)).st_mtime_ns for x in sums}, sums,
        "a look changes no store")
rt.done()
