/*
 * Correcting: the person's rows and the named columns alone, all of them or
 * none; nothing of the old value stays; whatever decides about rows is
 * refused; after a kill the digests tell, and nothing is done.
 */
#include "retention/gate.h"
#include "retention/subject.h"

#include "storetest.h"
#include "tap.h"

static const struct wall now = { INT64_C(1700000000000) };
static const uint8_t key[32] = { 7, 7 };

#define PEOPLE "CREATE TABLE person(id INTEGER PRIMARY KEY, email TEXT, " \
	"name TEXT CHECK (name <> 'bad'), code TEXT UNIQUE, n INTEGER, " \
	"at INTEGER, twice TEXT AS (name || name), must TEXT NOT NULL " \
	"DEFAULT 'x');" \
	"INSERT INTO person(id, email, name, code, n, at) VALUES " \
	"(1, 'ann@example.org', 'Anne Wrongname', 'a', 1, 1699900000)," \
	"(2, 'bob@example.org', 'Anne Wrongname', 'b', 2, 1699900000)," \
	"(3, ' ANN@example.org', 'Ann', 'c', 3, 1699900000)," \
	"(4, NULL, NULL, 'd', NULL, NULL);"

struct scene {
	struct fixture f;
	struct gates gates;
	struct rule_person ann;
	struct rule_subject subject;
	struct rule_fix fix[2];
	struct rule_dataset d;
	struct told t;
	struct store_result r;
};

static void
put(struct scene *s, size_t i, const char *column, const char *text)
{
	s->fix[i] = (struct rule_fix){ .column = column, .text = text,
		.null = text == NULL };
	if (text != NULL)
		subject_value(key, column, text, strlen(text),
		    s->fix[i].hash);
	s->d.n_fixes = i + 1;
}

static void
open_scene(struct scene *s, const char *more)
{
	static const char *const bound[] = { "at", "must = 'x' AND n > 0" };
	char *sql = sqlite3_mprintf("%s%s", PEOPLE, more);

	memset(s, 0, sizeof(*s));
	fixture_open(&s->f, sql);
	sqlite3_free(sql);
	s->gates = GATES_OPEN;
	memcpy(s->gates.key, key, sizeof(key));
	s->ann.kind = "email";
	must(subject_hash(key, "email", "ann@example.org", 15, s->ann.hash,
	    &s->f.e) == 0);
	s->subject = (struct rule_subject){ "email", "email" };
	s->d = a_rule("person", "at");
	s->d.action = RULE_ANONYMISE;
	s->d.n_subject = s->d.n_persons = 1;
	s->d.subject = s->d.persons = &s->subject;
	s->d.n_wanted = 1;
	s->d.wanted = &s->ann;
	s->d.gates = &s->gates;
	s->d.fixes = s->fix;
	s->d.n_bound = 2;
	s->d.bound = bound;
}

static void
close_scene(struct scene *s)
{
	gates_release(&s->gates);
	fixture_close(&s->f);
}

static int
correct(struct scene *s)
{
	struct store_sink sink = told_sink(&s->t);

	s->r = (struct store_result){ .erased = 0 };
	s->f.e = ERR_EMPTY;
	must(fixture_store(&s->f, STORE_WRITE) == 0);
	return store_erase(s->f.st, &s->d, now, &sink, &s->r, &s->f.e);
}

/* Are those bytes anywhere in the file or beside it? */
static bool
holds(struct scene *s, const char *text)
{
	static char bytes[1 << 20];
	bool found = false;

	for (int i = 0; i < 3; i++) {
		static const char *const side[] = { "", "-wal", "-journal" };
		char path[160];
		FILE *f;

		snprintf(path, sizeof(path), "%s%s", s->f.path, side[i]);
		f = fopen(path, "rb");
		if (f == NULL)
			continue;
		found |= memmem(bytes, fread(bytes, 1, sizeof(bytes), f),
		    text, strlen(text)) != NULL;
		fclose(f);
	}
	return found;
}

#define WRONG "name = 'Anne Wrongname'"

static void
test_done(void)
{
	struct scene s;

	open_scene(&s, "UPDATE person SET name = 'bob' WHERE id = 2;");
	put(&s, 0, "name", "Ann O'Right \"N\xc3\xa9\"");
	ok(holds(&s, "Anne Wrongname"), "the old value is in the file");
	ok(correct(&s) == 0 && s.r.erased == 2 && s.r.left == 0 &&
	    s.t.intents == 1 && s.t.sum_ok, "both rows: %s", s.f.e.text);
	ok(fixture_int(&s.f, "SELECT count(*) FROM person WHERE name = "
	    "'Ann O''Right \"N\xc3\xa9\"' AND id IN (1, 3)") == 2,
	    "in every spelling of the address");
	ok(fixture_int(&s.f, "SELECT count(*) FROM person WHERE (id = 2 AND "
	    "name = 'bob') OR (id = 4 AND name IS NULL)") == 2,
	    "and nobody else's");
	ok(fixture_int(&s.f, "SELECT count(*) FROM person WHERE at = "
	    "1699900000 AND must = 'x'") == 3, "other columns stay");
	ok(!holds(&s, "Anne Wrongname"), "the old value is nowhere");
	ok(strcmp(s.t.method, "sqlite-secure-update+scrub") == 0, "%s",
	    s.t.method);
	ok(correct(&s) == 0 && s.r.erased == 0 && s.t.intents == 0,
	    "again: there is nothing to do");
	put(&s, 0, "email", "ann.right@example.org");
	put(&s, 1, "name", NULL);
	ok(correct(&s) == 0 && s.r.erased == 2 && fixture_int(&s.f,
	    "SELECT count(*) FROM person WHERE email = "
	    "'ann.right@example.org' AND name IS NULL") == 2,
	    "two columns, and what the person is found by: %s", s.f.e.text);
	put(&s, 0, "email", "other@example.org");
	ok(correct(&s) == 0 && s.r.erased == 0, "who is found no more by the "
	    "old address");
	close_scene(&s);
}

struct refusal {
	const char *column, *text, *why;
};

static void
test_refused(void)
{
	static const struct refusal list[] = {
		{ "no_such", "x", "no column no_such" },
		{ "id", "9", "key" },
		{ "twice", "x", "generated" },
		{ "at", "0", "decides" },
		{ "n", "1", "decides" },
		{ "must", "y", "decides" },
	};
	struct scene s;

	open_scene(&s, "");
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		put(&s, 0, list[i].column, list[i].text);
		ok(correct(&s) == -1 && strstr(s.f.e.text, list[i].why) !=
		    NULL && s.t.intents == 0, "%s: %s", list[i].column,
		    s.f.e.text);
	}
	s.d.n_bound = 1;
	put(&s, 0, "n", "many");
	ok(correct(&s) == -1 && strstr(s.f.e.text, "expected a number") &&
	    strstr(s.f.e.text, "many") == NULL, "%s", s.f.e.text);
	put(&s, 0, "n", "42");
	ok(correct(&s) == 0 && s.r.erased == 2 && fixture_int(&s.f, "SELECT "
	    "sum(n = 42 AND typeof(n) = 'integer') FROM person") == 2,
	    "a number becomes one: %s", s.f.e.text);
	put(&s, 0, "n", "042");
	ok(correct(&s) == -1 && strstr(s.f.e.text, "as it was given") !=
	    NULL && fixture_int(&s.f, "SELECT sum(n = 42) FROM person") == 2,
	    "%s", s.f.e.text);
	close_scene(&s);
}

/* The query of an event decides about all rows of who waits for it. */
static void
test_asked(void)
{
	static const struct { const char *query, *why; } list[] = {
		{ "SELECT max(at) FROM person WHERE code = 'z' AND twice <> ''",
		    "decides" }, { "SELECT n FROM other", NULL },
		{ "SELECT count(*) FROM person", NULL },
		{ "SELECT max(k) FROM through", "decides" },
		{ "SELECT nosuch FROM person", "the query of an event" } };
	struct scene s;

	open_scene(&s, "CREATE TABLE other(n, code, twice); CREATE VIEW "
	    "through AS SELECT n AS k FROM person;");
	s.d.n_bound = s.d.n_asked = 1;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		put(&s, 0, i == 0 ? "must" : "n", i == 1 ? "51" : "52");
		s.d.asked = &list[i].query;
		int rc = correct(&s);
		ok(list[i].why == NULL ? rc == 0 && s.r.erased == 2 :
		    rc == -1 && strstr(s.f.e.text, list[i].why) != NULL &&
		    s.t.intents == 0, "%s: %s", list[i].query, s.f.e.text);
	}
	put(&s, 0, "code", "y");
	s.d.asked = &list[0].query;
	ok(correct(&s) == -1 && strstr(s.f.e.text, "column code decides") !=
	    NULL && s.t.intents == 0, "a column of it: %s", s.f.e.text);
	close_scene(&s);
}

/* What affinity makes of a number is the number that was given. */
static void
test_numbers(void)
{
	static const struct {
		const char *column, *given, *stored;	/* NULL: refused */
	} list[] = {
		{ "r", "42", "42.0" }, { "r", "42.50", "42.5" }, { "r", "0", "0.0" },
		{ "r", "-7.000000", "-7.0" }, { "r", "100", "100.0" },
		{ "q", "43", "43" }, { "q", "44.00", "44" }, { "q", "500.0", "500" },
		{ "n", "45.0", "45" }, { "name", "46.0", "46.0" },
		{ "name", "46", "46" }, { "r", "042", NULL }, { "r", ".5", NULL },
		{ "r", "0.12345678901234567", NULL }, { "r", "4e1", NULL },
	};
	char sql[160];
	struct scene s;

	open_scene(&s, "ALTER TABLE person ADD COLUMN r REAL; "
	    "ALTER TABLE person ADD COLUMN q NUMERIC;");
	s.d.n_bound = 1;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		put(&s, 0, list[i].column, list[i].given);
		int rc = correct(&s);
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM person "
		    "WHERE id IN (1, 3) AND CAST(%s AS TEXT) = '%s'",
		    list[i].column, list[i].stored ? list[i].stored : "500.0");
		ok(list[i].stored == NULL ? rc == -1 && s.r.erased == 0 &&
		    strstr(s.f.e.text, "as it was given") != NULL : rc == 0 &&
		    s.r.erased == 2 && fixture_int(&s.f, sql) == 2, "%s of %s: "
		    "%s", list[i].given, list[i].column, s.f.e.text);
	}
	close_scene(&s);
}

static void
test_generated(void)
{
	static const char *const bound[][2] = { { "at", "made" },
		{ "at", "[MADE] > 5" }, { "at", "again" } };
	struct scene s;

	open_scene(&s, "ALTER TABLE person ADD COLUMN made AS (n * 100); "
	    "ALTER TABLE person ADD COLUMN again AS (made + 1);");
	for (size_t i = 0; i < 3; i++) {
		s.d.bound = bound[i];
		put(&s, 0, "n", "99");
		ok(correct(&s) == -1 && strstr(s.f.e.text, "generated from") &&
		    s.t.intents == 0, "%s, made of what is corrected, decides: "
		    "%s", bound[i][1], s.f.e.text);
	}
	s.d.n_bound = 1;
	ok(correct(&s) == 0 && s.r.erased == 2, "where none does, it is done: "
	    "%s", s.f.e.text);
	close_scene(&s);
}

static void
test_whole(void)
{
	static const struct refusal list[] = {
		{ "name", "bad", "CHECK" },
		{ "must", NULL, "NOT NULL" },
		{ "code", "z", "UNIQUE" },
		{ "email", "to@example.org", "a trigger" },
	};
	struct scene s;

	open_scene(&s, "CREATE TRIGGER no BEFORE UPDATE OF email ON person "
	    "WHEN old.id = 3 BEGIN SELECT raise(ABORT, 'ann@example.org'); "
	    "END;");
	s.d.n_bound = 1;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		put(&s, 0, list[i].column, list[i].text);
		ok(correct(&s) == -1 && strstr(s.f.e.text, list[i].why) !=
		    NULL && strstr(s.f.e.text, "example") == NULL &&
		    s.r.erased == 0 && s.t.erased == 0 && s.t.left == 2 &&
		    s.t.err.code != ERR_NONE, "%s: %s", list[i].column,
		    s.f.e.text);
		ok(fixture_int(&s.f, "SELECT count(*) FROM person WHERE (id = "
		    "1 AND email = 'ann@example.org' AND name = "
		    "'Anne Wrongname' AND code = 'a') OR (id = 3 AND email = "
		    "' ANN@example.org' AND name = 'Ann' AND code = 'c')") ==
		    2, "nothing has changed");
	}
	close_scene(&s);
}

/* What one row's trigger does to another that was corrected before it. */
static void
test_set_back(void)
{
	struct scene s;

	open_scene(&s, "CREATE TRIGGER back AFTER UPDATE OF name ON person WHEN "
	    "old.id = 3 BEGIN UPDATE person SET name = 'old' WHERE id = 1; "
	    "END;");
	put(&s, 0, "name", "Ann Right");
	ok(correct(&s) == -1 && s.r.erased == 0 && strstr(s.f.e.text,
	    "as it was given") != NULL, "set back by a trigger: %s",
	    s.f.e.text);
	ok(fixture_int(&s.f, "SELECT count(*) FROM person WHERE (id = 1 AND "
	    WRONG ") OR (id = 3 AND name = 'Ann')") == 2, "none has it");
	close_scene(&s);
}

static void
test_held(void)
{
	struct scene s;
	struct store_counts n = { .total = 0 };

	open_scene(&s, "");
	put(&s, 0, "name", "Ann Right");
	must(gates_add(&s.gates, "email", s.ann.hash, GATE_HELD,
	    &s.f.e) == 0);
	gates_seal(&s.gates);
	must(fixture_store(&s.f, STORE_READ) == 0);
	ok(store_plan(s.f.st, &s.d, now, &n, &s.f.e) == 0 && n.held == 2 &&
	    n.due == 0 && n.total == 2, "held rows are counted so");
	free(n.clause);
	ok(correct(&s) == 0 && s.r.erased == 0 && s.t.intents == 0 &&
	    fixture_int(&s.f, "SELECT count(*) FROM person WHERE " WRONG) ==
	    2, "and not touched");
	close_scene(&s);
}

static int
resume(struct scene *s, const struct told *before)
{
	struct store_pending p = { .op = before->op[0], .n = before->n_c[0],
		.object = "person",
		.c = (const uint8_t (*)[COMMIT_BYTES])before->c[0] };
	struct store_sink sink = told_sink(&s->t);

	must(fixture_store(&s->f, STORE_WRITE) == 0);
	return store_resume(s->f.st, &s->d, now, &p, 1, true, &sink, &s->f.e);
}

static void
test_killed(void)
{
	struct told before;
	struct scene s;
	struct store_sink sink;

	open_scene(&s, "");
	put(&s, 0, "name", "Ann Right");
	sink = told_sink(&before);
	before.go = 0;
	must(fixture_store(&s.f, STORE_WRITE) == 0);
	must(store_erase(s.f.st, &s.d, now, &sink, &s.r, &s.f.e) == 0);
	ok(before.n == 2, "two rows are intended, none corrected");
	s.fix[0].text = NULL;		/* as the ledger has it */
	ok(resume(&s, &before) == 0 && s.t.left == 2 && s.t.erased == 0 &&
	    fixture_int(&s.f, "SELECT count(*) FROM person WHERE " WRONG) ==
	    2, "killed before: old, and told so: %s", s.f.e.text);
	ok(correct(&s) == -1 && fixture_int(&s.f, "SELECT count(*) FROM "
	    "person WHERE " WRONG) == 2, "without the value nothing can be "
	    "done: %s", s.f.e.text);
	fixture_sql(&s.f, "UPDATE person SET name = 'Ann Right' WHERE id IN "
	    "(1, 3)");
	ok(resume(&s, &before) == 0 && s.t.erased == 2 && s.t.left == 0,
	    "killed after: new, and told so");
	close_scene(&s);
}

int
main(void)
{
	test_done();
	test_refused();
	test_asked();
	test_numbers();
	test_generated();
	test_whole();
	test_set_back();
	test_held();
	test_killed();
	return tap_done();
}
