/*
 * Reading a database whose application opens and closes it again and again:
 * what is not there for a moment is waited for, what stays away is an error.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "store/sqlite/db.h"

#include "storetest.h"
#include "tap.h"

enum { LOOKS = 400 };

static char path[64] = "/tmp/test_connect.XXXXXX/db";

/* Each time the last connection goes, and -wal and -shm with it. */
static void
come_and_go(void)
{
	for (;;) {
		sqlite3 *h = NULL;

		sqlite3_open(path, &h);
		sqlite3_exec(h, "INSERT INTO t VALUES (1)", NULL, NULL, NULL);
		sqlite3_close(h);
	}
}

static int
look(struct err *e)
{
	struct rule_store st = { .full = "n/s" };
	struct db_how how = { .store = &st, .path = path,
		.access = STORE_READ };
	struct db *db;

	if (db_open(&how, &db, e) == -1)
		return -1;
	db_close(db);
	return 0;
}

static void
test_comes_and_goes(void)
{
	struct err e = ERR_EMPTY;
	pid_t pid = fork();
	int failed = 0;

	if (pid == 0)
		come_and_go();
	for (int i = 0; i < LOOKS; i++)
		failed += look(&e) == -1;
	ok(kill(pid, 0) == 0 && waitpid(pid, NULL, WNOHANG) == 0,
	    "the application goes on");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ok(failed == 0, "%d of %d looks failed: %s", failed, LOOKS,
	    e.text[0] ? e.text : "none");
}

static void
test_stays_away(void)
{
	struct err e = ERR_EMPTY;
	sqlite3 *h = NULL;
	char name[80], kept[80];

	/* A log without its index, as a machine that went down leaves it. */
	snprintf(name, sizeof(name), "%s-wal", path);
	snprintf(kept, sizeof(kept), "%s-kept", path);
	unlink(name);
	sqlite3_open(path, &h);
	sqlite3_exec(h, "INSERT INTO t VALUES (1)", NULL, NULL, NULL);
	ok(link(name, kept) == 0, "a log is there");
	sqlite3_close(h);
	rename(kept, name);
	ok(look(&e) == -1 && e.code == ERR_BUSY, "which is not read: %s",
	    e.text);
	unlink(name);
	ok(look(&e) == 0, "without it the database is");
	unlink(path);
	ok(look(&e) == -1 && e.code != ERR_BUSY, "a missing one: %s", e.text);
}

int
main(void)
{
	char dir[] = "/tmp/test_connect.XXXXXX";
	sqlite3 *h = NULL;

	if (!mkdtemp(dir))
		abort();
	memcpy(path, dir, strlen(dir));
	sqlite3_open(path, &h);
	sqlite3_exec(h, "PRAGMA journal_mode=WAL; CREATE TABLE t(a)", NULL,
	    NULL, NULL);
	sqlite3_close(h);
	test_comes_and_goes();
	test_stays_away();
	unlink(path);
	rmdir(dir);
	return tap_done();
}
