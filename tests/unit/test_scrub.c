/*
 * After a pass and its scrub nothing is left of erased rows in a database, its
 * log and its journal, whatever its page size, encoding and history; what
 * stays is as it was, and a damaged database is not touched.
 */
#include "storetest.h"
#include "tap.h"

#include "store/sqlite/db.h"
#include "store/sqlite/scrub.h"

#include "scrubkit.h"

static const struct wall now = { INT64_C(1700000000000) };

static const struct scrub_shape shapes[] = {
	{ "512", 512, 0, "UTF-8", "DELETE", 900 },
	{ "512, moving", 512, 1, "UTF-8", "WAL", 900 },
	{ "1024, UTF-16", 1024, 2, "UTF-16le", "DELETE", 900 },
	{ "1024, WAL", 1024, 0, "UTF-16be", "WAL", 900 },
	{ "2048, kept journal", 2048, 0, "UTF-8", "PERSIST", 900 },
	{ "4096", 4096, 0, "UTF-8", "DELETE", 3000 },
	{ "4096, WAL", 4096, 0, "UTF-8", "WAL", 3000 },
	{ "4096, moving", 4096, 1, "UTF-8", "DELETE", 3000 },
	{ "4096, moving, WAL", 4096, 2, "UTF-16le", "WAL", 3000 },
	{ "8192, emptied journal", 8192, 1, "UTF-8", "TRUNCATE", 2000 },
	{ "65536", 65536, 0, "UTF-8", "DELETE", 3000 },
	{ "65536, WAL", 65536, 2, "UTF-8", "WAL", 3000 },
};

/* All that the tables say, as one number. */
static uint64_t
told_by(sqlite3 *h, const char *sql)
{
	uint64_t sum = 14695981039346656037u;
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(h, sql, -1, &q, NULL) != SQLITE_OK) {
		printf("# SQL: %s\n", sqlite3_errmsg(h));
		return 0;
	}
	while (sqlite3_step(q) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(q); i++) {
			const unsigned char *t = sqlite3_column_text(q, i);

			for (; t && *t; t++)
				sum = (sum ^ *t) * 1099511628211u;
			sum = (sum ^ 31) * 1099511628211u;
		}
	sqlite3_finalize(q);
	return sum;
}

static const char whole[] = "SELECT 'p', *, 0 FROM person WHERE seen > 1 UNION "
    "ALL SELECT 'w', *, 0, 0, 0 FROM ward WHERE seen > 1 UNION ALL "
    "SELECT 'f', rowid, body, 0, 0, 0, 0 FROM notes WHERE rowid % 3 UNION ALL "
    "SELECT 'g', docid, body, 0, 0, 0, 0 FROM old WHERE docid % 3 ORDER BY "
    "1, 2";

static void
test_shape(const struct scrub_shape *s)
{
	struct fixture f;
	struct told t;
	struct store_sink sink = told_sink(&t);
	struct store_result r = { .erased = 0 };
	struct rule_dataset d = a_rule("person", "seen");
	long before, after;
	uint64_t was;

	fixture_open(&f, "SELECT 1");
	sqlite3_close(f.app);
	f.app = scrub_make(f.path, s);
	before = scrub_left(f.app, f.path, s->rows);
	was = told_by(f.app, whole);
	fixture_store(&f, STORE_WRITE);
	d.timing.clock = RULE_UNIX;
	int rc = store_erase(f.st, &d, now, &sink, &r, &f.e);

	ok(rc == 0 && r.erased > 100 && r.left == 0, "%s: %llu erased: %s",
	    s->name, (unsigned long long)r.erased, f.e.text);
	ok(strcmp(t.method, "sqlite-secure-delete+scrub") == 0,
	    "%s: and says how: %s: %s", s->name, t.method, t.err.text);
	after = scrub_left(f.app, f.path, s->rows);
	ok(before > 100 && after == 0, "%s: markers: %ld of what was gone "
	    "before, %ld after", s->name, before, after);
	ok(scrub_sound(f.app), "%s: sound", s->name);

	struct db *db = NULL;
	struct scrub_sum sum;
	uint64_t left = 0;

	store_close(f.st);
	f.st = NULL;
	rc = db_open(&(struct db_how){ .store = &f.store, .path = f.path,
	    .access = STORE_WRITE }, &db, &f.e);
	rc = rc == 0 ? scrub_run(db, NULL, &sum, &f.e) : rc;
	for (int i = 0; rc == 0 && i < DEAD_N; i++)
		left += i == DEAD_JOURNAL ? 0 : sum.found.bytes[i];
	ok(rc == 0 && left == 0 && sum.sealed && sum.rounds == 1 &&
	    sum.found.strange == 0, "%s: a second scrub finds %llu bytes "
	    "in %u rounds: %s", s->name, (unsigned long long)left,
	    sum.rounds, f.e.text);
	db_close(db);
	ok(was != 0 && was == told_by(f.app, whole), "%s: what stays says the "
	    "same", s->name);
	fixture_close(&f);
}

/* A copy where it cannot be overwritten: on a page that does not add up. */
static void
hide(const char *path, const char *table, sqlite3 *h, const char *what)
{
	char sql[100];
	sqlite3_stmt *q;
	unsigned char fragments;
	off_t at;
	int fd;

	(void)snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema "
	    "WHERE name = '%s'", table);
	must(sqlite3_prepare_v2(h, sql, -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW);
	at = (off_t)(sqlite3_column_int(q, 0) - 1) * 4096;
	sqlite3_finalize(q);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd != -1 && pread(fd, &fragments, 1, at + 7) == 1);
	fragments++;
	must(pwrite(fd, &fragments, 1, at + 7) == 1 &&
	    pwrite(fd, what, strlen(what), at + 2000) > 0);
	close(fd);
}

static void
test_residue(bool hidden, enum rule_scrub scrub)
{
	struct fixture f;
	struct told t;
	struct store_sink sink = told_sink(&t);
	struct store_result r = { .erased = 0 };
	struct rule_dataset d = a_rule("t", "seen");
	const char *say = hidden ? "hidden" : "not hidden";

	fixture_open(&f, "CREATE TABLE t(id INTEGER PRIMARY KEY, x, seen); "
	    "CREATE TABLE k(x); INSERT INTO k VALUES ('Edinburgh of old'); "
	    "INSERT INTO t VALUES (1, 'rare-word-17', 1), "
	    "(2, 'Edinburgh of old', 1), (3, 'stays', 1699999000)");
	sqlite3_close(f.app);
	must(sqlite3_open(f.path, &f.app) == SQLITE_OK);
	if (hidden)
		hide(f.path, "k", f.app, "rare-word-17");
	sqlite3_close(f.app);
	must(sqlite3_open(f.path, &f.app) == SQLITE_OK);
	f.store.scrub = scrub;
	fixture_store(&f, STORE_WRITE);
	int rc = store_erase(f.st, &d, now, &sink, &r, &f.e);

	ok(rc == 0 && r.erased == 2 && r.left == 0, "%s: erased: %s", say,
	    f.e.text);
	ok(t.err.code == (hidden && scrub != RULE_SCRUB_OFF ? ERR_RESIDUE :
	    ERR_NONE), "%s: %s: %s", say, rule_scrub_name(scrub), t.err.text);
	ok(strcmp(t.method, hidden || scrub == RULE_SCRUB_OFF ?
	    "sqlite-secure-delete" : "sqlite-secure-delete+scrub") == 0,
	    "%s: by %s", say, t.method);
	ok(fixture_int(&f, "SELECT count(*) FROM k, t") == 1,
	    "%s: what stays is there", say);
	fixture_close(&f);
}

struct seen {
	size_t dead, live;
	const char *what;
};

static void
on_see(void *ctx, const uint8_t *d, uint32_t n, bool dead)
{
	struct seen *s = ctx;

	if (memmem(d, n, s->what, strlen(s->what)) != NULL)
		*(dead ? &s->dead : &s->live) += 1;
}

/* What a search for residue is shown of one word. */
static struct seen
shown(struct fixture *f, const char *what)
{
	struct seen s = { .what = what };
	struct db *db = NULL;

	must(db_open(&(struct db_how){ .store = &f->store, .path = f->path,
	    .access = STORE_WRITE }, &db, &f->e) == 0 &&
	    scrub_show(db, on_see, &s, true, &f->e) == 0);
	db_close(db);
	return s;
}

static void
test_show(void)
{
	struct fixture f;
	struct seen row, gap, tail, leaf;

	fixture_open(&f, "PRAGMA secure_delete=0; CREATE TABLE t(id INTEGER "
	    "PRIMARY KEY, x); INSERT INTO t VALUES (1, 'in-a-row-1'), "
	    "(2, 'in-a-block-1'), (3, 'stays'); DELETE FROM t WHERE id = 2; "
	    "INSERT INTO t VALUES (4, printf('%.9000c', 'x') || 'in-a-chain-1'"
	    "); CREATE TABLE u(x); INSERT INTO u VALUES ('on-a-leaf-1'); "
	    "DROP TABLE u");
	sqlite3_close(f.app);
	must(sqlite3_open(f.path, &f.app) == SQLITE_OK);
	row = shown(&f, "in-a-row-1");
	gap = shown(&f, "in-a-block-1");
	tail = shown(&f, "in-a-chain-1");
	leaf = shown(&f, "on-a-leaf-1");
	ok(row.live == 1 && row.dead == 0, "a row is shown as one");
	ok(gap.live == 0 && gap.dead == 1, "a free block is shown as dead");
	ok(tail.live == 1 && tail.dead == 0, "the end of a chain lives");
	ok(leaf.live == 0 && leaf.dead == 1, "a free page is dead");
	fixture_close(&f);
}

int
main(void)
{
	test_show();
	test_residue(false, RULE_SCRUB_ERASED);
	test_residue(true, RULE_SCRUB_ERASED);
	test_residue(true, RULE_SCRUB_OFF);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		test_shape(&shapes[i]);
	return tap_done();
}
