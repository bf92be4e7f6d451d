"""world - several stores with everything that a pass can meet, and what must
be true of them at every instant: which rows may go, which rows belong
together, and that the trail covers each row that is gone.

No row says more than its number; nothing here is about a person."""

import base64
import hashlib
import hmac
import os
import shutil
import sqlite3
import tempfile

import rt

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; job_timeout = "1 minute";
brake = { rows = 1000000; share = 1.0; };
"""

POLICY = """notice = { id = "w"; title = "World"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( { name = "wal"; sqlite = "../data/wal.db"; },
  { name = "roll"; sqlite = "../data/roll.db"; },
  { name = "box"; sqlite = "../data/box-*.db"; } );
datasets = (
"""

DATASET = """  { name = "%s"; promise = "kept for two years"; basis = "test";
    mode = "enforce"; store = "%s"; %s }"""

KEEP = ('table = "%s"; keep = { period = "2 years"; from = "at";'
        ' clock = "unix"; }; ')
DELETE = KEEP + 'action = "delete"; '
CHANGE = (KEEP + 'action = "anonymise"; columns = { name = "null";'
          ' email = "redact"; }; set = { off = 1; }; ')
CHILD = 'children = ( { table = "%s"; column = "owner"; %s } );'
DESTROY = ('keep = { until_date = "2021-03-31"; agreement = "A-1"; };'
           ' action = "destroy";')

SCHEMA = {"wal": """
CREATE TABLE person (id INTEGER PRIMARY KEY, at INT, name TEXT);
CREATE TABLE parcel (id INTEGER PRIMARY KEY, owner INT REFERENCES person (id),
  name TEXT);
CREATE INDEX parcel_owner ON parcel (owner);
CREATE TABLE visit (house TEXT, nr INT, at INT, name TEXT,
  PRIMARY KEY (house, nr));
CREATE TABLE account (id INTEGER PRIMARY KEY, at INT, name TEXT,
  email TEXT NOT NULL UNIQUE, off INT NOT NULL DEFAULT 0);
CREATE TABLE login (id INTEGER PRIMARY KEY, owner INT, ip TEXT);
CREATE INDEX login_owner ON login (owner);
CREATE TABLE other (id INTEGER PRIMARY KEY, at INT, name TEXT);
""", "roll": """
CREATE TABLE letter (house TEXT, nr INT, at INT, name TEXT,
  PRIMARY KEY (house, nr)) WITHOUT ROWID;
CREATE TABLE note (at INT, name TEXT);
CREATE TABLE guest (house TEXT, nr INT, at INT, name TEXT, email TEXT,
  off INT NOT NULL DEFAULT 0, PRIMARY KEY (house, nr));
CREATE TABLE other (id INTEGER PRIMARY KEY, at INT, name TEXT);
"""}

# dataset: store, table, columns of its key, child table, is it deleted
DATASETS = {
    "person": ("wal", "person", ("id",), "parcel", True),
    "visit": ("wal", "visit", ("house", "nr"), None, True),
    "account": ("wal", "account", ("id",), "login", False),
    "letter": ("roll", "letter", ("house", "nr"), None, True),
    "note": ("roll", "note", ("rowid",), None, True),
    "guest": ("roll", "guest", ("house", "nr"), None, False),
}
BOXES = 3
OLD, NEW = 1262304000, 1893456000 - 5 * 365 * 86400    # 2010; later than due


def policy(only=None):
    rest = {n: (DELETE if d[4] else CHANGE) % d[1]
            for n, d in DATASETS.items()}
    rest["person"] += CHILD % ("parcel", "")
    rest["account"] += CHILD % ("login", 'columns = { ip = "null"; };')
    sets = [DATASET % (n, DATASETS[n][0], rest[n]) for n in rest]
    sets.append(DATASET % ("box", "box", DESTROY))
    if only:
        sets = [x for x in sets if 'name = "%s"' % only in x]
    return POLICY + ",\n".join(sets) + " );\n"


def _rows(n, due, recent):
    """Number and time; every third one is kept as long as there are any."""
    kept = n - due
    for i in range(n):
        keep = i % 3 == 0 and i // 3 < kept
        yield i + 1, recent if keep else OLD


def _fill(c, name, n, recent):
    due = n - (n + 2) // 3
    rows = list(_rows(n, due, recent))
    at = [(r[0], r[1], "name-%d" % r[0]) for r in rows]
    if name == "wal":
        c.executemany("INSERT INTO person VALUES (?, ?, ?)", at)
        c.executemany("INSERT INTO parcel (owner, name) VALUES (?, ?)",
                      [(i, "p%d" % k) for i, _, _ in at for k in (1, 2)])
        c.executemany("INSERT INTO visit VALUES (?, ?, ?, ?)",
                      [("h%d" % (i % 40), i, t, x) for i, t, x in at])
        c.executemany("INSERT INTO account (id, at, name, email)"
                      " VALUES (?, ?, ?, ?)",
                      [(i, t, x, "a%d@example.org" % i) for i, t, x in at])
        c.executemany("INSERT INTO login (owner, ip) VALUES (?, ?)",
                      [(i, "192.0.2.%d" % (i % 250)) for i, _, _ in at])
    else:
        c.executemany("INSERT INTO letter VALUES (?, ?, ?, ?)",
                      [("h%d" % (i % 40), i, t, x) for i, t, x in at])
        c.executemany("INSERT INTO note VALUES (?, ?)",
                      [(t, x) for _, t, x in at])
        c.executemany("INSERT INTO guest (house, nr, at, name, email)"
                      " VALUES (?, ?, ?, ?, ?)",
                      [("h%d" % (i % 40), i, t, x, "g%d@example.net" % i)
                       for i, t, x in at])
    c.executemany("INSERT INTO other VALUES (?, ?, ?)", at)


def restrict(s, only):
    """The policy has this dataset alone."""
    with open(s.path("policies.d", "w.conf"), "w") as f:
        f.write(policy(only))


def build(n, recent=None):
    """A template: a Setup whose folder is copied by `copy`."""
    s = rt.Setup()
    os.mkdir(s.path("data"))
    os.mkdir(s.path("policies.d"))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "w.conf"), "w") as f:
        f.write(policy())
    recent = recent or int(rt.now().timestamp()) - 86400
    for name, schema in SCHEMA.items():
        c = sqlite3.connect(s.data(name + ".db"))
        c.execute("PRAGMA journal_mode = " +
                  ("WAL" if name == "wal" else "DELETE"))
        c.executescript(schema)
        _fill(c, name, n, recent)
        c.commit()
        c.close()
    for i in range(BOXES):
        c = sqlite3.connect(s.data("box-%d.db" % i))
        c.executescript("CREATE TABLE t (x); INSERT INTO t VALUES"
                        " (randomblob(20000));")
        c.close()
    return s


def copy(template):
    s = rt.Setup()
    os.rmdir(s.dir)
    shutil.copytree(template.dir, s.dir)
    return s


def drop(s):
    s.stop()
    shutil.rmtree(s.dir, ignore_errors=True)


class View:
    """All rows of both databases, read by a copy: nothing is touched."""

    def __init__(self, s):
        self.rows, self.faults = {}, []
        with tempfile.TemporaryDirectory() as d:
            for name in ("wal", "roll"):
                for side in ("", "-wal", "-journal"):
                    if os.path.exists(s.data(name + ".db" + side)):
                        shutil.copy(s.data(name + ".db" + side), d)
                self._read(name, sqlite3.connect(
                    os.path.join(d, name + ".db")))
        self.boxes = {f for f in os.listdir(s.path("data"))
                      if f.startswith("box-")}

    def _read(self, name, c):
        said = c.execute("PRAGMA integrity_check").fetchall()
        if said != [("ok",)]:
            self.faults.append("%s: integrity: %r" % (name, said[:3]))
        for t, in c.execute("SELECT name FROM sqlite_schema WHERE"
                            " type = 'table'").fetchall():
            key = "rowid, " if t == "note" else ""
            self.rows[name, t] = c.execute(
                "SELECT %s* FROM %s" % (key, t)).fetchall()
        c.close()

    def keyed(self, dataset):
        store, table, key, _, _ = DATASETS[dataset]
        return {r[:len(key)]: r for r in self.rows[store, table]}

    def children(self, dataset):
        store, _, _, child, _ = DATASETS[dataset]
        out = {}
        for r in self.rows[store, child]:
            out.setdefault((r[1],), []).append(r)
        return out


def at_of(dataset, row):
    return row[len(DATASETS[dataset][2])]


def due(before, dataset, now):
    """The keys that a pass takes."""
    edge = now - 2 * 366 * 86400
    return {k for k, r in before.keyed(dataset).items()
            if at_of(dataset, r) < edge}


def gone(before, after, dataset):
    """Keys whose row was erased, and what is wrong with the others."""
    _, _, _, child, deleted = DATASETS[dataset]
    old, new = before.keyed(dataset), after.keyed(dataset)
    if deleted:
        changed = set(old) - set(new)
        odd = [k for k in new if new[k] != old.get(k)]
    else:
        changed = {k for k in new if new[k] != old.get(k)}
        odd = [k for k in old if k not in new]
        odd += [k for k in changed if not clean(dataset, old[k], new[k])]
    if child:
        was, is_ = before.children(dataset), after.children(dataset)
        for k in old:
            whole = is_.get(k, []) == was.get(k, [])
            if k not in changed and not whole:
                odd.append(k)
            if k in changed and (k in is_ if deleted else not all(
                    r[2] is None for r in is_.get(k, []))):
                odd.append(k)
    return changed, ["%s: %d rows are neither as they were nor erased"
                     % (dataset, len(odd))] if odd else []


def clean(dataset, old, new):
    n = len(DATASETS[dataset][2])
    return new[:n + 1] == old[:n + 1] and new[n + 1] is None and \
        new[n + 2] != old[n + 2] and "example" not in (new[n + 2] or "") and \
        new[n + 3] == 1


def framed(data):
    return len(data).to_bytes(2, "big") + data


def key_text(key):
    parts = [str(k).encode() for k in key]
    return parts[0] if len(parts) == 1 else b"".join(map(framed, parts))


class Commitments:
    """Computed here from the documented format, by the epoch's key."""

    def __init__(self, s):
        self.s, self.keys = s, {}

    def epoch_key(self, ep):
        if ep not in self.keys:
            with open(self.s.path("state", "keys", "commit",
                                  "%d.key" % ep), "rb") as f:
                self.keys[ep] = f.read()
        return self.keys[ep]

    def op_key(self, intent):
        return hmac.new(self.epoch_key(intent["ep"]),
                        b"retentiond/op/v1\0" + bytes.fromhex(intent["op"]),
                        hashlib.sha256).digest()

    def items(self, intent):
        if "c" in intent:
            return {base64.b64decode(c) for c in intent["c"]}
        with open(self.s.path("state", "trail", "items",
                              intent["op"] + ".bin"), "rb") as f:
            data = f.read()
        return {data[i:i + 32] for i in range(0, len(data), 32)}

    def covered(self, intent, keys):
        """Those of `keys` that this intent names."""
        k_op, items = self.op_key(intent), self.items(intent)
        head = framed(intent["store"].encode()) + \
            framed(intent["object"].encode())
        out = set()
        for key in keys:
            ident = head + framed(key_text(key))
            salt = hmac.new(k_op, b"retentiond/salt/v1\0" + ident,
                            hashlib.sha256).digest()
            c = hashlib.sha256(b"retentiond/commit/v1\0" + salt + ident)
            if c.digest() in items:
                out.add(key)
        return out
