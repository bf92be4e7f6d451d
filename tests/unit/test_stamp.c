/*
 * A file that nobody touched since a pass left it clean is not read as a whole
 * by the next one.
 */
#include "stampkit.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void
nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static void
test_untouched(const char *mode)
{
	struct stamped w;

	stamp_begin(&w, mode);
	must(stamp_pass_over(&w, true));
	ok(w.erased == STAMP_EACH && stamp_was_whole(&w) && w.clean[0],
	    "%s: first the whole file, %llu of %llu bytes; stamp %s", mode,
	    (unsigned long long)w.read, (unsigned long long)w.bytes, w.clean);
	for (int i = 0; i < 2; i++) {
		must(stamp_pass_over(&w, true));
		ok(w.erased == STAMP_EACH && w.trusted && w.read < w.bytes / 4 &&
		    w.clean[0], "%s: untouched: %llu bytes of %llu", mode,
		    (unsigned long long)w.read, (unsigned long long)w.bytes);
	}
	sqlite3_close(w.f.app);
	must(sqlite3_open(w.f.path, &w.f.app) == SQLITE_OK);
	ok(fixture_int(&w.f, "SELECT count(*) FROM t") == 12000 - 3 * STAMP_EACH &&
	    stamp_pass_over(&w, true) && w.trusted, "%s: closed, opened and read only",
	    mode);
	w.clean[0] = '\0';
	ok(stamp_pass_over(&w, true) && stamp_was_whole(&w), "%s: no stamp: the whole file",
	    mode);
	fixture_close(&w.f);
}

/* What another connection deleted after the stamp, with secure_delete off. */
static void
test_nothing_left(const char *mode)
{
	struct stamped w;
	char text[] = "mkn000300z";
	unsigned char *d;
	size_t n;

	stamp_begin(&w, mode);
	must(stamp_pass_over(&w, true) && stamp_pass_over(&w, true));
	d = scrub_slurp(w.f.path, &n);
	ok(d != NULL && memmem(d, n, text, 10) != NULL &&
	    memmem(d, n, "mkn000010z", 10) == NULL, "%s: rows of two passes "
	    "are gone from the file, others are not", mode);
	free(d);
	fixture_sql(&w.f, "DELETE FROM t WHERE id = 300");
	ok(stamp_pass_over(&w, true) && stamp_was_whole(&w), "%s: deleted by its application",
	    mode);
	d = scrub_slurp(w.f.path, &n);
	ok(d != NULL && memmem(d, n, text, 10) == NULL, "%s: gone as well",
	    mode);
	free(d);
	fixture_close(&w.f);
}

/* Somebody's change within the time in which none could be told from ours:
 * there is no stamp. */
static void
test_racy(const char *mode)
{
	struct stamped w;
	pid_t pid;
	struct mono from;

	stamp_begin(&w, mode);
	must(stamp_pass_over(&w, false));
	pid = fork();
	must(pid != -1);
	if (pid == 0) {
		for (int i = 0; i < 1500; i++) {
			(void)utimensat(AT_FDCWD, w.f.path, NULL, 0);
			nap(2);
		}
		_exit(0);
	}
	nap(20);
	w.clean[0] = '1';		/* who touches it may not get to run */
	for (int i = 0; i < 5 && w.clean[0]; i++)
		must(stamp_pass_over(&w, true));
	ok(!w.clean[0], "%s: touched all the while: no stamp", mode);
	must(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	from = clock_mono();
	ok(stamp_pass_over(&w, true) && stamp_was_whole(&w) && w.clean[0] &&
	    clock_since_ms(from, clock_mono()) >= STAMP_OLD_MS,
	    "%s: the next looks at all, and waits before it says so", mode);
	fixture_close(&w.f);
}

/* Somebody is in the middle of a transaction: nobody can tell. */
static void
test_locked(const char *mode)
{
	struct stamped w;
	struct db *db = NULL;

	stamp_begin(&w, mode);
	must(stamp_pass_over(&w, true) && w.clean[0]);
	fixture_sql(&w.f, "BEGIN IMMEDIATE");
	must(db_open(&(struct db_how){ .store = &w.f.store,
	    .path = w.f.path, .access = STORE_WRITE }, &db, &w.f.e) == 0);
	ok(!stamp_trust(db, w.clean) && !db->soil.known,
	    "%s: under another's lock it is not believed", mode);
	fixture_sql(&w.f, "ROLLBACK");
	ok(stamp_trust(db, w.clean) && db->soil.known, "%s: then it is", mode);
	fixture_sql(&w.f, "UPDATE t SET body = 'x' WHERE id = 9000");
	ok(db_exec(db, "BEGIN IMMEDIATE", &w.f.e) == 0, "%s: locked", mode);
	if (strcmp(mode, "wal") != 0)
		ok(!db->soil.known, "%s: a commit afterwards shows", mode);
	(void)db_exec(db, "ROLLBACK", &w.f.e);
	stamp_take(db, w.clean);
	ok(!w.clean[0], "%s: nor is a stamp to be had", mode);
	db_close(db);
	fixture_close(&w.f);
}

struct reading {
	struct told told;		/* first: the sink's */
	sqlite3 *h;
};

/* The outcome is told when the scrub is over. */
static int
ends_reading(void *ctx, const struct store_outcome *o, struct err *e)
{
	struct reading *r = ctx;

	(void)e;
	r->told.erased += o->erased;
	scrub_sql(r->h, "COMMIT");
	return 0;
}

/* A reader that stays kept the scrub from being done; he is gone when a stamp
 * could be had. */
static void
test_not_scrubbed(void)
{
	struct rule_dataset d = a_rule("t", "ts");
	struct store_result r = { .erased = 0 };
	struct reading reading = { .h = NULL };
	struct store_sink sink = told_sink(&reading.told);
	struct stamped w;
	int rc;

	stamp_begin(&w, "wal");
	must(sqlite3_open(w.f.path, &reading.h) == SQLITE_OK &&
	    fixture_store(&w.f, STORE_WRITE) == 0);
	scrub_sql(reading.h, "BEGIN; SELECT count(*) FROM t");
	sink.ctx = &reading;
	sink.done = ends_reading;
	rc = store_erase(w.f.st, &d, (struct wall){ (STAMP_BASE + STAMP_EACH) *
	    1000 + 86400000 }, &sink, &r, &w.f.e);
	ok(rc == 0 && r.erased == STAMP_EACH && r.clean[0] == '\0',
	    "not scrubbed, for a reader: no stamp: %s", w.f.e.text);
	sqlite3_close(reading.h);
	fixture_close(&w.f);
}

/* By way of the store, as a worker does it. */
static void
test_store(void)
{
	struct rule_dataset d = a_rule("t", "ts");
	struct store_result r = { .erased = 0 };
	struct told told;
	struct store_sink sink = told_sink(&told);
	struct stamped w;

	stamp_begin(&w, "wal");
	must(fixture_store(&w.f, STORE_WRITE) == 0);
	ok(store_erase(w.f.st, &d, (struct wall){ (STAMP_BASE + STAMP_EACH) * 1000 +
	    INT64_C(86400000) }, &sink, &r, &w.f.e) == 0 && r.erased == STAMP_EACH &&
	    r.clean[0] != '\0' && r.clean[strspn(r.clean,
	    "0123456789abcdef ")] == '\0', "a store's pass tells: %s",
	    r.clean);
	snprintf(w.clean, sizeof(w.clean), "%s", r.clean);
	w.passes = 1;
	ok(stamp_pass_over(&w, false) && w.trusted, "and what it told is believed");
	w.f.store.scrub = RULE_SCRUB_OFF;
	must(fixture_store(&w.f, STORE_WRITE) == 0);
	ok(store_erase(w.f.st, &d, (struct wall){ (STAMP_BASE + 4 * STAMP_EACH) * 1000 +
	    INT64_C(86400000) }, &sink, &r, &w.f.e) == 0 && r.erased > 0 &&
	    r.clean[0] == '\0', "not scrubbed: nothing is told");
	fixture_close(&w.f);
}

/* A scrub that was asked for looks at all of the file, and is believed. */
static void
test_sweep(const char *mode)
{
	struct told told;
	struct store_sink sink = told_sink(&told);
	struct store_swept r = { .files = 0 };
	struct stamped w;

	stamp_begin(&w, mode);
	must(stamp_pass_over(&w, true) && fixture_store(&w.f, STORE_WRITE) == 0);
	sink.clean = w.clean;
	ok(store_sweep(w.f.st, &sink, &r, &w.f.e) == 0 && r.files == 1 &&
	    r.pages * 4096 >= stamp_bytes(w.f.path), "%s: a scrub visits %llu "
	    "pages", mode, (unsigned long long)r.pages);
	ok(stamp_pass_over(&w, false) && stamp_was_whole(&w),
	    "%s: what was known before it is "
	    "not believed", mode);
	must(store_sweep(w.f.st, &sink, &r, &w.f.e) == 0);
	snprintf(w.clean, sizeof(w.clean), "%s", r.clean);
	ok(stamp_pass_over(&w, false) && w.trusted, "%s: what it told is", mode);
	fixture_close(&w.f);
}

int
main(void)
{
	static const char *const modes[] = { "delete", "wal", "persist" };

	if (!stamp_is_here()) {
		ok(true, "# SKIP /tmp is of no kind whose times are believed");
		return tap_done();
	}
	for (size_t m = 0; m < sizeof(modes) / sizeof(*modes); m++) {
		test_untouched(modes[m]);
		test_nothing_left(modes[m]);
		test_racy(modes[m]);
		test_locked(modes[m]);
		test_sweep(modes[m]);
	}
	test_not_scrubbed();
	test_store();
	return tap_done();
}
