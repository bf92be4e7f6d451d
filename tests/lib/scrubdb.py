"""scrubdb - databases with a past, made from a number: tables with strange
names, rows replaced and deleted by an application that never asked for
secure_delete; and the same ones damaged.  Every value carries a marker of its
own (13 hex digits and a z, see sqpage.marks)."""

import os
import random
import shutil
import sqlite3
import struct
import subprocess

import sqpage

NAMES = ["person", "select", "order", "a\"b", "it's", "two words", "größe",
         "имя", "table", "群", "x.y", "sqlitish", "%like_", "ALL CAPS", "-"]
FILL = "w"


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def reserve(path, page, n):
    """An empty database whose pages keep n bytes for others."""
    c = sqlite3.connect(path)
    c.executescript("PRAGMA page_size=%d; CREATE TABLE x(y);"
                    "DROP TABLE x; VACUUM" % page)
    c.close()
    with open(path, "r+b") as f:
        f.seek(20)
        f.write(bytes([n]))
        f.seek(105)
        f.write(struct.pack(">H", page - n))


class Maker:
    def __init__(self, path, seed, fts=True, **fixed):
        self.r = r = random.Random(seed)
        self.path, self.rows = path, r.choice([60, 150, 400])
        page = r.choice([512, 1024, 4096, 4096, 4096, 8192, 32768, 65536])
        s = {"page_size": page, "auto_vacuum": r.randrange(3),
             "encoding": r.choice(["UTF-8", "UTF-8", "UTF-16le",
                                   "UTF-16be"]),
             "journal": r.choice(["wal", "delete", "truncate", "persist"]),
             "secure_delete": r.choice(["OFF", "OFF", "OFF", "FAST", "ON"]),
             "reserved": 0, "fts": fts and r.random() < .4}
        s.update(fixed)
        self.shape = s

    def mark(self):
        return "%013xz" % self.r.getrandbits(52)

    def text(self):
        n = self.r.choice([0, 3, 10, 40, 200, self.shape["page_size"],
                           3 * self.shape["page_size"]]
                          if self.rows < 200 else [0, 5, 20, 60, 600])
        return self.mark() + FILL * min(n, 20000)

    def value(self):
        t = self.text()
        return t if self.r.random() < .7 else t.encode()

    def start(self):
        for end in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(self.path + end):
                os.unlink(self.path + end)
        s = self.shape
        if s["reserved"]:
            reserve(self.path, s["page_size"], s["reserved"])
        c = self.c = sqlite3.connect(self.path, isolation_level=None)
        c.execute("PRAGMA secure_delete=" + s["secure_delete"])
        c.execute("PRAGMA page_size=%d" % s["page_size"])
        c.execute("PRAGMA auto_vacuum=%d" % s["auto_vacuum"])
        c.execute("PRAGMA encoding='%s'" % s["encoding"])
        c.execute("PRAGMA journal_mode=" + s["journal"])
        c.execute("PRAGMA synchronous=OFF")
        c.execute("PRAGMA cache_size=%d" % self.r.choice([10, 50, 2000]))

    def schema(self):
        r, c, self.tables = self.r, self.c, []
        for name in r.sample(NAMES, r.randrange(2, 5)):
            q, kind = quote(name), r.randrange(4)
            key = ["id INTEGER PRIMARY KEY", "id INTEGER PRIMARY KEY "
                   "AUTOINCREMENT", "id TEXT PRIMARY KEY", "id TEXT"][kind]
            tail = " WITHOUT ROWID" if kind == 2 else ""
            c.execute("CREATE TABLE %s(%s, a, b, n INT)%s" % (q, key, tail))
            if r.random() < .7:
                c.execute("CREATE INDEX %s ON %s(a, n)" % (
                    quote("i " + name), q))
            if r.random() < .3:
                c.execute("CREATE INDEX %s ON %s(b) WHERE n > 3" % (
                    quote("p " + name), q))
            self.tables.append((q, kind >= 2))
        if self.shape["fts"]:
            c.execute("CREATE VIRTUAL TABLE ft5 USING fts5(x, y)")
            c.execute("CREATE VIRTUAL TABLE \"ft'4\" USING fts4(x)")

    def insert(self, n):
        for q, text in self.tables:
            self.c.executemany(
                "INSERT OR IGNORE INTO %s(id, a, b, n) VALUES (?,?,?,?)" % q,
                [(self.mark() if text else self.r.choice(
                    [None, self.r.getrandbits(40)]), self.value(),
                  self.value() if self.r.random() < .6 else None,
                  self.r.randrange(9)) for _ in range(n)])
        if self.shape["fts"]:
            for _ in range(n // 4):
                self.c.execute("INSERT INTO ft5 VALUES (?, ?)", (
                    self.mark() + " said", "to " + self.mark()))
                self.c.execute("INSERT INTO \"ft'4\" VALUES (?)",
                               (self.mark() + " wrote",))

    def step(self):
        r, c = self.r, self.c
        q = r.choice(self.tables)[0]
        what = r.randrange(9)
        c.execute("BEGIN")
        if what <= 2:
            c.execute("DELETE FROM %s WHERE n = ?" % q, (r.randrange(9),))
        elif what <= 4:
            for row in c.execute("SELECT id FROM %s WHERE n = ?" % q, (
                    r.randrange(9),)).fetchall():
                c.execute("UPDATE %s SET a = ?, n = ? WHERE id = ?" % q, (
                    self.value(), r.randrange(9), row[0]))
        elif what == 5:
            self.insert(self.rows // 8)
        elif what == 6 and self.shape["fts"]:
            c.execute("DELETE FROM ft5 WHERE rowid % 3 = 0")
            c.execute("DELETE FROM \"ft'4\" WHERE docid % 3 = 0")
        elif what == 7:
            c.execute("SAVEPOINT s")
            c.execute("UPDATE %s SET b = ?" % q, (self.value(),))
            c.execute("ROLLBACK TO s")
            c.execute("UPDATE %s SET b = NULL WHERE n > 5" % q)
        c.execute("COMMIT")
        if what == 8:
            c.execute("PRAGMA incremental_vacuum(%d)" % r.randrange(1, 5))

    def drop(self):
        """A table that is gone, with a literal in the schema as well."""
        self.c.execute("CREATE TABLE gone(x)")
        self.c.execute("CREATE VIEW v AS SELECT '%s'" % self.mark())
        self.c.executemany("INSERT INTO gone VALUES (?)",
                           [(self.value(),) for _ in range(self.rows // 4)])
        self.c.execute("DROP TABLE gone")
        self.c.execute("DROP VIEW v")

    def make(self, close=True):
        self.start()
        self.schema()
        self.c.execute("BEGIN")
        self.insert(self.rows)
        self.c.execute("COMMIT")
        self.drop()
        for _ in range(12):
            self.step()
        self.c.execute("DELETE FROM %s WHERE n < 4" % self.tables[0][0])
        if close:
            self.c.close()


def left_open(path, seed, **fixed):
    """As a killed application leaves it: the log or the journal of a
    transaction under way beside it."""
    m = Maker(path + ".open", seed, **fixed)
    m.make(close=False)
    m.c.execute("PRAGMA synchronous=FULL")
    m.c.execute("PRAGMA cache_size=4")
    m.step()
    m.c.execute("BEGIN")
    for q, _ in m.tables:
        m.c.execute("DELETE FROM %s WHERE n > 6" % q)
    for end in ("", "-wal", "-journal"):
        if os.path.exists(path + end):
            os.unlink(path + end)
        if os.path.exists(path + ".open" + end):
            shutil.copyfile(path + ".open" + end, path + end)
    m.c.execute("ROLLBACK")
    m.c.close()
    for end in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(path + ".open" + end):
            os.unlink(path + ".open" + end)
    return m


SHADOWS = ("_data", "_idx", "_docsize", "_config", "_content", "_segments",
           "_segdir", "_stat")


def tables(c):
    """Of the application, virtual ones by their own rows."""
    all_ = c.execute("SELECT name, sql FROM sqlite_schema WHERE type = "
                     "'table'").fetchall()
    virtual = [n for n, s in all_ if s.startswith("CREATE VIRTUAL")]
    return [n for n, _ in all_ if not any(
        n == v + s for v in virtual for s in SHADOWS)]


def said(path):
    """All that the database says: rows of every table, and its schema."""
    c = sqlite3.connect(path)
    c.text_factory = bytes
    names = [n if isinstance(n, str) else n.decode()
             for n in _names(path)]
    out = [("schema", c.execute("SELECT type, name, tbl_name, sql FROM "
                                "sqlite_schema ORDER BY 1, 2").fetchall())]
    for n in names:
        out.append((n, c.execute("SELECT * FROM " + quote(n)).fetchall()))
    sound = c.execute("PRAGMA integrity_check").fetchone()[0]
    version = [c.execute("PRAGMA " + p).fetchone()[0] for p in (
        "user_version", "application_id", "encoding", "schema_version",
        "page_size", "auto_vacuum", "journal_mode")]
    c.close()
    return out, sound, version


def _names(path):
    c = sqlite3.connect(path)
    out = tables(c)
    c.close()
    return out


def live(path):
    """Tails of the markers that some row has."""
    out = set()
    for name, rows in said(path)[0]:
        for row in rows:
            for v in row:
                if isinstance(v, bytes):
                    out |= sqpage.marks(v)
    return out


def around(path):
    """The bytes of the file and of what lies beside it."""
    out = b""
    for end in ("", "-wal", "-journal"):
        if os.path.exists(path + end):
            with open(path + end, "rb") as f:
                out += f.read()
    return out


def dump(path):
    """`.dump`, but for what a full-text index keeps as bytes of its own."""
    r = subprocess.run(["sqlite3", path, ".dump"], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=60)
    skip = tuple(("INSERT INTO %s" % p + t).encode() for t in (
        "ft5_data", "ft5_idx", "ft''4_seg", "ft'4_seg") for p in ("", "'",
                                                                 '"'))
    return [x for x in r.stdout.split(b"\n") if not x.startswith(skip)]


SHELL = os.environ.get("SQLITE3_RECOVER", "sqlite3")


def recovered(path, *how):
    """What the shell's .recover makes of it; None: it was built without."""
    r = subprocess.run([SHELL, path, ".recover " + " ".join(how)],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       timeout=60)
    return None if r.stdout.startswith(b"sql error: SQL logic") else r.stdout


def read_all(path):
    """What SQLite reads of a damaged one: rows until it stops, and why."""
    out = []
    try:
        c = sqlite3.connect("file:" + path + "?mode=ro", uri=True)
        c.text_factory = bytes
        names = [r[0].decode() for r in c.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT "
            "LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'ft%\\_%' ESCAPE '\\'")]
    except (sqlite3.Error, UnicodeDecodeError) as why:
        return [str(why)]
    for n in names:
        for how in ("SELECT * FROM %s NOT INDEXED", "SELECT a, n FROM %s "
                    "ORDER BY a, n", "SELECT * FROM %s NOT INDEXED ORDER BY "
                    "rowid DESC"):
            rows, end = [], "end"
            try:
                for row in c.execute(how % quote(n)):
                    rows.append(row)
                    if len(rows) > 20000:
                        break
            except sqlite3.Error as why:
                end = str(why)
            except (ValueError, OverflowError, MemoryError) as why:
                end = type(why).__name__
            out.append((n, how, rows, end))
    c.close()
    return out
