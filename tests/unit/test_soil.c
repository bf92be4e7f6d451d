/*
 * What a scrub knows of a file: after rows of ours went, it visits the pages
 * that we wrote and leaves nothing all the same; after anybody else's commit
 * it visits the whole file again.
 */
#include "storetest.h"
#include "tap.h"

#include "store/sqlite/db.h"
#include "store/sqlite/scrub.h"

#include "scrubkit.h"

static const struct scrub_shape shapes[] = {
	{ "journal", 4096, 0, "UTF-8", "delete", 6000 },
	{ "log", 4096, 0, "UTF-8", "wal", 6000 },
	{ "small pages", 1024, 0, "UTF-8", "persist", 6000 },
	{ "shrinks, journal", 4096, 1, "UTF-16le", "truncate", 6000 },
	{ "shrinks, log", 4096, 1, "UTF-8", "wal", 6000 },
};

static const char ours[] = "DELETE FROM notes WHERE rowid BETWEEN 300 AND 340;"
    "DELETE FROM old WHERE docid BETWEEN 300 AND 340;"
    "DELETE FROM person WHERE id BETWEEN 300 AND 340;"
    "UPDATE person SET doc = 'mkd' || printf('%06d', id) || 'z' || "
    "hex(zeroblob(3000)) WHERE id BETWEEN 341 AND 350;";
static const char theirs[] = "PRAGMA secure_delete=OFF;"
    "DELETE FROM notes WHERE rowid BETWEEN 4000 AND 4200;"
    "DELETE FROM old WHERE docid BETWEEN 4000 AND 4200;"
    "DELETE FROM person WHERE id BETWEEN 4000 AND 4200;";

static uint64_t
dead(const struct scrub_sum *s)
{
	uint64_t n = 0;

	for (int i = 0; i < DEAD_N; i++)
		n += i == DEAD_JOURNAL ? 0 : s->found.bytes[i];
	return n;
}

/* By a connection that knows nothing. */
static void
test_nothing_left(struct fixture *f, const struct scrub_shape *s,
    const char *when)
{
	struct scrub_sum sum = { .rounds = 0 };
	struct db *db = NULL;
	int rc = db_open(&(struct db_how){ .store = &f->store,
	    .path = f->path, .access = STORE_WRITE }, &db, &f->e);

	ok(scrub_left(f->app, f->path, s->rows) == 0, "%s, %s: no marker",
	    s->name, when);
	if (rc == 0)
		rc = scrub_run(db, NULL, &sum, &f->e);
	ok(rc == 0 && !sum.small && dead(&sum) == 0, "%s, %s: the whole file "
	    "has %llu dead bytes: %s", s->name, when,
	    (unsigned long long)dead(&sum), rc == 0 ? "" : f->e.text);
	db_close(db);
	ok(scrub_sound(f->app), "%s, %s: sound", s->name, when);
}

static int
again(struct db *db, const char *sql, struct scrub_sum *sum, struct err *e)
{
	sqlite3_set_authorizer(db->h, NULL, NULL);
	return sql != NULL && db_exec(db, sql, e) == -1 ? -1 :
	    scrub_run(db, NULL, sum, e);
}

static void
test_shape(const struct scrub_shape *s)
{
	struct scrub_sum sum = { .rounds = 0 };
	uint64_t pages, read;
	struct db *db = NULL;
	struct fixture f;
	int rc;

	fixture_open(&f, "SELECT 1");
	sqlite3_close(f.app);
	f.app = scrub_make(f.path, s);
	must(db_open(&(struct db_how){ .store = &f.store, .path = f.path,
	    .access = STORE_WRITE }, &db, &f.e) == 0);
	ok(again(db, NULL, &sum, &f.e) == 0 && !sum.small && sum.sealed,
	    "%s: first the whole file", s->name);
	pages = sum.found.pages;
	soil_settle(&db->soil);
	read = db->soil.bytes_read;
	rc = again(db, ours, &sum, &f.e);
	ok(rc == 0 && sum.small && sum.sealed &&
	    sum.found.pages < pages / 2, "%s: then %llu of %llu pages, %llu "
	    "KiB read: %s", s->name, (unsigned long long)sum.found.pages,
	    (unsigned long long)pages, (unsigned long long)
	    (db->soil.bytes_read - read) / 1024, f.e.text);
	test_nothing_left(&f, s, "ours");
	/* That was another's commit as well, and here is one more. */
	ok(again(db, NULL, &sum, &f.e) == 0, "%s: in order", s->name);
	soil_settle(&db->soil);
	scrub_sql(f.app, theirs);
	ok(again(db, ours, &sum, &f.e) == 0 && !sum.small, "%s: somebody wrote:"
	    " the whole file", s->name);
	test_nothing_left(&f, s, "theirs");
	db_close(db);
	fixture_close(&f);
}

/* A row that somebody else's commit moved, between our last scrub and our own
 * commit: the page where it lay is not one that we wrote. */
static void
test_moved(const struct scrub_shape *s)
{
	static const char moves[] = "PRAGMA secure_delete=OFF; BEGIN; UPDATE "
	    "person SET id = id + 100000 WHERE id BETWEEN 300 AND 340; DELETE FROM ward "
	    "WHERE code BETWEEN 'mkw000300z' AND 'mkw000340z'; DELETE FROM "
	    "notes WHERE rowid BETWEEN 300 AND 340; DELETE FROM old WHERE "
	    "docid BETWEEN 300 AND 340; COMMIT";
	struct scrub_sum sum = { .rounds = 0 };
	struct db *db = NULL;
	struct fixture f;
	int rc;

	fixture_open(&f, "SELECT 1");
	sqlite3_close(f.app);
	f.app = scrub_make(f.path, s);
	must(db_open(&(struct db_how){ .store = &f.store, .path = f.path,
	    .access = STORE_WRITE }, &db, &f.e) == 0);
	must(again(db, NULL, &sum, &f.e) == 0);
	soil_settle(&db->soil);
	scrub_sql(f.app, moves);
	must(db_exec(db, "DELETE FROM person WHERE id > 100000", &f.e) == 0);
	rc = again(db, NULL, &sum, &f.e);
	ok(rc == 0 && !sum.small, "%s: moved by somebody else, then erased: "
	    "the whole file: %s", s->name, rc == 0 ? "" : f.e.text);
	test_nothing_left(&f, s, "moved");
	db_close(db);
	fixture_close(&f);
}

/* Opened while there was a rollback journal. */
static void
test_switched(void)
{
	struct scrub_sum sum = { .rounds = 0 };
	struct db *db = NULL;
	struct fixture f;

	fixture_open(&f, "CREATE TABLE t(x); INSERT INTO t VALUES "
	    "(zeroblob(9000)); DELETE FROM t");
	must(db_open(&(struct db_how){ .store = &f.store, .path = f.path,
	    .access = STORE_WRITE }, &db, &f.e) == 0);
	scrub_sql(f.app, "PRAGMA journal_mode=WAL; INSERT INTO t VALUES ('x')");
	ok(again(db, NULL, &sum, &f.e) == -1 && f.e.code == ERR_CHANGED &&
	    sum.rounds == 0, "switched to a log: nothing is written past it: "
	    "%s", f.e.text);
	ok(scrub_sound(f.app), "switched: sound");
	db_close(db);
	fixture_close(&f);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		test_shape(&shapes[i]);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		test_moved(&shapes[i]);
	test_switched();
	return tap_done();
}
