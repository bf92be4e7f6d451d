#!/usr/bin/env python3
# Proves on raw images that a pass leaves nothing: databases of every kind on
# loop devices with ext4 and xfs, a pass of retentiond, and no marker of an
# erased or an earlier value in database, side files or image; and that where
# that cannot be had (btrfs, shared extents, journalled data) the trail says so.

import itertools
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import loopdisk  # noqa: E402
import rt  # noqa: E402
import scrubdb  # noqa: E402
import sqpage  # noqa: E402

OLD, NEW = 1262304000, 1893456000 - 5 * 365 * 86400
MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = ""; job_timeout = "2 minutes";
brake = { rows = 1000000; share = 1.0; };
"""
POLICY = """notice = { id = "n"; title = "N"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( %s );
datasets = ( %s );
"""
STORE = '{ name = "%s"; sqlite = "../data/%s.db"; }'
DATASET = """{ name = "%s-%s"; promise = "kept for two years"; basis = "test";
  mode = "enforce"; store = "%s"; table = "%s"; action = "delete";
  keep = { period = "2 years"; from = "at"; clock = "unix"; }; }"""

# journal, secure_delete, auto_vacuum, page, encoding: each with each of the
# next at least once; -open: an application has it open meanwhile.
KINDS = [(j, s, v, p, e) for (j, s, v), (p, e) in zip(
    itertools.product(["delete", "truncate", "persist", "wal", "wal-open"],
                      ["OFF", "ON"], [0, 1, 2]),
    itertools.cycle([(4096, "UTF-8"), (1024, "UTF-8"), (4096, "UTF-16le"),
                     (512, "UTF-8"), (8192, "UTF-16be"), (65536, "UTF-8"),
                     (16384, "UTF-8")]))]
RESERVED = 8            # bytes of each page, in every fifth of them
ROWS = 240
SURE = "overwritten-in-place"


def name(kind):
    return "-".join(str(x) for x in kind).lower().replace("utf-", "u")


def make(path, kind, seed):
    """A past, and half of the rows due."""
    journal, secure, vacuum, page, encoding = kind
    r = random.Random(seed)

    def value(most=3):
        v = "%013xz" % r.getrandbits(52) + "w" * r.choice(
            [0, 8, 60, 300, page][:most + 1])
        return v if r.random() < .7 else v.encode()
    if seed % 5 == 2:
        scrubdb.reserve(path, page, RESERVED)
    c = sqlite3.connect(path, isolation_level=None)
    for p in ("secure_delete=" + secure, "page_size=%d" % page,
              "auto_vacuum=%d" % vacuum, "encoding='%s'" % encoding,
              "synchronous=OFF", "journal_mode=" + journal.split("-")[0]):
        c.execute("PRAGMA " + p).fetchall()
    c.executescript("""
        CREATE TABLE person(id INTEGER PRIMARY KEY AUTOINCREMENT, at INT,
          name, mail, doc);
        CREATE INDEX by_name ON person(name, at);
        CREATE INDEX "by mail" ON person(mail) WHERE mail IS NOT NULL;
        CREATE INDEX by_at ON person(at);
        CREATE TABLE ward(code TEXT PRIMARY KEY, at INT, note) WITHOUT ROWID;
        CREATE TABLE visit(house TEXT, nr INT, at INT, name,
          PRIMARY KEY(house, nr));
        CREATE VIRTUAL TABLE f5 USING fts5(body);
        CREATE VIRTUAL TABLE f4 USING fts4(body);""")
    c.execute("BEGIN")
    for i in range(ROWS):
        at = OLD if r.random() < .5 else NEW
        c.execute("INSERT INTO person(at, name, mail, doc) VALUES (?,?,?,?)",
                  (at, value(), value(), value(4)))
        c.execute("INSERT INTO ward VALUES (?, ?, ?)", (
            "%013xz" % r.getrandbits(52), at, value(4)))
        c.execute("INSERT INTO visit VALUES (?, ?, ?, ?)", (
            "%013xz" % r.getrandbits(52), i, at, value()))
        c.execute("INSERT INTO f5 VALUES (?)", ("said %013xz" %
                                                r.getrandbits(52),))
        c.execute("INSERT INTO f4 VALUES (?)", ("said %013xz" %
                                                r.getrandbits(52),))
    c.execute("COMMIT")
    for i in range(1, ROWS, 3):
        c.execute("UPDATE person SET mail = ?, doc = ? WHERE id = ?", (
            value(), value(4), i))
    c.executescript("DELETE FROM person WHERE id % 7 = 2;"
                    "DELETE FROM ward WHERE code LIKE '%3z';"
                    "DELETE FROM f5 WHERE rowid % 3 = 0;"
                    "DELETE FROM f4 WHERE docid % 3 = 0;"
                    "CREATE TABLE gone AS SELECT * FROM ward;"
                    "DROP TABLE gone")
    return c


def setup(disk):
    s = rt.Setup()
    os.makedirs(s.data())
    os.mkdir(s.path("policies.d"))
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "n.conf"), "w") as f:
        f.write(POLICY % (
            ",\n".join(STORE % ("s%d" % i, name(k))
                       for i, k in enumerate(KINDS)),
            ",\n".join(DATASET % ("d%d" % i, t, "s%d" % i, t)
                       for i in range(len(KINDS))
                       for t in ("person", "ward", "visit"))))
    disk.at = s.data()
    return s


class Past:
    """Made once, elsewhere: what applications left in free blocks of a disk is
    out of reach, and no matter here."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="retention-past.")
        self.all = {}
        for i, k in enumerate(KINDS):
            path = os.path.join(self.dir, name(k) + ".db")
            c = make(path, k, i)
            self.all[k] = sqpage.marks(scrubdb.around(path))
            if k[0] == "wal-open":
                for e in ("", "-wal"):
                    shutil.copyfile(path + e, path + ".copy" + e)
                c.close()
                for e in ("", "-wal"):
                    os.rename(path + ".copy" + e, path + e)
            else:
                c.close()

    def put(self, folder):
        for f in os.listdir(self.dir):
            if not f.endswith("-shm"):
                shutil.copyfile(os.path.join(self.dir, f),
                                os.path.join(folder, f))
        os.sync()


def outcomes(s):
    """(method, assurance) of each outcome that erased something."""
    return {(r["method"], r.get("assurance"), r.get("error"))
            for r in s.trail() if r["type"] in ("done", "fail")
            and r["erased"] > 0}


def run(past, label, kind, options="", before=None):
    """Markers that are gone: in files, in the image; what the trail says."""
    disk = loopdisk.Disk(kind)
    s = setup(disk)
    disk.mount()
    past.put(s.data())
    if before:
        before(s.data())
    disk.umount()
    disk.mount(options)
    open_ = [sqlite3.connect(s.data(name(k) + ".db")) for k in KINDS
             if k[0] == "wal-open"]
    for c in open_:
        c.execute("SELECT count(*) FROM person").fetchall()
    began = time.monotonic()
    r = s._run(
        [rt.program("retentiond"), "-c", s.conf, "--once"], timeout=500)
    took = time.monotonic() - began
    for c in open_:
        c.close()
    gone, inside, due, odd = set(), {}, 0, []
    for k in KINDS:
        path = s.data(name(k) + ".db")
        side = scrubdb.around(path)
        said, sound, _ = scrubdb.said(path)
        alive = scrubdb.live(path)
        gone |= past.all[k] - alive
        left = sqpage.left(side, k[3], alive) & past.all[k]
        if left:
            inside[name(k)] = len(left)
        c = sqlite3.connect(path)
        due += c.execute("SELECT (SELECT count(*) FROM person WHERE at < ?) +"
                         " (SELECT count(*) FROM ward WHERE at < ?) + (SELECT"
                         " count(*) FROM visit WHERE at < ?)",
                         (NEW,) * 3).fetchone()[0]
        c.close()
        if sound != b"ok":
            odd.append("%s: %r" % (name(k), sound))
    says = outcomes(s)
    disk.umount()
    raw = len(disk.marks() & gone)
    print("# %s: %d databases, %d s; %d markers had to go; in files %d, in the"
          " image %d; %s" % (label, len(KINDS), took, len(gone),
                             sum(inside.values()), raw, sorted(
                                 "%s %s %s" % x for x in says)))
    rt.same((r.returncode, due, odd), (0, 0, []), label + ": every due row is"
            " gone, the others are sound")
    rt.none(["%s: %d" % x for x in inside.items()], label +
            ": nothing in database, log or journal")
    disk.gone()
    return len(gone), raw, says


def main():
    why = loopdisk.missing("ext4", "xfs", "btrfs")
    if why:
        rt.skip_all(why)
    past = Past()

    def shared(folder):
        os.mkdir(os.path.join(folder, "copies"))
        for f in os.listdir(folder):
            if f.endswith(".db"):
                subprocess.run(["cp", "--reflink=always", os.path.join(
                    folder, f), os.path.join(folder, "copies", f)],
                    check=True)
    for label, kind, options, before, want in (
            ("ext4", "ext4", "data=ordered", None, SURE),
            ("xfs", "xfs", "", None, SURE),
            ("ext4, journalled data", "ext4", "data=journal", None,
             "logical-only (journalled data)"),
            ("btrfs", "btrfs", "", None, "logical-only (copy on write)"),
            ("xfs, shared extents", "xfs", "", shared,
             "logical-only (shared extents)")):
        if not os.environ.get("SCRUB_DISK", label) == label:
            continue
        n, raw, says = run(past, label, kind, options, before)
        rt.ok(n > 1000, label + ": there was something to erase")
        rt.none(["%s %s %s" % x for x in says if "+scrub" not in x[0] or x[2]],
                label + ": every outcome says that it was scrubbed")
        rt.none(["%s %s" % x[:2] for x in says if x[1] != want],
                "%s: every outcome says %s" % (label, want))
        if want == SURE:
            rt.same(raw, 0, label + ": nothing in the image")
        else:
            print("# %s: %d of %d survive in the image, as was said" % (
                label, raw, n))
    shutil.rmtree(past.dir)
    rt.done()


main()
