/*
 * A scrub under a writer and readers in other processes: none of them meets an
 * error or a wrong row, and no marker comes back from their caches; killed at
 * any moment it leaves a sound database that says the same.
 */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "storetest.h"
#include "tap.h"

#include "store/sqlite/db.h"
#include "store/sqlite/scrub.h"

#include "scrubkit.h"

#define ROWS 6000
#define READERS 2
#define KILLS 20

static char path[128];
static volatile sig_atomic_t enough;

static void
on_term(int sig)
{
	(void)sig;
	enough = 1;
}

static sqlite3 *
open_app(void)
{
	sqlite3 *h;

	must(sqlite3_open(path, &h) == SQLITE_OK);
	sqlite3_busy_timeout(h, 5000);
	scrub_sql(h, "PRAGMA secure_delete=OFF; PRAGMA cache_size=-64000; "
	    "PRAGMA synchronous=OFF");
	return h;
}

static void
nap_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* Moves cells about on pages that hold residue. */
static int
writer(void)
{
	sqlite3 *h = open_app();
	int bad = 0;

	for (int i = 0; !enough; i++) {
		char sql[400];

		(void)snprintf(sql, sizeof(sql), "BEGIN IMMEDIATE; UPDATE "
		    "person SET name = name || 'x', seen = seen + 1 WHERE id "
		    "%% 89 = %d; UPDATE totals SET n = (SELECT count(*) FROM "
		    "person), written = written + 1; COMMIT", i % 89);
		bad += scrub_sql(h, sql) != SQLITE_OK;
		nap_ms(4);
	}
	sqlite3_close(h);
	return bad;
}

static int
reader(void)
{
	sqlite3 *h = open_app();
	int bad = 0;

	while (!enough) {
		bad += scrub_sql(h, "SELECT CASE WHEN (SELECT n FROM totals) ="
		    " count(*) AND min(mail LIKE 'mk%@example.%') THEN 0 ELSE "
		    "json('wrong') END FROM person NOT INDEXED") != SQLITE_OK;
		nap_ms(2);
	}
	bad += !scrub_sound(h);
	sqlite3_close(h);
	return bad;
}

static int
scrubber(struct scrub_sum *sum, bool forever)
{
	static const struct rule_store store = { .name = "s", .full = "n/s",
		.kind = RULE_SQLITE, .path = path, .busy_ms = 5000 };
	struct err e = ERR_EMPTY;
	struct db *db;
	int rc;

	do {
		if (db_open(&(struct db_how){ .store = &store, .path = path,
		    .access = STORE_WRITE }, &db, &e) == -1) {
			printf("# %s\n", e.text);
			return -1;
		}
		rc = scrub_run(db, NULL, sum, &e);
		if (rc == -1)
			printf("# %s\n", e.text);
		db_close(db);
	} while (forever);
	return rc;
}

static pid_t
start(int (*what)(void))
{
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	must(pid != -1);
	if (pid == 0) {
		(void)signal(SIGTERM, on_term);
		int bad = what();
		(void)fflush(stdout);
		_exit(bad > 100 ? 100 : bad);
	}
	return pid;
}

static int
stop(pid_t pid)
{
	int status = -1;

	kill(pid, SIGTERM);
	must(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* People go, and their application leaves them lying about. */
static void
make(const char *journal)
{
	struct scrub_shape s = { "x", 4096, 0, "UTF-8", journal, ROWS };
	sqlite3 *h = scrub_make(path, &s);

	scrub_sql(h, "PRAGMA secure_delete=OFF; DELETE FROM person WHERE seen "
	    "= 1; CREATE TABLE totals(n, written); INSERT INTO totals "
	    "SELECT count(*), 0 FROM person");
	sqlite3_close(h);
}

static long
left(void)
{
	sqlite3 *h = open_app();
	long n = scrub_left(h, path, ROWS);

	sqlite3_close(h);
	return n;
}

static void
clean_up(void)
{
	static const char *const side[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < 4; i++) {
		char name[160];

		(void)snprintf(name, sizeof(name), "%s%s", path, side[i]);
		unlink(name);
	}
}

static void
test_company(const char *journal)
{
	pid_t readers[READERS], w;
	struct scrub_sum sum = { .rounds = 0 };
	long before;
	int rc, bad = 0, wrote;

	make(journal);
	before = left();
	w = start(writer);
	for (int i = 0; i < READERS; i++)
		readers[i] = start(reader);
	nap_ms(300);
	rc = scrubber(&sum, false);
	/* With what they have cached they go on for a while. */
	nap_ms(800);
	wrote = stop(w);
	for (int i = 0; i < READERS; i++)
		bad += stop(readers[i]);
	ok(rc == 0 && sum.sealed, "%s: %u rounds, %llu locks, the longest "
	    "%lld ms", journal, sum.rounds, (unsigned long long)sum.locks,
	    (long long)sum.lock_ms);
	ok(wrote == 0 && bad == 0, "%s: nobody met an error: %d, %d", journal,
	    wrote, bad);
	ok(before > 1000 && left() == 0, "%s: markers: %ld before, %ld after",
	    journal, before, left());
	clean_up();
}

static int
scrub_forever(void)
{
	struct scrub_sum sum;

	return scrubber(&sum, true);
}

static void
test_kills(const char *journal)
{
	struct scrub_sum sum;
	int sound = 0;
	long before;

	make(journal);
	before = left();
	srand(5);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = start(scrub_forever);
		sqlite3 *h;

		nap_ms(2 + rand() % 60);
		kill(pid, SIGKILL);
		must(waitpid(pid, NULL, 0) == pid);
		h = open_app();
		sound += scrub_sound(h);
		sqlite3_close(h);
	}
	ok(sound == KILLS, "%s: sound after %d of %d kills", journal, sound,
	    KILLS);
	ok(scrubber(&sum, false) == 0 && before > 1000 && left() == 0,
	    "%s: markers: %ld before, %ld after", journal, before, left());
	clean_up();
}

/* A reader that stays: a scrub gives up, and harms nobody. */
static void
test_pinned(const char *journal)
{
	static const struct rule_store store = { .name = "s", .full = "n/s",
		.kind = RULE_SQLITE, .path = path, .busy_ms = 300 };
	struct err e = ERR_EMPTY;
	struct scrub_sum sum;
	struct db *db;
	sqlite3 *h, *other;
	sqlite3_stmt *q;

	make(journal);
	h = open_app();
	other = open_app();
	must(sqlite3_prepare_v2(h, "SELECT * FROM person", -1, &q, NULL) ==
	    SQLITE_OK && sqlite3_step(q) == SQLITE_ROW);
	if (strcmp(journal, "WAL") == 0)
		scrub_sql(other, "UPDATE totals SET n = n");
	must(db_open(&(struct db_how){ .store = &store, .path = path,
	    .access = STORE_WRITE }, &db, &e) == 0);
	ok(scrub_run(db, NULL, &sum, &e) == -1 && e.code == ERR_BUSY,
	    "%s: with a reader that stays: %s", journal, e.text);
	ok(sqlite3_step(q) == SQLITE_ROW && sqlite3_get_autocommit(db->h),
	    "%s: who reads on", journal);
	sqlite3_finalize(q);
	ok(scrub_run(db, NULL, &sum, &e) == 0 && sum.sealed,
	    "%s: and afterwards it is done", journal);
	db_close(db);
	sqlite3_close(h);
	sqlite3_close(other);
	clean_up();
}

int
main(void)
{
	static const char *const modes[] = { "DELETE", "WAL" };
	char dir[] = "/tmp/scrublive.XXXXXX";

	must(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/x.db", dir);
	for (size_t i = 0; i < 2; i++) {
		test_company(modes[i]);
		test_kills(modes[i]);
		test_pinned(modes[i]);
	}
	rmdir(dir);
	return tap_done();
}
