/*
 * After a crash: which rows of an intended operation are gone, which are not,
 * and finishing those that are still due.
 */
#include "storetest.h"
#include "tap.h"

#define NOW INT64_C(1700000000000)
#define OLD "1699900000"
#define NEW "1699950000"

static const struct wall now = { NOW };

/* Intend everything due, and stop: what a crash before the erasing leaves. */
static void
intend(struct fixture *f, const struct rule_dataset *d, struct told *t)
{
	struct store_sink sink = told_sink(t);
	struct store_result r;

	t->go = 0;
	must(fixture_store(f, STORE_WRITE) == 0);
	must(store_erase(f->st, d, now, &sink, &r, &f->e) == 0);
}

static int
resume(struct fixture *f, const struct rule_dataset *d,
    const struct told *before, bool act, struct told *t)
{
	struct store_sink sink = told_sink(t);
	struct store_pending p[64];
	const char *object = d->table ? d->table : "file";

	for (size_t i = 0; i < before->intents; i++)
		p[i] = (struct store_pending){ .op = before->op[i],
			.n = before->n_c[i], .object = object,
			.c = (const uint8_t (*)[COMMIT_BYTES])before->c[i] };
	must(fixture_store(f, act ? STORE_WRITE : STORE_READ) == 0);
	return store_resume(f->st, d, now, p, before->intents, act, &sink,
	    &f->e);
}

static const char table[] =
    "CREATE TABLE t(x TEXT PRIMARY KEY, c, v); INSERT INTO t VALUES "
    "('a', " OLD ", 'x'), ('b', " OLD ", 'x'), ('c', " OLD ", 'x'),"
    "('d', " OLD ", 'x'), ('e', " NEW ", 'x')";

static void
test_delete(void)
{
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told before, t;

	fixture_open(&f, table);
	intend(&f, &d, &before);
	ok(before.n == 4 && fixture_int(&f, "SELECT count(*) FROM t") == 5,
	    "four rows are intended, none erased");
	ok(resume(&f, &d, &before, false, &t) == 0 && t.left == 4 &&
	    t.erased == 0 && t.gos == 0 && t.sum_ok && t.dones == 1,
	    "looking finds them all: %s", f.e.text);
	fixture_sql(&f, "DELETE FROM t WHERE x = 'a'; UPDATE t SET c = " NEW
	    " WHERE x = 'b'; INSERT INTO t VALUES ('f', " OLD ", 'x')");
	ok(resume(&f, &d, &before, false, &t) == 0 && t.erased == 1 &&
	    t.drift == 1 && t.left == 2 && t.sum_ok, "one gone, one not due "
	    "any more, two left");
	ok(resume(&f, &d, &before, true, &t) == 0 && t.gos == 1 &&
	    t.ops == 0 && t.intents == 0 && t.erased == 3 && t.drift == 1 &&
	    t.left == 0 && t.sum_ok, "the two are finished: %s", f.e.text);
	ok(fixture_int(&f, "SELECT count(*) FROM t WHERE x IN ('b', 'e', 'f')")
	    == 3 && fixture_int(&f, "SELECT count(*) FROM t") == 3,
	    "rows of no operation stay, even when due");
	ok(resume(&f, &d, &before, true, &t) == 0 && t.erased == 3 &&
	    t.drift == 1, "again, the same answer");
	fixture_close(&f);
}

static void
test_anonymise(void)
{
	static const struct rule_column v = { "v", RULE_REDACT, NULL, 0 };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told before, t;

	d.action = RULE_ANONYMISE;
	d.n_columns = 1;
	d.columns = &v;
	fixture_open(&f, table);
	intend(&f, &d, &before);
	fixture_sql(&f, "UPDATE t SET v = '[redacted]' WHERE x = 'a'");
	ok(resume(&f, &d, &before, false, &t) == 0 && t.erased == 1 &&
	    t.left == 3 && t.sum_ok, "one needs no change any more");
	ok(resume(&f, &d, &before, true, &t) == 0 && t.erased == 4 &&
	    t.left == 0 && fixture_int(&f, "SELECT count(*) FROM t WHERE v = "
	    "'[redacted]'") == 4, "finished: %s", f.e.text);
	fixture_close(&f);
}

static void
test_refused(void)
{
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told before, t;
	struct store_sink sink;
	struct store_pending p;

	fixture_open(&f, table);
	intend(&f, &d, &before);
	fixture_store(&f, STORE_WRITE);
	sink = told_sink(&t);
	t.go = 0;
	p = (struct store_pending){ .op = before.op[0], .n = before.n_c[0],
		.object = "t", .c = (const uint8_t (*)[32])before.c[0] };
	ok(store_resume(f.st, &d, now, &p, 1, true, &sink, &f.e) == 0 &&
	    t.left == 4 && fixture_int(&f, "SELECT count(*) FROM t") == 5,
	    "the sink's stop is heard");
	p.op.key[0] ^= 1;
	ok(store_resume(f.st, &d, now, &p, 1, false, &sink, &f.e) == 0 &&
	    t.erased == 4, "under another key no row is recognised");
	fixture_close(&f);
}

int
main(void)
{
	test_delete();
	test_anonymise();
	test_refused();
	return tap_done();
}
