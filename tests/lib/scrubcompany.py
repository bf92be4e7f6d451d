"""scrubcompany - applications that use a database while it is scrubbed: each
a process, which counts what it did and what went wrong.

Rows are (id, v, sum): sum is of v's bytes, and the table `total` says how many
rows there are and what their sums add up to, in every commit."""

import multiprocessing as mp
import random
import sqlite3
import time
import zlib

import sqpage

WAIT = 30


def value(r):
    return "%013xz" % r.getrandbits(52) + "w" * r.choice(
        [0, 5, 30, 100, 300, 900, 6000])


def rows(r, n):
    out = []
    for _ in range(n):
        v = value(r)
        out.append((v, zlib.crc32(v.encode())))
    return out


def create(path, journal, n, page=4096):
    """A third of the rows goes, and is left lying about: tails of markers
    that nobody has any more."""
    r = random.Random(7)
    c = sqlite3.connect(path, isolation_level=None)
    for p in ("secure_delete=OFF", "page_size=%d" % page, "synchronous=OFF",
              "journal_mode=" + journal):
        c.execute("PRAGMA " + p)
    c.executescript("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, sum INT);"
                    "CREATE INDEX by_v ON t(v, sum);"
                    "CREATE TABLE total(n, sum); BEGIN")
    c.executemany("INSERT INTO t(v, sum) VALUES (?, ?)", rows(r, n))
    old = {x[0][:14].encode() for x in c.execute("SELECT v FROM t")}
    c.execute("DELETE FROM t WHERE id % 3 = 1")
    c.executemany("UPDATE t SET v = ?, sum = ? WHERE id = ?", [
        x + (3 * i,) for i, x in enumerate(rows(r, n // 6), 1)])
    c.execute("INSERT INTO total SELECT count(*), sum(sum) FROM t")
    c.execute("COMMIT")
    live = {x[0][:14].encode() for x in c.execute("SELECT v FROM t")}
    c.close()
    return {m[3:] for m in old - live}


def open_app(path, *pragmas):
    c = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
    for p in ("secure_delete=OFF", "synchronous=OFF") + pragmas:
        c.execute("PRAGMA " + p).fetchall()
    return c


def change(c, r):
    """One transaction: some rows get other values, some go, some come."""
    c.execute("BEGIN IMMEDIATE")
    most = c.execute("SELECT max(id) FROM t").fetchone()[0]
    at = r.randrange(most)
    for x, (i,) in zip(rows(r, 12), c.execute(
            "SELECT id FROM t WHERE id >= ? LIMIT 12", (at,)).fetchall()):
        c.execute("UPDATE t SET v = ?, sum = ? WHERE id = ?", x + (i,))
    c.execute("DELETE FROM t WHERE id IN (SELECT id FROM t WHERE id > ? "
              "LIMIT 4)", (r.randrange(most),))
    c.executemany("INSERT INTO t(v, sum) VALUES (?, ?)", rows(r, 4))
    c.execute("UPDATE total SET n = (SELECT count(*) FROM t), sum = "
              "(SELECT sum(sum) FROM t)")
    c.execute("COMMIT")


def look(c):
    return c.execute("SELECT (SELECT n FROM total) - count(*) + (SELECT sum "
                     "FROM total) - sum(sum) FROM t NOT INDEXED").fetchone()[0]


def whole(c):
    """Every row by its own sum: how many are wrong."""
    return sum(zlib.crc32(v.encode()) != s for v, s in c.execute(
        "SELECT v, sum FROM t"))


def writer(path, r):
    """Its cache holds the whole file all the time."""
    c = open_app(path, "cache_size=-200000")
    look(c)
    while True:
        change(c, r)
        yield None
        time.sleep(.004)


def reader(path, r):
    c = open_app(path, "cache_size=-200000")
    while True:
        yield "wrong sums" if look(c) else None
        yield "wrong rows" if r.random() < .05 and whole(c) else None
        time.sleep(.01)


def mapper(path, r):
    c = open_app(path, "mmap_size=1000000000", "cache_size=10")
    while True:
        yield "wrong sums by a mapping" if look(c) else None
        change(c, r)
        time.sleep(.1)


def owner(path, r):
    """Has the file for itself now and then.  It asks for that inside of a
    transaction: who keeps a shared lock while asking waits for those who wait
    for it.  With a log the mode shuts out itself: only the lock, then."""
    while True:
        c = open_app(path, "cache_size=-200000")
        wal = c.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        c.execute("BEGIN EXCLUSIVE")
        if not wal:
            c.execute("PRAGMA locking_mode=EXCLUSIVE")
        time.sleep(.1)
        c.execute("COMMIT")
        change(c, r)
        look(c)
        change(c, r)
        c.close()
        yield None
        time.sleep(r.uniform(.5, 1.5))


def pinned(path, r):
    """A long transaction, which must see one state throughout."""
    c = open_app(path)
    while True:
        c.execute("BEGIN")
        was = c.execute("SELECT n, sum FROM total").fetchone()
        time.sleep(r.uniform(.2, 1))
        now = c.execute("SELECT count(*), sum(sum) FROM t").fetchone()
        c.execute("COMMIT")
        yield "another state in one transaction" if was != now else None
        time.sleep(r.uniform(.2, 1))


WHO = [writer, writer, reader, mapper, owner, pinned]


def _life(who, path, seed, stop, out):
    n, faults, r = 0, [], random.Random(seed)
    while not stop.is_set() and len(faults) < 5:
        try:
            for fault in who(path, r):
                n += 1
                if fault:
                    faults.append(fault)
                if stop.is_set():
                    break
        except sqlite3.Error as why:
            faults.append(str(why))
    out.put((who.__name__, n, ["%s: %s" % (who.__name__, f)
                               for f in faults]))


class Company:
    def __init__(self, path, who=tuple(WHO)):
        self.stop, self.out = mp.Event(), mp.Queue()
        self.all = [mp.Process(target=_life, args=(
            w, path, i, self.stop, self.out)) for i, w in enumerate(who)]
        for p in self.all:
            p.start()

    def leave(self):
        """(what each did, faults)."""
        self.stop.set()
        got = [self.out.get(timeout=120) for _ in self.all]
        for p in self.all:
            p.join()
        return (", ".join("%s %d" % x[:2] for x in sorted(got)),
                [f for x in got for f in x[2]])


def back(data, gone):
    """How many of those that were gone are there."""
    return len(sqpage.marks(data) & gone)
