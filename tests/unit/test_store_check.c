/*
 * Findings of a check: each fault is found, a sound dataset has none, and no
 * value of the data is ever in a text.
 */
#include "storetest.h"
#include "tap.h"

static const struct wall now = { INT64_C(1700000000000) };

struct heard {
	char codes[400];
	char fix[400];
	bool leaked;
	int errors;
};

static void
found(void *ctx, const struct store_finding *f)
{
	struct heard *h = ctx;
	size_t n = strlen(h->codes);

	h->errors += f->severity == STORE_ERROR;
	if (f->severity == STORE_NOTE && strcmp(f->code, "partial-index") != 0)
		return;
	snprintf(h->codes + n, sizeof(h->codes) - n, "%s;", f->code);
	if (f->fix)
		snprintf(h->fix, sizeof(h->fix), "%s", f->fix);
	if (strstr(f->text, "jane"))
		h->leaked = true;
}

static struct heard
check(struct fixture *f, const struct rule_dataset *d)
{
	struct heard h = { .codes = "" };

	must(fixture_store(f, STORE_READ) == 0);
	if (store_check(f->st, d, now, found, &h, &f->e) == -1)
		snprintf(h.codes, sizeof(h.codes), "failed: %.200s",
		    f->e.text);
	return h;
}

static void
expect(struct fixture *f, const struct rule_dataset *d, const char *codes)
{
	struct heard h = check(f, d);

	ok(strcmp(h.codes, codes) == 0 && !h.leaked, "\"%s\" found, \"%s\" "
	    "expected", h.codes, codes);
}

int
main(void)
{
	static const struct rule_child child = { .table = "reply",
		.column = "t" };
	struct rule_column col = { "email", RULE_NULL, NULL, 0 };
	struct rule_dataset d = a_rule("t", "c");
	struct fixture f;
	struct heard h;

	fixture_open(&f, "CREATE TABLE t(id INTEGER PRIMARY KEY, c, email TEXT "
	    "NOT NULL UNIQUE); INSERT INTO t VALUES (1, 50000000, 'jane@example.org')"
	    ", (2, 60000000, 'jane@example.net')");
	h = check(&f, &d);
	ok(strcmp(h.codes, "no-index;") == 0 && h.errors == 0,
	    "no index: %s", h.fix);
	fixture_sql(&f, h.fix);
	expect(&f, &d, "");
	fixture_sql(&f, "UPDATE t SET c = 'jane' WHERE id = 1");
	expect(&f, &d, "bad-clock;");
	fixture_sql(&f, "UPDATE t SET c = 50000000");
	fixture_sql(&f, "CREATE TABLE reply(t REFERENCES t)");
	expect(&f, &d, "foreign-key;");
	d.n_children = 1;
	d.children = &child;
	expect(&f, &d, "no-index;");
	fixture_sql(&f, "CREATE INDEX some ON reply(t) WHERE t > 0");
	expect(&f, &d, "partial-index;");
	fixture_sql(&f, "CREATE INDEX rt ON reply(t)");
	expect(&f, &d, "");
	d.n_children = 0;
	fixture_sql(&f, "DROP TABLE reply; CREATE TABLE log(x); CREATE TRIGGER "
	    "g AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.email); END"
	    );
	expect(&f, &d, "trigger;");
	fixture_sql(&f, "DROP TRIGGER g");
	d.action = RULE_ANONYMISE;
	d.n_columns = 1;
	d.columns = &col;
	expect(&f, &d, "not-null;");
	col.method = RULE_EMAIL_DOMAIN;
	expect(&f, &d, "unique;");
	col.method = RULE_REDACT;
	expect(&f, &d, "");
	col.name = "nope";
	h = check(&f, &d);
	ok(h.errors == 1, "no such column: %s", h.codes);
	d = a_rule("nope", "c");
	h = check(&f, &d);
	ok(h.errors == 1 && strcmp(h.codes, "no-table;") == 0, "no table");
	d = a_rule("t", "c");
	d.where = "1); DROP TABLE t; --";
	h = check(&f, &d);
	ok(h.errors == 1 && strcmp(h.codes, "refused;") == 0, "hostile where");
	d.where = NULL;
	d.files = (struct rule_files){ "email", "/none/such" };
	h = check(&f, &d);
	ok(h.errors == 1 && strstr(h.codes, "files-root;"),
	    "a folder of files that is not there: %s", h.codes);
	fixture_close(&f);

	struct rule_store logs = { .name = "l", .full = "n/l",
		.kind = RULE_N_KINDS, .path = "/tmp/x" };
	struct store *st = NULL;
	ok(store_open(&logs, STORE_READ, NULL, &st, &f.e) == -1 &&
	    f.e.code == ERR_REFUSED, "other kinds: %s", f.e.text);
	return tap_done();
}
