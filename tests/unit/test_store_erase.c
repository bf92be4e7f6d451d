/*
 * Erasing takes exactly the due rows, whatever their key, and leaves every
 * other row byte for byte; what changes under way is kept.
 */
#include "storetest.h"
#include "tap.h"

#define NOW INT64_C(1700000000000)
#define OLD "1699900000"		/* more than a day before */
#define NEW "1699950000"

static const struct wall now = { NOW };

static int
erase(struct fixture *f, const struct rule_dataset *d, struct told *t,
    struct store_result *r)
{
	struct store_sink sink = told_sink(t);

	*r = (struct store_result){ .erased = 0 };
	if (fixture_store(f, STORE_WRITE) == -1)
		return -1;
	return store_erase(f->st, d, now, &sink, r, &f->e);
}

struct shape {
	const char *name, *sql;
	const char *table;
	size_t n_key;
	const char *key[3];
	bool refused;
};

static const struct shape shapes[] = {
	{ .name = "integer primary key", .table = "t", .sql =
	    "CREATE TABLE t(id INTEGER PRIMARY KEY, x, c)" },
	{ .name = "rowid", .table = "t", .sql = "CREATE TABLE t(x, c)" },
	{ .name = "text primary key", .table = "t", .sql =
	    "CREATE TABLE t(x TEXT PRIMARY KEY, c)" },
	{ .name = "composite", .table = "t", .sql =
	    "CREATE TABLE t(x INT NOT NULL, y DEFAULT 'y', c, "
	    "PRIMARY KEY (y, x))" },
	{ .name = "without rowid", .table = "t", .sql =
	    "CREATE TABLE t(x BLOB PRIMARY KEY, c) WITHOUT ROWID" },
	{ .name = "nocase key", .table = "t", .sql =
	    "CREATE TABLE t(x TEXT COLLATE NOCASE PRIMARY KEY, c)" },
	{ .name = "named key", .table = "t", .n_key = 1, .key = { "x" },
	    .sql = "CREATE TABLE t(id INTEGER PRIMARY KEY, "
	    "x TEXT NOT NULL UNIQUE, c)" },
	{ .name = "weird names", .table = "we\"ird; DROP TABLE t;--", .sql =
	    "CREATE TABLE \"we\"\"ird; DROP TABLE t;--\"(\"x\" , c, \"sel'ect\""
	    " DEFAULT 1); CREATE TABLE t(a)" },
	{ .name = "named key, not unique", .table = "t", .n_key = 1,
	    .key = { "x" }, .refused = true, .sql =
	    "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT NOT NULL, c)" },
	{ .name = "unique of another collation", .table = "t", .n_key = 1,
	    .key = { "x" }, .refused = true, .sql = "CREATE TABLE t(id INTEGER "
	    "PRIMARY KEY, x TEXT NOT NULL COLLATE NOCASE, c); "
	    "CREATE UNIQUE INDEX u ON t(x COLLATE BINARY)" },
	{ .name = "partial unique", .table = "t", .n_key = 1,
	    .key = { "x" }, .refused = true, .sql = "CREATE TABLE t(id INTEGER "
	    "PRIMARY KEY, x TEXT NOT NULL, c); "
	    "CREATE UNIQUE INDEX u ON t(x) WHERE c > 5" },
	{ .name = "hidden rowids", .table = "t", .refused = true, .sql =
	    "CREATE TABLE t(x, c, rowid, _rowid_, oid)" },
	{ .name = "one hidden rowid", .table = "t", .sql =
	    "CREATE TABLE t(x, c, rowid, oid)" },
	{ .name = "view", .table = "v", .refused = true, .sql =
	    "CREATE TABLE t(x, c); CREATE VIEW v AS SELECT * FROM t" },
	{ .name = "virtual table", .table = "t", .refused = true, .sql =
	    "CREATE VIRTUAL TABLE t USING fts5(x, c)" },
};

static void
fill(struct fixture *f, const char *table, int n)
{
	char *sql = sqlite3_mprintf("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL"
	    " SELECT i + 1 FROM s WHERE i < %d) INSERT INTO \"%w\"(x, c) "
	    "SELECT 'k' || i, CASE i %% 3 WHEN 0 THEN " OLD " WHEN 1 THEN " NEW
	    " ELSE NULL END FROM s", n, table);

	fixture_sql(f, sql);
	sqlite3_free(sql);
}

static void
test_shape(const struct shape *s, bool wal, bool index)
{
	struct fixture f;
	struct told t;
	struct store_result r;
	struct store_counts n = { .total = 0 };
	struct rule_dataset d = a_rule(s->table, "c");
	char *sql = sqlite3_mprintf("CREATE TABLE kept AS SELECT * FROM \"%w\" "
	    "WHERE c IS NULL OR c > " OLD, s->table);
	char *same = sqlite3_mprintf("SELECT (SELECT count(*) FROM \"%w\") = "
	    "(SELECT count(*) FROM kept) AND NOT EXISTS (SELECT * FROM kept "
	    "EXCEPT SELECT * FROM \"%w\")", s->table, s->table);
	char *ix = sqlite3_mprintf("CREATE INDEX cx ON \"%w\"(c)", s->table);

	fixture_open(&f, wal ? "PRAGMA journal_mode=WAL" : "SELECT 1");
	fixture_sql(&f, s->sql);
	if (index && !s->refused)
		fixture_sql(&f, ix);
	if (strcmp(s->table, "v") != 0)
		fill(&f, s->table, 300);
	fixture_sql(&f, sql);
	d.n_key = s->n_key;
	d.key = s->key;
	if (s->refused) {
		int rc = erase(&f, &d, &t, &r);

		ok(rc == -1 && f.e.code == ERR_REFUSED && t.gos == 0,
		    "%s: refused: %s", s->name, f.e.text);
	} else {
		fixture_store(&f, STORE_READ);
		ok(store_plan(f.st, &d, now, &n, &f.e) == 0 && n.due == 100 &&
		    n.undated == 100 && n.kept == 100 && n.total == 300,
		    "%s: plan %llu: %s", s->name, (unsigned long long)n.due,
		    f.e.text);
		int rc = erase(&f, &d, &t, &r);
		ok(rc == 0 && r.erased == 100 && r.left == 0 && !r.more &&
		    t.erased == n.due && t.gos == 1 && t.intents == 1 &&
		    t.dones == 1 && t.n == 100 && t.root_ok && t.sum_ok,
		    "%s: erased %llu: %s", s->name,
		    (unsigned long long)r.erased, f.e.text);
		ok(fixture_int(&f, same) == 1, "%s: the others are as they "
		    "were", s->name);
		ok(erase(&f, &d, &t, &r) == 0 && r.erased == 0 && t.gos == 0 &&
		    t.ops == 0, "%s: nothing left to do", s->name);
	}
	free(n.clause);
	sqlite3_free(sql);
	sqlite3_free(same);
	sqlite3_free(ix);
	fixture_close(&f);
}

static struct fixture *under_way;
static const char *under_way_sql;

static void
change_under_way(struct told *t)
{
	(void)t;
	fixture_sql(under_way, under_way_sql);
}

/* Between the selection and the erasing the application does something. */
static int
erase_while(struct fixture *f, const char *sql, struct told *t,
    struct store_result *r)
{
	struct rule_dataset d = a_rule("t", "c");
	struct store_sink sink = told_sink(t);

	*r = (struct store_result){ .erased = 0 };
	t->on_go = change_under_way;
	under_way = f;
	under_way_sql = sql;
	fixture_store(f, STORE_WRITE);
	return store_erase(f->st, &d, now, &sink, r, &f->e);
}

static void
test_under_way(void)
{
	static const char table[] = "CREATE TABLE t(x INTEGER PRIMARY KEY, c);"
	    "INSERT INTO t VALUES (1, " OLD "), (2, " OLD "), (3, " OLD ")";
	struct fixture f;
	struct told t;
	struct store_result r;

	fixture_open(&f, table);
	ok(erase_while(&f, "UPDATE t SET c = " NEW " WHERE x = 2; DELETE FROM "
	    "t WHERE x = 3", &t, &r) == 0 && r.erased == 1 &&
	    r.skipped_drift == 2 && t.sum_ok, "touched rows are kept: %llu",
	    (unsigned long long)r.skipped_drift);
	ok(fixture_int(&f, "SELECT x FROM t") == 2, "the touched row is there");
	fixture_close(&f);

	fixture_open(&f, table);
	ok(erase_while(&f, "ALTER TABLE t ADD COLUMN y", &t, &r) == -1 &&
	    f.e.code == ERR_CHANGED && t.left == 3 && t.sum_ok,
	    "schema changed under way: %s", f.e.text);
	ok(fixture_int(&f, "SELECT count(*) FROM t") == 3, "nothing done");
	fixture_close(&f);

	fixture_open(&f, table);
	ok(erase_while(&f, "BEGIN IMMEDIATE", &t, &r) == -1 &&
	    f.e.code == ERR_BUSY && t.left == 3, "locked: %s", f.e.text);
	fixture_sql(&f, "COMMIT");
	ok(fixture_int(&f, "SELECT count(*) FROM t") == 3, "nothing done");
	fixture_close(&f);
}

static void
test_stop(void)
{
	struct fixture f;
	struct told t;
	struct store_result r;
	struct rule_dataset d = a_rule("t", "c");
	struct store_sink sink;

	fixture_open(&f, "CREATE TABLE t(x INTEGER PRIMARY KEY, c);"
	    "INSERT INTO t VALUES (1, " OLD ")");
	fixture_store(&f, STORE_WRITE);
	sink = told_sink(&t);
	t.go = 0;
	ok(store_erase(f.st, &d, now, &sink, &r, &f.e) == 0 && r.stopped &&
	    r.more && t.left == 1 && t.dones == 1, "stop stops");
	sink = told_sink(&t);
	t.go = -1;
	ok(store_erase(f.st, &d, now, &sink, &r, &f.e) == -1 &&
	    f.e.code == ERR_TRAIL && t.dones == 0, "no trail, no erasing");
	ok(fixture_int(&f, "SELECT count(*) FROM t") == 1, "I1: still there");
	fixture_store(&f, STORE_READ);
	sink = told_sink(&t);
	ok(store_erase(f.st, &d, now, &sink, &r, &f.e) == -1 && t.ops == 0 &&
	    f.e.code == ERR_REFUSED, "read-only refuses");
	fixture_close(&f);
}

static void
test_rows_refused(void)
{
	struct fixture f;
	struct told t;
	struct store_result r;
	struct rule_dataset d = a_rule("t", "c");

	fixture_open(&f, "CREATE TABLE t(x INTEGER PRIMARY KEY, c);"
	    "CREATE TABLE k(t REFERENCES t);"
	    "CREATE TABLE l(t REFERENCES t DEFERRABLE INITIALLY DEFERRED);"
	    "CREATE TRIGGER a BEFORE DELETE ON t WHEN old.x = 2 BEGIN SELECT "
	    "RAISE(ABORT, 'Jane Doe'); END;"
	    "CREATE TRIGGER b AFTER DELETE ON t WHEN old.x = 5 BEGIN SELECT "
	    "RAISE(ROLLBACK, 'Jane Doe'); END;"
	    "CREATE TABLE log(x); CREATE TRIGGER c AFTER DELETE ON t BEGIN "
	    "INSERT INTO log VALUES (old.x); END;"
	    "CREATE TRIGGER i AFTER DELETE ON t WHEN old.x = 9 BEGIN INSERT "
	    "INTO t VALUES (9, " OLD "); END;"
	    "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s "
	    "WHERE i < 10) INSERT INTO t SELECT i, " OLD " FROM s;"
	    "INSERT INTO k VALUES (3); INSERT INTO l VALUES (7)");
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 5 && r.left == 5 &&
	    t.sum_ok, "constraints keep their rows: %llu erased %llu left %s",
	    (unsigned long long)r.erased, (unsigned long long)r.left,
	    f.e.text);
	ok(fixture_int(&f, "SELECT group_concat(x, '') FROM t") == 23579,
	    "those and no others");
	ok(fixture_int(&f, "SELECT count(*) FROM log") == 6,
	    "triggers ran for erased rows only");
	ok(t.err.code == ERR_STORE && !strstr(t.err.text, "Jane"),
	    "the outcome says why, without data: %s", t.err.text);
	fixture_close(&f);
}

static void
test_children(void)
{
	struct rule_child leaf = { .table = "c2", .column = "c1" };
	struct rule_child child = { .table = "c1", .column = "t",
		.n_children = 1, .children = &leaf };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told t;
	struct store_result r;

	d.n_children = 1;
	d.children = &child;
	fixture_open(&f, "PRAGMA foreign_keys=ON; CREATE TABLE t(x INTEGER "
	    "PRIMARY KEY, c); CREATE TABLE c1(id INTEGER PRIMARY KEY, t "
	    "REFERENCES t); CREATE TABLE c2(c1 REFERENCES c1, d);"
	    "INSERT INTO t VALUES (1, " OLD "), (2, " NEW "), (3, " OLD ");"
	    "INSERT INTO c1 VALUES (10, 1), (11, 1), (12, 2);"
	    "INSERT INTO c2 VALUES (10, 'a'), (11, 'b'), (12, 'c'), (10, 'd');"
	    "CREATE TRIGGER no BEFORE DELETE ON t WHEN old.x = 3 BEGIN SELECT "
	    "RAISE(ABORT, 'no'); END; INSERT INTO c1 VALUES (13, 3)");
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 1 && r.left == 1,
	    "parent with children: %s", f.e.text);
	ok(fixture_int(&f, "SELECT count(*) FROM t") == 2 &&
	    fixture_int(&f, "SELECT group_concat(id, '') FROM c1") == 1213 &&
	    fixture_int(&f, "SELECT count(*) FROM c2 WHERE d = 'c'") == 1 &&
	    fixture_int(&f, "SELECT count(*) FROM c2") == 1, "its children go, "
	    "others' stay, those of a row that is left stay");
	fixture_close(&f);
}

static void
test_large(void)
{
	struct fixture f;
	struct told t;
	struct store_result r;
	struct rule_dataset d = a_rule("t", "c");

	fixture_open(&f, "PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER "
	    "PRIMARY KEY, u INT, c INT); CREATE INDEX tu ON t(u); CREATE INDEX "
	    "tc ON t(c); WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT "
	    "i + 1 FROM s WHERE i < 1200000) INSERT INTO t SELECT i, i * 7919 "
	    "% 100003, CASE WHEN i % 10 THEN " OLD " - i % 17 ELSE " NEW
	    " END FROM s");
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 1080000 && t.ops == 108 &&
	    t.gos == 2 && t.root_ok && t.sum_ok, "%llu rows in %zu operations "
	    "and %zu groups: %s", (unsigned long long)r.erased, t.ops, t.gos,
	    f.e.text);
	ok(fixture_int(&f, "SELECT count(*) FROM t WHERE id % 10 = 0 AND u = id"
	    " * 7919 % 100003 AND c = " NEW) == 120000 &&
	    fixture_int(&f, "SELECT count(*) FROM t") == 120000, "the rest");
	ok(fixture_int(&f, "SELECT count(*) FROM pragma_integrity_check WHERE "
	    "integrity_check = 'ok'") == 1, "sound");
	fixture_close(&f);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		for (int k = 0; k < 4; k++)
			test_shape(&shapes[i], k & 1, k & 2);
	test_under_way();
	test_stop();
	test_rows_refused();
	test_children();
	test_large();
	return tap_done();
}
