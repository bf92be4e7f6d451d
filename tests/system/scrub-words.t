#!/usr/bin/env python3
# Proves that nothing of an erased row's words is left in full-text indexes of
# every kind that an application's triggers keep, nor in what ANALYZE sampled,
# and that the words and samples of rows that stay are still there.

import os
import random
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import rt  # noqa: E402
import scrubdb  # noqa: E402
import sqpage  # noqa: E402

MAIN = """policies = "policies.d"; state = "state"; control = "control.sock";
origin = "host1.example.org"; metrics = "";
brake = { rows = 1000000; share = 1.0; };
"""
POLICY = """notice = { id = "n"; title = "N"; controller = "Example";
  owner = "Head of Examples"; review_by = "2030-03-31"; };
stores = ( %s ); datasets = ( %s );
"""
STORE = '{ name = "%s"; sqlite = "../data/%s.db"; }'
DATASET = """{ name = "d%s"; promise = "two years"; basis = "test";
  mode = "enforce"; store = "%s"; table = "p"; action = "delete";
  keep = { period = "2 years"; from = "at"; clock = "unix"; }; }"""
OLD, NEW = 1262304000, 1893456000 - 5 * 365 * 86400

# By name: how it is made, what a trigger does when a row goes.
GONE = "DELETE FROM %s WHERE rowid = old.id;"
VOID = "INSERT INTO %s(%s, rowid, body) VALUES ('delete', old.id, old.body);"
INDEXES = {
    "fts3": ("fts3(body)", GONE), "fts4": ("fts4(body)", GONE),
    "fts4-prefix": ("fts4(body, prefix='4,8')", GONE),
    "fts4-external": ("fts4(content='p', body)", GONE),
    "fts5": ("fts5(body)", GONE),
    "fts5-prefix": ("fts5(body, prefix='4 8')", GONE),
    "fts5-external": ("fts5(body, content='p', content_rowid='id')", VOID),
    "fts5-contentless": ("fts5(body, content='')", VOID),
    "fts5-columns": ("fts5(body, detail=column)", GONE),
}
ROWS = 400


def word(r):
    return "%013Xz" % r.getrandbits(52)


def make(path, kind, journal, seed):
    """Words by the rows' ids."""
    r, words = random.Random(seed), {}
    how, gone = INDEXES[kind]
    c = sqlite3.connect(path, isolation_level=None)
    for p in ("secure_delete=OFF", "page_size=%d" % r.choice([512, 4096]),
              "journal_mode=" + journal, "encoding='%s'" % r.choice(
                  ["UTF-8", "UTF-16le"])):
        c.execute("PRAGMA " + p).fetchall()
    c.execute("CREATE TABLE p(id INTEGER PRIMARY KEY, at INT, body)")
    c.execute("CREATE VIRTUAL TABLE i USING " + how)
    c.execute("CREATE TRIGGER p_bd BEFORE DELETE ON p BEGIN %s END" % (
        gone % (("i",) * gone.count("%s"))))
    for i in range(0, ROWS, 20):            # a segment each
        c.execute("BEGIN")
        for k in range(i, i + 20):
            words[k] = [word(r) for _ in range(3)]
            row = (k, OLD if r.random() < .5 else NEW, " ".join(words[k]))
            c.execute("INSERT INTO p VALUES (?, ?, ?)", row)
            c.execute("INSERT INTO i(rowid, body) VALUES (?, ?)",
                      (k, row[2]))
        c.execute("COMMIT")
    c.execute("DELETE FROM p WHERE id % 9 = 4")
    c.close()
    return words


def tails(words):
    return {w[-11:].lower().encode() for w in words}


def samples(path):
    """Samples as a library with STAT4 makes them, of four tables."""
    r = random.Random(9)
    c = sqlite3.connect(path)
    c.executescript("""
      PRAGMA secure_delete=OFF;
      CREATE TABLE p(id INTEGER PRIMARY KEY, at INT, name);
      CREATE TABLE child(id INTEGER PRIMARY KEY, name, of INT
        REFERENCES p);
      CREATE TABLE "Grand Child"(name, of INT REFERENCES CHILD);
      CREATE TABLE other(id INTEGER PRIMARY KEY, name);
      CREATE INDEX p_name ON p(name); CREATE INDEX other_name ON other(name);
      ANALYZE;
      CREATE TABLE sample(tbl, idx, neq, nlt, ndlt, sample);
      PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET name = 'sqlite_stat4', tbl_name =
        'sqlite_stat4', sql = replace(sql, 'sample(', 'sqlite_stat4(')
        WHERE name = 'sample';
      PRAGMA writable_schema=RESET;""")
    words = {}
    for t, old in (("p", 3), ("child", 0), ("Grand Child", 0), ("other", 0)):
        words[t] = [word(r) for _ in range(30)]
        for i, w in enumerate(words[t]):
            if t == "p":
                c.execute("INSERT INTO p VALUES (?, ?, ?)", (
                    i, OLD if i % old else NEW, w))
            c.execute("INSERT INTO sqlite_stat4 VALUES (?, ?, 1, 1, 1, ?)", (
                t, t + "_name", w.encode()))
    c.commit()
    c.close()
    return words


def main():
    s = rt.Setup()
    os.makedirs(s.data())
    os.mkdir(s.path("policies.d"))
    kinds = [(k, j) for k in INDEXES for j in ("delete", "wal")]
    words = {"-".join(x): make(s.data("-".join(x) + ".db"), *x, i)
             for i, x in enumerate(kinds)}
    sampled = samples(s.data("samples.db"))
    names = list(words) + ["samples"]
    with open(s.conf, "w") as f:
        f.write(MAIN)
    with open(s.path("policies.d", "n.conf"), "w") as f:
        f.write(POLICY % (", ".join(STORE % (n, n) for n in names),
                          ", ".join(DATASET % (n, n) for n in names)))
    was = {n: sqpage.marks(scrubdb.around(s.data(n + ".db"))) for n in names}
    r = s._run([rt.program("retentiond"), "-c", s.conf, "--once"], timeout=200)
    rt.same((r.returncode, {x["method"] for x in s.trail()
                            if x["type"] in ("done", "fail")}),
            (0, {"sqlite-secure-delete+scrub"}), "a pass")
    for n in words:
        path = s.data(n + ".db")
        c = sqlite3.connect(path)
        stay = {x[0] for x in c.execute("SELECT id FROM p")}
        gone = tails(w for k in words[n] if k not in stay
                     for w in words[n][k])
        found = [k for k in stay if c.execute(
            "SELECT count(*) FROM i WHERE i MATCH ?", (words[n][k][1],)
        ).fetchone()[0] != 1]
        sound = c.execute("PRAGMA integrity_check").fetchone()[0]
        c.close()
        left = sqpage.marks(scrubdb.around(path)) & gone
        rt.ok(len(gone & was[n]) > 400 and len(stay) > 100,
              "%s: %d words had to go" % (n, len(gone & was[n])))
        rt.same((len(left), found, sound), (0, [], "ok"),
                n + ": they went, the others are found")
    c = sqlite3.connect(s.data("samples.db"))
    rt.same(c.execute("SELECT tbl, count(*) FROM sqlite_stat4 GROUP BY 1"
                      ).fetchall(), [("other", 30)],
            "samples of the table and of those that refer to it are gone")
    stay = {x[0] for x in c.execute("SELECT name FROM p")}
    c.close()
    left = sqpage.marks(scrubdb.around(s.data("samples.db"))) & (
        tails(sampled["p"]) - tails(stay) | tails(sampled["child"]))
    rt.same((len(stay), sorted(left)), (10, []),
            "and nothing of them is in the file")
    s.close()
    rt.done()


main()
