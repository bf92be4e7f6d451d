/*
 * Prints: told of the rows that went and of no others, no more than so many of
 * a person; known again byte for byte alone; and a rule that is narrowed takes
 * what they know or what has a moment, and nothing else.
 */
#include "retention/gate.h"
#include "retention/subject.h"

#include "storetest.h"
#include "tap.h"

#define NOW INT64_C(1700000000)		/* no quarter of an hour */

static const struct wall now = { NOW * 1000 };
static const uint8_t key[32] = { 7, 7 };

#define PEOPLE "CREATE TABLE person(id INTEGER PRIMARY KEY, email TEXT, " \
	"x, at INTEGER, twice AS (x || x));" \
	"INSERT INTO person(id, email, x, at) VALUES " \
	"(1, 'ann@example.org', 1, NULL), (2, 'bob@example.org', 1, NULL)," \
	"(3, ' ANN@example.org', '1', NULL)," \
	"(4, 'ann@example.org', NULL, 1699900001)," \
	"(5, 'ann@example.org', x'00ff', 1699999200)," \
	"(6, 'ann@example.org', 1.0, NULL);"

struct rig {
	struct told t;			/* first: the sink's context */
	struct fixture f;
	struct gates gates;
	struct rule_person who[2];
	struct rule_subject subject;
	struct rule_dataset d;
	struct prints prints;
	size_t told, bobs, before_done;
	uint8_t file[16];
	struct store_result r;
};

static int
keep(void *ctx, const uint8_t file[16], const struct store_print *list,
    size_t n, struct err *e)
{
	struct rig *g = ctx;

	memcpy(g->file, file, 16);
	g->before_done += g->t.dones == 0;
	for (size_t i = 0; i < n; i++) {
		g->bobs += list[i].person == 1;
		if (print_list_add(&g->prints, list[i].print, 1, e) == -1)
			return -1;
	}
	g->told += n;
	return 0;
}

static void
open_rig(struct rig *g, const char *sql)
{
	static const char *const who[] = { "ann@example.org",
		"bob@example.org" };

	memset(g, 0, sizeof(*g));
	fixture_open(&g->f, sql);
	g->gates = GATES_OPEN;
	memcpy(g->gates.key, key, sizeof(key));
	for (size_t i = 0; i < 2; i++) {
		g->who[i] = (struct rule_person){ .kind = "email",
			.before = { NOW * 1000 } };
		must(subject_hash(key, "email", who[i], 15, g->who[i].hash,
		    &g->f.e) == 0);
	}
	g->subject = (struct rule_subject){ "email", "email" };
	g->d = a_rule("person", "at");
	g->d.n_subject = g->d.n_persons = 1;
	g->d.subject = g->d.persons = &g->subject;
	g->d.n_wanted = 1;
	g->d.wanted = g->who;
	g->d.gates = &g->gates;
}

static void
close_rig(struct rig *g)
{
	print_list_release(&g->prints);
	gates_release(&g->gates);
	fixture_close(&g->f);
}

static int
erase(struct rig *g)
{
	struct store_sink sink = told_sink(&g->t);

	sink.prints = keep;
	g->r = (struct store_result){ .erased = 0 };
	g->f.e = ERR_EMPTY;
	print_list_seal(&g->prints);
	must(fixture_store(&g->f, STORE_WRITE) == 0);
	return store_erase(g->f.st, &g->d, now, &sink, &g->r, &g->f.e);
}

static uint8_t flags[100];

static int
match(struct rig *g, struct store_matched *m)
{
	*m = (struct store_matched){ .flags = flags };
	memset(flags, 0, sizeof(flags));
	print_list_seal(&g->prints);
	g->d.prints = &g->prints;
	g->f.e = ERR_EMPTY;
	must(fixture_store(&g->f, STORE_READ) == 0);
	return store_match(g->f.st, &g->d, now, m, &g->f.e);
}

static size_t
with(struct rig *g, int flag)
{
	size_t n = 0;

	for (size_t i = 0; i < g->prints.n; i++)
		n += (flags[i] & flag) != 0;
	return n;
}

static void
test_back(void)
{
	struct store_matched m;
	struct rig g;

	open_rig(&g, PEOPLE);
	ok(erase(&g) == 0 && g.r.erased == 5 && g.told == 5 && g.bobs == 0 &&
	    g.before_done == 1, "of each row that went, before its outcome: "
	    "%s", g.f.e.text);
	ok(match(&g, &m) == 0 && with(&g, STORE_MATCHED) == 0 &&
	    m.timed + m.other == 0, "gone: none is known: %s", g.f.e.text);
	fixture_sql(&g.f, "DROP TABLE person; " PEOPLE);
	ok(match(&g, &m) == 0 && with(&g, STORE_MATCHED) == 5 &&
	    with(&g, STORE_TWICE) == 0 && m.timed + m.other == 0,
	    "back: all are known, whatever their type: %s", g.f.e.text);
	ok(with(&g, STORE_STRONG) == 1 && with(&g, STORE_WEAK) == 0,
	    "one has a moment; a quarter of an hour is none");
	g.d.action = RULE_ANONYMISE;
	ok(match(&g, &m) == -1, "what is to be anonymised has columns");
	g.d.n_columns = 1;
	g.d.columns = &(struct rule_column){ "email", RULE_NULL, NULL,
		0 };
	ok(match(&g, &m) == 0 && with(&g, STORE_STRONG) == 0 &&
	    with(&g, STORE_WEAK) == 1, "anonymised, it is weak: %s",
	    g.f.e.text);
	close_rig(&g);
}

static void
test_different(void)
{
	struct store_matched m;
	struct rig g;

	open_rig(&g, PEOPLE);
	ok(erase(&g) == 0, "%s", g.f.e.text);
	fixture_sql(&g.f, "DROP TABLE person; " PEOPLE
	    "UPDATE person SET x = CASE id WHEN 1 THEN '1' WHEN 3 THEN 1 "
	    "WHEN 4 THEN 0 WHEN 5 THEN '00ff' ELSE 1 END");
	ok(match(&g, &m) == 0 && with(&g, STORE_MATCHED) == 0 &&
	    m.timed == 1 && m.other == 4, "of another type they are others: "
	    "%s", g.f.e.text);
	fixture_sql(&g.f, "UPDATE person SET at = 1700000001");
	ok(match(&g, &m) == 0 && m.timed + m.other == 0,
	    "younger than the erasure: not looked at");
	fixture_sql(&g.f, "DROP TABLE person; " PEOPLE
	    "ALTER TABLE person ADD COLUMN more");
	ok(match(&g, &m) == 0 && with(&g, STORE_MATCHED) == 5,
	    "an empty column that came later changes nothing");
	fixture_sql(&g.f, "UPDATE person SET more = 0");
	ok(match(&g, &m) == 0 && with(&g, STORE_MATCHED) == 0,
	    "one that holds something does");
	g.gates.key[0] ^= 1;
	ok(match(&g, &m) == 0 && m.timed + m.other == 0,
	    "by another key nobody is known");
	close_rig(&g);
}

#define NUMBERED "CREATE TABLE person(id INTEGER PRIMARY KEY " \
	"AUTOINCREMENT, email TEXT, at INTEGER);" \
	"INSERT INTO person VALUES (1, 'ann@example.org', NULL);"
#define PLAIN "CREATE TABLE person(email TEXT, at INTEGER);" \
	"INSERT INTO person VALUES ('ann@example.org', NULL);"

static void
test_numbers(void)
{
	struct store_matched m;
	struct rig g;

	open_rig(&g, NUMBERED);
	ok(erase(&g) == 0 && g.told == 1, "%s", g.f.e.text);
	fixture_sql(&g.f, "INSERT INTO person(email) VALUES "
	    "('ann@example.org')");
	ok(match(&g, &m) == 0 && with(&g, STORE_MATCHED) == 0 && m.other == 1,
	    "numbered, a new row is another one");
	fixture_sql(&g.f, "DROP TABLE person; " NUMBERED);
	ok(match(&g, &m) == 0 && with(&g, STORE_STRONG) == 1,
	    "and the old one shows it");
	close_rig(&g);
	open_rig(&g, PLAIN);
	ok(erase(&g) == 0 && g.told == 1, "%s", g.f.e.text);
	fixture_sql(&g.f, "DROP TABLE person; " PLAIN);
	ok(match(&g, &m) == 0 && with(&g, STORE_MATCHED) == 1 &&
	    with(&g, STORE_STRONG | STORE_WEAK | STORE_TWICE) == 0,
	    "without numbers it shows nothing");
	fixture_sql(&g.f, "INSERT INTO person VALUES ('ann@example.org', "
	    "NULL)");
	ok(match(&g, &m) == 0 && with(&g, STORE_TWICE) == 1,
	    "two that are alike are told apart by nothing");
	close_rig(&g);
}

static void
test_narrowed(void)
{
	struct rig g;

	open_rig(&g, PEOPLE);
	g.d.printed = true;
	ok(erase(&g) == -1 && g.f.e.code == ERR_REFUSED && g.t.intents == 0,
	    "without prints nothing goes: %s", g.f.e.text);
	g.d.printed = false;
	ok(erase(&g) == 0 && g.told == 5, "%s", g.f.e.text);
	fixture_sql(&g.f, "DROP TABLE person; " PEOPLE
	    "UPDATE person SET x = 9 WHERE id IN (3, 4);"
	    "INSERT INTO person(id, email, at) VALUES "
	    "(7, 'ann@example.org', 1699999200),"
	    "(8, 'ann@example.org', 1700000001),"
	    "(9, 'ann@example.org', 1700000000),"
	    "(10, 'ann@example.org', 1699999999)");
	g.d.printed = true;
	g.d.prints = &g.prints;
	ok(erase(&g) == 0 && g.r.erased == 5, "what they know, or has a "
	    "moment: %s", g.f.e.text);
	ok(fixture_int(&g.f, "SELECT count(*) FROM person WHERE id IN "
	    "(1, 4, 5, 6, 10)") == 0, "those");
	ok(fixture_int(&g.f, "SELECT count(*) FROM person WHERE id IN "
	    "(2, 3, 7, 8, 9)") == 5, "and nothing else");
	print_list_release(&g.prints);
	ok(erase(&g) == 0 && g.r.erased == 0 && g.t.intents == 0,
	    "with none of them, and no moment, nothing");
	close_rig(&g);
}

static void
test_sample(void)
{
	struct rig g;

	open_rig(&g, "CREATE TABLE person(id INTEGER PRIMARY KEY, email TEXT,"
	    " at INTEGER); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
	    "i + 1 FROM n WHERE i < 300) INSERT INTO person SELECT i, CASE "
	    "WHEN i % 100 = 0 THEN 'bob@example.org' ELSE 'ann@example.org' "
	    "END, NULL FROM n");
	g.d.n_wanted = 2;
	ok(erase(&g) == 0 && g.r.erased == 300, "%s", g.f.e.text);
	ok(g.bobs == 3 && g.told == PRINT_MOST + 3, "so many of each: %zu of "
	    "the other, %zu", g.bobs, g.told);
	close_rig(&g);
}

/* A row that its application keeps has no print. */
static void
test_left(void)
{
	struct rig g;

	open_rig(&g, PEOPLE "CREATE TRIGGER no BEFORE DELETE ON person WHEN "
	    "old.id = 1 BEGIN SELECT RAISE(ABORT, 'no'); END");
	ok(erase(&g) == 0 && g.r.erased == 4 && g.r.left == 1 && g.told == 4,
	    "%s", g.f.e.text);
	close_rig(&g);
}

int
main(void)
{
	test_back();
	test_different();
	test_numbers();
	test_narrowed();
	test_sample();
	test_left();
	return tap_done();
}
