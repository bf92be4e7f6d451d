/*
 * A pass that is told which items may go takes those alone, in every group;
 * a survey tells all that is due and writes nothing.
 */
#include "storetest.h"
#include "tap.h"

#include "worker/chosen.h"

#define OLD "1600000000"

static const struct wall now = { INT64_C(1700000000000) };
static const struct commit_op plan_op = { .op = { 7 }, .key = { 9 } };

static int
survey(struct fixture *f, const struct rule_dataset *d, struct chosen *x)
{
	struct store_pick pick = chosen_collect(x);
	uint8_t root[32];

	if (fixture_store(f, STORE_READ) == -1 ||
	    store_survey(f->st, d, now, &pick, &f->e) == -1)
		return -1;
	return chosen_seal(x, root, &f->e);
}

static int
erase(struct fixture *f, const struct rule_dataset *d, struct chosen *x,
    struct store_result *r)
{
	struct told t = { .go = 1, .root_ok = true, .sum_ok = true };
	struct store_sink sink = told_sink(&t);
	struct store_pick pick = chosen_only(x);
	int rc;

	sink.pick = &pick;
	*r = (struct store_result){ .erased = 0 };
	rc = fixture_store(f, STORE_WRITE);
	if (rc == 0)
		rc = store_erase(f->st, d, now, &sink, r, &f->e);
	ok(rc == -1 || (t.root_ok && t.sum_ok && t.erased == r->erased),
	    "the sink hears of them alone");
	return rc;
}

static void
test_rows(const char *column, const char *key)
{
	static const char fill[] = "WITH RECURSIVE k(i) AS (SELECT %d UNION "
	    "ALL SELECT i + 1 FROM k WHERE i < %d) INSERT INTO t SELECT %s, "
	    OLD " + i %% 7 FROM k";
	struct rule_dataset d = a_rule("t", "c");
	struct store_result r;
	struct fixture f;
	struct chosen x;
	char sql[500];

	(void)snprintf(sql, sizeof(sql), "CREATE TABLE t(%s, c INTEGER);"
	    "CREATE INDEX t_c ON t(c)", column);
	fixture_open(&f, sql);
	(void)snprintf(sql, sizeof(sql), fill, 1, 300, key);
	fixture_sql(&f, sql);
	chosen_init(&x, &plan_op, f.store.full);
	ok(survey(&f, &d, &x) == 0 && x.n == 300 && !x.more,
	    "%s: a survey tells all", column);
	ok(fixture_int(&f, "SELECT count(*) FROM t") == 300, "and takes none");
	(void)snprintf(sql, sizeof(sql), fill, 301, 350, key);
	fixture_sql(&f, sql);			/* 50 came since */
	fixture_sql(&f, "UPDATE t SET c = 1699999999 WHERE rowid IN "
	    "(SELECT rowid FROM t ORDER BY rowid LIMIT 10)");
	fixture_sql(&f, "DELETE FROM t WHERE rowid IN (SELECT rowid FROM t "
	    "ORDER BY rowid LIMIT 5 OFFSET 10)");
	ok(erase(&f, &d, &x, &r) == 0 && r.erased == 285 && r.left == 0 &&
	    x.matched == 285, "exactly what was told, is there and is due");
	ok(fixture_int(&f, "SELECT count(*) FROM t WHERE c <> 1699999999") ==
	    50, "what came since stays");
	ok(fixture_int(&f, "SELECT count(*) FROM t WHERE c = 1699999999") ==
	    10, "what changed stays");
	chosen_release(&x);
	fixture_close(&f);
}

int
main(void)
{
	test_rows("x INTEGER PRIMARY KEY", "i");
	test_rows("x TEXT PRIMARY KEY", "'k' || i");
	return tap_done();
}
