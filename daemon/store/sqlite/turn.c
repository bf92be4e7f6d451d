/*
 * turn - a pass among other users of the same file.
 *
 * An application's commits copy the write-ahead log once it has 1,000 pages,
 * and it would copy ours: so with company the log is copied after a few
 * hundred, in our rests, without the write lock.
 */
#include "turn.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

#include "retention/store.h"

#include "company.h"
#include "db.h"
#include "pace.h"

#define LOG_ALONE 65536		/* pages; 256 MiB of the usual size */
#define LOG_COMPANY 500
#define WAITED_MS 5
#define COPIES 3		/* the log may grow while it is copied */

struct turn {
	struct db *db;
	struct pace pace;
	struct company company;
	sqlite3_stmt *version;
	int log_pages;		/* in the write-ahead log, after a commit */
	struct mono waiting;
	struct pace_did did;
};

static int
note_log(void *ctx, sqlite3 *h, const char *name, int pages)
{
	struct turn *t = ctx;

	(void)h, (void)name;
	t->log_pages = pages;
	return SQLITE_OK;
}

int
turn_new(struct db *db, struct turn **ret, struct err *e)
{
	struct turn *t = calloc(1, sizeof(*t));
	struct mono now = clock_mono();

	if (!t)
		return err_set(e, ERR_MEMORY, "no memory");
	t->db = db;
	if (db_prepare(db, "PRAGMA data_version", &t->version, e) == -1) {
		free(t);
		return -1;
	}
	company_init(&t->company, db);
	pace_init(&t->pace, db->store->lock_ms,
	    company_none(&t->company, now), now);
	/* Takes the place of SQLite's own automatic checkpoints. */
	sqlite3_wal_hook(db->h, note_log, t);
	*ret = t;
	return 0;
}

void
turn_free(struct turn *t)
{
	if (!t)
		return;
	sqlite3_wal_hook(t->db->h, NULL, NULL);
	company_release(&t->company);
	sqlite3_finalize(t->version);
	free(t);
}

static void
copy_log(struct db *db)
{
	int pages = 0, copied = -1;

	for (int i = 0; i < COPIES && copied != pages; i++)
		if (sqlite3_wal_checkpoint_v2(db->h, "main",
		    SQLITE_CHECKPOINT_PASSIVE, &pages, &copied) != SQLITE_OK)
			break;
}

void
turn_finish(struct db *db)
{
	int wait_ms = (int)db->store->busy_ms;

	if (!db->wal)
		return;
	/* TRUNCATE copies under the writers' lock, and waits under it: so most
	 * is copied before, without, and nothing is waited for. */
	sqlite3_busy_timeout(db->h, 0);
	copy_log(db);
	(void)sqlite3_wal_checkpoint_v2(db->h, "main",
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(db->h, wait_ms > 0 ? wait_ms : 5000);
}

int
turn_go(struct turn *t, const struct store_sink *sink, struct err *e)
{
	struct holders_file file;
	bool alone = false;
	int rc;

	if (sink->go_alone == NULL || !company_unknown(&t->company, &file))
		return sink->go(sink->ctx, e);
	rc = sink->go_alone(sink->ctx, file.dev, file.ino, &alone, e);
	if (alone)
		company_told_none(&t->company, clock_mono());
	return rc;
}

void
turn_wait(struct turn *t)
{
	t->waiting = clock_mono();
}

void
turn_begin(struct turn *t)
{
	struct mono now = clock_mono();

	t->did.waited = clock_since_ms(t->waiting, now) > WAITED_MS;
	pace_begin(&t->pace, now);
}

bool
turn_over(struct turn *t)
{
	struct mono now = clock_mono();

	return pace_full(&t->pace, now) ||
	    (t->pace.alone && company_came(&t->company, now));
}

void
turn_commit(struct turn *t)
{
	t->did.committing = clock_mono();
}

static void
rest(int64_t ns)
{
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };

	if (ns > 0)
		(void)nanosleep(&ts, NULL);
}

void
turn_end(struct turn *t)
{
	struct pace_signs s = { .stirred = false };
	struct mono ended = clock_mono();
	int64_t rest_ns;

	t->did.alone = company_none(&t->company, ended);
	rest_ns = pace_rest(&t->pace, &t->did, ended);
	if (t->log_pages >= (t->did.alone ? LOG_ALONE : LOG_COMPANY)) {
		copy_log(t->db);
		t->log_pages = 0;
	}
	if (rest_ns > 0) {
		company_listen(&t->company);
		rest(rest_ns - (clock_mono().ns - ended.ns));
		s.stirred = company_stirred(&t->company);
	}
	s.version = db_number(t->version);
	pace_rested(&t->pace, &s, clock_mono());
}
