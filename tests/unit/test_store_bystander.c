/*
 * Bystanders: rows that are not due stay, whatever conflict clauses, cascades,
 * collations and misspelt names say.
 */
#include "storetest.h"
#include "tap.h"

static const struct wall now = { INT64_C(1700000000000) };

#define OLD "1699900000"
#define NEW "1699950000"

static int
erase(struct fixture *f, const struct rule_dataset *d, struct told *t,
    struct store_result *r)
{
	struct store_sink sink = told_sink(t);

	f->e = ERR_EMPTY;
	return fixture_store(f, STORE_WRITE) == -1 ? -1 :
	    store_erase(f->st, d, now, &sink, r, &f->e);
}

/* REPLACE would take the other row with the same new value. */
static void
test_conflict(const char *clause)
{
	struct rule_column c = { "mail", RULE_SET, "x", 0 };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told t;
	struct store_result r = { 0 };
	char sql[400];

	d.action = RULE_ANONYMISE;
	d.n_columns = 1;
	d.columns = &c;
	(void)snprintf(sql, sizeof(sql), "CREATE TABLE t(id INTEGER PRIMARY "
	    "KEY, c, mail TEXT UNIQUE %s); INSERT INTO t VALUES (1, " NEW
	    ", 'x'), (2, " OLD ", 'b'), (3, " OLD ", 'c')", clause);
	fixture_open(&f, sql);
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 0 && r.left == 2 &&
	    fixture_int(&f, "SELECT count(*) FROM t WHERE mail IN ('x', 'b', "
	    "'c')") == 3, "\"%s\": no row is replaced: %s", clause, f.e.text);
	c.method = RULE_REDACT;
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 2 &&
	    fixture_int(&f, "SELECT count(*) FROM t") == 3,
	    "\"%s\": redact works: %s", clause, f.e.text);
	fixture_close(&f);
}

/* SQL takes "nope" for the text 'nope', which differs from 1 in every row. */
static void
test_misspelt(void)
{
	struct rule_dataset d = a_rule("t", "c");
	struct rule_event ev = { .name = "closed", .store = "site",
		.query = "SELECT \"nope\" FROM t" };
	struct fixture f;
	struct told t;
	struct store_result r = { 0 };
	struct wall at = { 0 };
	bool fired = false;

	fixture_open(&f, "CREATE TABLE t(id INTEGER PRIMARY KEY, c, opted); "
	    "CREATE TABLE log(x); CREATE TRIGGER g AFTER DELETE ON t BEGIN "
	    "INSERT INTO log VALUES ('a text'); END;"
	    "INSERT INTO t VALUES (1, " OLD ", 1), (2, " OLD ", 0)");
	d.where = "\"nope\" <> 1";
	ok(erase(&f, &d, &t, &r) == -1 && fixture_int(&f, "SELECT count(*) "
	    "FROM t") == 2, "misspelt where: %s", f.e.text);
	d.where = NULL;
	d.timing.from = "max(c, \"nope\")";
	ok(erase(&f, &d, &t, &r) == -1, "misspelt from: %s", f.e.text);
	ok(store_event(f.st, &ev, now, &fired, &at, &f.e) == -1,
	    "misspelt query: %s", f.e.text);
	d.timing.from = "c";
	d.where = "\"opted\" <> 1";
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 1 && fixture_int(&f,
	    "SELECT id FROM t") == 1, "a real column: %s", f.e.text);
	fixture_close(&f);
}

static void
test_cascade(void)
{
	static const struct rule_child bill = { .table = "bill",
		.column = "t" }, self = { .table = "s", .column = "up" };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told t;
	struct store_result r = { 0 };

	fixture_open(&f, "CREATE TABLE t(id INTEGER PRIMARY KEY, c); "
	    "CREATE TABLE bill(id INTEGER PRIMARY KEY, t REFERENCES t ON DELETE "
	    "CASCADE); INSERT INTO t VALUES (1, " OLD "), (2, " NEW "); INSERT "
	    "INTO bill VALUES (1, 1), (2, 2); CREATE TABLE s(id INTEGER PRIMARY "
	    "KEY, up REFERENCES s ON DELETE CASCADE, c); INSERT INTO s VALUES "
	    "(1, NULL, " OLD "), (2, 1, " NEW ")");
	ok(erase(&f, &d, &t, &r) == -1 && f.e.code == ERR_REFUSED &&
	    fixture_int(&f, "SELECT count(*) FROM bill") == 2,
	    "no cascade into a table not named: %s", f.e.text);
	d.n_children = 1;
	d.children = &bill;
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 1 && fixture_int(&f,
	    "SELECT group_concat(id) FROM bill") == 2, "named: %s", f.e.text);
	d = a_rule("s", "c");
	ok(erase(&f, &d, &t, &r) == -1 && fixture_int(&f, "SELECT count(*) "
	    "FROM s") == 2, "nor into the table itself: %s", f.e.text);
	d.n_children = 1;
	d.children = &self;
	ok(erase(&f, &d, &t, &r) == 0 && fixture_int(&f, "SELECT count(*) "
	    "FROM s") == 0, "named: %s", f.e.text);
	fixture_close(&f);
}

static const struct {
	const char *what, *parent, *child;	/* types */
	const char *due, *other;		/* keys of the parents */
	const char *of_due, *of_other;		/* what children hold */
} ties[] = {
	{ "collation", "TEXT", "TEXT COLLATE NOCASE", "'Ab'", "'ab'", "'Ab'",
	    "'ab'" },
	{ "number to text", "TEXT", "INTEGER", "'007'", "'7'", "8", "7" },
	{ "number to its text", "TEXT", "INTEGER", "'7'", "'007'", "7", "8" },
	{ "text to number", "INTEGER", "TEXT", "7", "8", "7", "8" },
	{ "untyped to number", "INTEGER", "", "7", "8", "'7'", "'8'" },
	{ "number to untyped", "", "INT", "7", "8", "7", "8" },
};

static void
test_tie(size_t i)
{
	struct rule_child deep = { .table = "e", .column = "up" };
	struct rule_child child = { .table = "d", .column = "up",
		.n_children = 1, .children = &deep };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct told t;
	struct store_result r = { 0 };
	char *sql = sqlite3_mprintf("CREATE TABLE t(id %s NOT NULL PRIMARY KEY,"
	    " c); CREATE TABLE d(id %s NOT NULL PRIMARY KEY, up %s); CREATE "
	    "TABLE e(id INTEGER PRIMARY KEY, up %s); INSERT INTO t VALUES (%s, "
	    OLD "), (%s, " NEW "); INSERT INTO d VALUES (%s, %s), (%s, %s);"
	    "INSERT INTO e VALUES (1, %s), (2, %s)", ties[i].parent,
	    ties[i].parent, ties[i].child, ties[i].child, ties[i].due,
	    ties[i].other, ties[i].due, ties[i].of_due, ties[i].other,
	    ties[i].of_other, ties[i].of_due, ties[i].of_other);

	fixture_open(&f, sql);
	sqlite3_free(sql);
	d.n_children = 1;
	d.children = &child;
	ok(erase(&f, &d, &t, &r) == 0 && r.erased == 1, "%s: %s", ties[i].what,
	    f.e.text);
	ok(fixture_int(&f, "SELECT count(*) FROM d") == (i == 1 ? 2 : 1) &&
	    fixture_int(&f, "SELECT count(*) FROM e") == (i == 1 ? 2 : 1) &&
	    fixture_int(&f, "SELECT count(*) FROM e WHERE id = 2") == 1,
	    "%s: the children of the other row stay", ties[i].what);
	fixture_close(&f);
}

int
main(void)
{
	test_conflict("");
	test_conflict("ON CONFLICT REPLACE");
	test_conflict("ON CONFLICT IGNORE");
	test_misspelt();
	test_cascade();
	for (size_t i = 0; i < sizeof(ties) / sizeof(*ties); i++)
		test_tie(i);
	return tap_done();
}
