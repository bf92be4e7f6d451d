/*
 * Hundreds of rows: exactly the right ones go, whatever happens to some of
 * them under way.
 */
#include "storetest.h"
#include "tap.h"

#define AT ((struct wall){ INT64_C(1700000000000) })
#define FILL "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s" \
	" WHERE i < 300) INSERT INTO t SELECT "

static struct fixture f;
static const char *under_way;

static void
act_under_way(struct told *t)
{
	(void)t;
	if (under_way)
		fixture_sql(&f, under_way);
}

static int
erase(const struct rule_dataset *d, const char *meanwhile, struct told *t)
{
	struct store_sink sink = told_sink(t);
	struct store_result r = { .erased = 0 };
	int rc = -1;

	under_way = meanwhile;
	t->on_go = act_under_way;
	if (fixture_store(&f, STORE_WRITE) == 0)
		rc = store_erase(f.st, d, AT, &sink, &r, &f.e);
	ok(rc == 0, "erased: %s", f.e.text);
	ok(t->sum_ok && r.erased == t->erased, "the sums agree");
	return rc;
}

static void
test_drift(const char *table)
{
	struct rule_dataset d = a_rule("t", "at");
	struct told t;

	fixture_open(&f, table);
	(void)erase(&d, "UPDATE t SET at = 1700000000 WHERE x IN (7, 150, 299);"
	    " DELETE FROM t WHERE x = 40", &t);
	ok(t.erased == 296 && t.drift == 4 && t.left == 0,
	    "renewed and gone rows are told from erased ones: %llu, %llu",
	    (unsigned long long)t.erased, (unsigned long long)t.drift);
	ok(fixture_int(&f, "SELECT group_concat(x) = '7,150,299' FROM"
	    " (SELECT x FROM t ORDER BY x)") == 1, "the renewed ones stay");
	fixture_close(&f);
}

static void
test_refused(void)
{
	struct rule_dataset d = a_rule("t", "at");
	struct told t;

	fixture_open(&f, "CREATE TABLE t (id INTEGER PRIMARY KEY, at, x);"
	    FILL "i, 1000, i FROM s; CREATE TABLE u (t REFERENCES t(id));"
	    " INSERT INTO u VALUES (33), (200)");
	(void)erase(&d, NULL, &t);
	ok(t.erased == 298 && t.left == 2, "rows that others refer to are "
	    "left, and only they: %llu", (unsigned long long)t.left);
	ok(fixture_int(&f, "SELECT count(*) FROM t WHERE id IN (33, 200)") == 2,
	    "they are there");
	fixture_close(&f);
}

/* A condition may look at other rows: of each person the last one stays. */
static void
test_condition(void)
{
	struct rule_dataset d = a_rule("t", "at");
	struct told t;

	d.where = "(SELECT count(*) FROM t AS o WHERE o.x = t.x) > 1";
	fixture_open(&f, "CREATE TABLE t (id INTEGER PRIMARY KEY, at, x);"
	    FILL "i, 1000, i % 10 FROM s");
	(void)erase(&d, NULL, &t);
	ok(fixture_int(&f, "SELECT count(*) FROM t") == 10 &&
	    fixture_int(&f, "SELECT count(DISTINCT x) FROM t") == 10,
	    "one of each stays: %lld", (long long)fixture_int(&f,
	    "SELECT count(*) FROM t"));
	fixture_close(&f);
}

int
main(void)
{
	test_drift("CREATE TABLE t (id INTEGER PRIMARY KEY, at, x);"
	    FILL "i, 1000, i FROM s");
	test_drift("PRAGMA journal_mode=wal; CREATE TABLE t (id TEXT PRIMARY"
	    " KEY, at, x) WITHOUT ROWID; CREATE INDEX t_at ON t (at);"
	    FILL "'k' || i, 1000, i FROM s");
	test_drift("CREATE TABLE t (at, x); CREATE INDEX t_at ON t (at);"
	    FILL "1000, i FROM s");
	test_refused();
	test_condition();
	return tap_done();
}
