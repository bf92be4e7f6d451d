/*
 * Anonymising: each method, twice, on UNIQUE columns, with children; nothing
 * that a method cannot read stays in clear.
 */
#include "storetest.h"
#include "tap.h"

#define NOW INT64_C(1700000000000)
#define OLD "1699900000"
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

struct row {
	enum rule_method method;
	int64_t n;
	const char *in, *out;		/* SQL; out NULL: a pattern below */
};

#define MARK "'[redacted]'"

static const struct row rows[] = {
	{ RULE_NULL, 0, "'Jane'", "NULL" },
	{ RULE_EMPTY, 0, "'Jane'", "''" },
	{ RULE_EMPTY, 0, "NULL", "NULL" },
	{ RULE_SET, 0, "'Jane'", "'gone'" },
	{ RULE_SET, 0, "NULL", "'gone'" },
	{ RULE_REDACT, 0, "'Jane'", MARK },
	{ RULE_REDACT, 0, "x'00ff'", MARK },
	{ RULE_REDACT, 0, "123.5", MARK },
	{ RULE_REDACT, 0, "NULL", "NULL" },
	{ RULE_IP_PREFIX, 0, "'192.0.2.77'", "'192.0.2.0'" },
	{ RULE_IP_PREFIX, 0, "'2001:db8:1:2:3::9'", "'2001:db8:1::'" },
	{ RULE_IP_PREFIX, 0, "'::ffff:192.0.2.77'", "'::ffff:192.0.2.0'" },
	{ RULE_IP_PREFIX, 0, "'192.0.2.77:80'", MARK },
	{ RULE_IP_PREFIX, 0, "'fe80::1%eth0'", MARK },
	{ RULE_IP_PREFIX, 0, "3221226061", MARK },
	{ RULE_YEAR, 0, "'1990-05-17'", "'1990'" },
	{ RULE_YEAR, 0, "'1990-05-17T10:00:00Z'", "'1990'" },
	{ RULE_YEAR, 0, "'17/05/1990'", MARK },
	{ RULE_YEAR, 0, "'1990-02-30'", MARK },
	{ RULE_YEAR, 0, "645926400", MARK },
	{ RULE_MONTH, 0, "'1990-05-17'", "'1990-05'" },
	{ RULE_MONTH, 0, "'1990'", "'1990'" },
	{ RULE_OUTWARD, 0, "'SW1A 1AA'", "'SW1A'" },
	{ RULE_OUTWARD, 0, "'m1 1ae'", "'M1'" },
	{ RULE_OUTWARD, 0, "'EC1A1BB'", "'EC1A'" },
	{ RULE_OUTWARD, 0, "'W1'", "'W1'" },
	{ RULE_OUTWARD, 0, "'12 High Street'", MARK },
	{ RULE_EMAIL_DOMAIN, 0, "'jane@example.org'", "'@example.org'" },
	{ RULE_EMAIL_DOMAIN, 0, "'\"a@b\"@example.org'", "'@example.org'" },
	{ RULE_EMAIL_DOMAIN, 0, "'Jane <j@example.org>'", MARK },
	{ RULE_EMAIL_DOMAIN, 0, "'jane'", MARK },
	{ RULE_EMAIL_DOMAIN, 0, "'jane@'", MARK },
	{ RULE_TRUNCATE, 2, "'J\xc3\xbcrgen'", "'J\xc3\xbc'" },
	{ RULE_TRUNCATE, 9, "'Jane'", "'Jane'" },
	{ RULE_TRUNCATE, 0, "'Jane'", "''" },
	{ RULE_TRUNCATE, 1, "x'4a616e65'", MARK },
	{ RULE_YEAR, 0, "''", "''" },
};

static void
test_method(const struct row *w, const char *type)
{
	struct rule_column c = { "v", w->method, "gone", w->n };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told t;
	struct store_result r;
	char *sql = sqlite3_mprintf("CREATE TABLE t(id INTEGER PRIMARY KEY, c, "
	    "v %s, o DEFAULT 'other'); INSERT INTO t(c, v) VALUES (" OLD ", %s)"
	    ", (" NEW ", 'Jane')", type, w->in);
	char *is = sqlite3_mprintf("SELECT v IS %s AND o = 'other' FROM t "
	    "WHERE id = 1", w->out);

	d.action = RULE_ANONYMISE;
	d.n_columns = 1;
	d.columns = &c;
	fixture_open(&f, sql);
	bool same = fixture_int(&f, is) == 1;
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == !same && r.left == 0 &&
	    fixture_int(&f, is) == 1, "%s%lld of %s%s is %s: %s",
	    rule_method_name(w->method), (long long)w->n, type, w->in, w->out,
	    f.e.text);
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 0 && t.ops == 0 &&
	    fixture_int(&f, "SELECT v = 'Jane' FROM t WHERE id = 2") == 1,
	    "once is enough, and the other row keeps its value");
	sqlite3_free(sql);
	sqlite3_free(is);
	fixture_close(&f);
}

static void
test_unique(void)
{
	static const struct rule_value set = { .column = "disabled",
		.type = RULE_T_INT, .i = 1 };
	static const struct rule_column c[] = { { "email", RULE_REDACT, NULL,
	    0 }, { "nhs", RULE_PSEUDONYM, NULL, 0 }, { "ip", RULE_IP_PREFIX,
	    NULL, 0 } };
	struct rule_dataset d = a_rule("account", "c");
	struct fixture f;
	struct told t;
	struct store_result r;
	struct store_counts n;

	d.action = RULE_ANONYMISE;
	d.n_columns = 3;
	d.columns = c;
	d.n_set = 1;
	d.set = &set;
	fixture_open(&f, "CREATE TABLE account(id INTEGER PRIMARY KEY, email "
	    "TEXT UNIQUE, nhs TEXT, ip TEXT UNIQUE, disabled INT NOT NULL "
	    "DEFAULT 0, quantity INT, c INT); INSERT INTO account VALUES "
	    "(1, 'jane@example.org', '943 476 5919', NULL, 0, 5, " OLD "),"
	    "(2, 'john@example.org', ' 943 476 5919 ', 'x', 0, 7, " OLD "),"
	    "(3, NULL, NULL, 'y', 0, 9, " OLD "),"
	    "(4, 'new@example.org', '943 476 5919', 'z', 0, 11, " NEW ")");
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 3 && r.left == 0 &&
	    t.pseudonymous, "UNIQUE columns survive: %s %s", f.e.text,
	    t.err.text);
	ok(fixture_int(&f, "SELECT count(DISTINCT email) FROM account WHERE "
	    "email LIKE 'redacted-%' AND length(email) = 41") == 2,
	    "unique marks");
	ok(fixture_int(&f, "SELECT count(DISTINCT nhs) = 1 AND count(nhs) = 2 "
	    "FROM account WHERE nhs LIKE 'pn1-%' AND length(nhs) = 36") == 1, "the same person has the same pseudonym");
	ok(fixture_int(&f, "SELECT sum(quantity) FROM account") == 32 &&
	    fixture_int(&f, "SELECT sum(disabled) FROM account") == 3 &&
	    fixture_int(&f, "SELECT email IS NULL FROM account WHERE id = 3")
	    == 1 && fixture_int(&f, "SELECT email = 'new@example.org' AND ip = "
	    "'z' FROM account WHERE id = 4") == 1, "sums, set and NULLs");
	fixture_sql(&f, "CREATE TABLE was AS SELECT * FROM account");
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 0 && t.ops == 0 &&
	    fixture_int(&f, "SELECT count(*) FROM (SELECT * FROM was EXCEPT "
	    "SELECT * FROM account)") == 0, "idempotent");
	ok(store_plan(f.st, &d, now, &n, &f.e) == 0 && n.due == 0 &&
	    n.kept == 4, "and not due again");
	free(n.clause);

	static const uint8_t *none;
	store_close(f.st);
	must(store_open(&f.store, STORE_READ, none, &f.st, &f.e) == 0);
	ok(store_plan(f.st, &d, now, &n, &f.e) == -1 &&
	    f.e.code == ERR_REFUSED, "no pseudonyms without a key: %s",
	    f.e.text);
	fixture_close(&f);
}

static void
test_children(void)
{
	static const struct rule_column text = { "body", RULE_REDACT, NULL, 0 };
	static const struct rule_column mail = { "email", RULE_NULL, NULL, 0 };
	static const struct rule_child leaf = { .table = "part",
		.column = "note" };
	static const struct rule_child child = { .table = "note",
		.column = "who", .n_columns = 1, .columns = &text,
		.n_children = 1, .children = &leaf };
	struct rule_dataset d = a_rule("person", "c");
	struct fixture f;
	struct told t;
	struct store_result r;
	struct store_counts n;

	d.action = RULE_ANONYMISE;
	d.n_columns = 1;
	d.columns = &mail;
	d.n_children = 1;
	d.children = &child;
	fixture_open(&f, "CREATE TABLE person(id INTEGER PRIMARY KEY, email, c)"
	    "; CREATE TABLE note(id INTEGER PRIMARY KEY, who INT, body TEXT);"
	    "CREATE TABLE part(id INTEGER PRIMARY KEY, note INT);"
	    "INSERT INTO person VALUES (1, 'a', " OLD "), (2, NULL, " OLD "),"
	    "(3, NULL, " OLD "), (4, 'd', " NEW "), (5, NULL, " OLD ");"
	    "INSERT INTO note VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 4, 'z'), "
	    "(4, 5, '[redacted]');"
	    "INSERT INTO part VALUES (1, 1), (2, 3), (3, 4)");
	ok(store_open(&f.store, STORE_READ, NULL, &f.st, &f.e) == 0 &&
	    store_plan(f.st, &d, now, &n, &f.e) == 0 && n.due == 3 &&
	    n.kept == 2, "a child with something to do makes its row due: "
	    "%llu", (unsigned long long)n.due);
	free(n.clause);
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 3 && r.left == 0,
	    "erased: %s", f.e.text);
	ok(fixture_int(&f, "SELECT count(*) FROM note WHERE body = '[redacted]'"
	    ) == 3 && fixture_int(&f, "SELECT body = 'z' FROM note WHERE id = 3"
	    ) == 1 && fixture_int(&f, "SELECT id FROM part") == 2 &&
	    fixture_int(&f, "SELECT count(*) FROM part") == 1 &&
	    fixture_int(&f, "SELECT count(email) FROM person") == 1,
	    "children with columns are anonymised, those without go");
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 0, "idempotent");
	fixture_close(&f);
}

static void
test_refusals(void)
{
	struct rule_column c = { "id", RULE_REDACT, NULL, 0 };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told t;
	struct store_result r;

	d.action = RULE_ANONYMISE;
	d.n_columns = 1;
	d.columns = &c;
	fixture_open(&f, "CREATE TABLE t(id INTEGER PRIMARY KEY, c, v TEXT NOT "
	    "NULL); INSERT INTO t VALUES (1, " OLD ", 'x'), (2, " OLD ", '')");
	ok(erase(&f, &d, &t, &r) == -1 && f.e.code == ERR_REFUSED,
	    "a key is not anonymised: %s", f.e.text);
	c.name = "nope";
	ok(erase(&f, &d, &t, &r) == -1, "no such column: %s", f.e.text);
	c = (struct rule_column){ "v", RULE_NULL, NULL, 0 };
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 0 && r.left == 2,
	    "NOT NULL keeps the rows, and they are counted: %s", t.err.text);
	fixture_close(&f);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		test_method(&rows[i], "");
		test_method(&rows[i], "TEXT COLLATE NOCASE ");
		if (rows[i].method != RULE_REDACT)
			continue;
		test_method(&rows[i], "INTEGER ");
	}
	test_unique();
	test_children();
	test_refusals();
	return tap_done();
}
