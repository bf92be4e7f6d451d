/*
 * slice - locks that are asked for again and again, and never waited for long.
 *
 * Who waits for EXCLUSIVE keeps new readers out, and who waits inside a
 * checkpoint keeps writers out: so both are tried shortly, with rests.
 */
#include "slice.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "bits.h"
#include "db.h"
#include "shred.h"

#define EXCLUSIVE_MS 100
#define LONG 20			/* from this try on a checkpoint waits, */
#define TRUNCATE_STEP_MS 5	/* longer each time, */
#define TRUNCATE_MS 250		/* and at most so long: writers wait too */
#define REST_MS 10
#define CALL_BYTES 65536	/* the unix VFS takes a length modulo 128 KiB */

static int
on_read(void *ctx, void *to, uint32_t n, int64_t at)
{
	struct slice *x = ctx;

	return x->file->pMethods->xRead(x->file, to, (int)n, at);
}

static int
on_write(void *ctx, const void *from, uint32_t n, int64_t at)
{
	struct slice *x = ctx;

	must(n <= CALL_BYTES);
	return x->file->pMethods->xWrite(x->file, from, (int)n, at);
}

static int
on_size(void *ctx, int64_t *ret)
{
	struct slice *x = ctx;
	sqlite3_int64 n = 0;
	int rc = x->file->pMethods->xFileSize(x->file, &n);

	*ret = n;
	return rc;
}

struct scan_io
slice_io(struct slice *x)
{
	return (struct scan_io){ x, on_read, on_write, on_size };
}

int
slice_init(struct slice *x, struct db *db, struct err *e)
{
	*x = (struct slice){ .db = db, .wal = db->wal,
		.wait_ms = db->store->busy_ms > 0 ? db->store->busy_ms : 5000 };
	if (sqlite3_file_control(db->h, "main", SQLITE_FCNTL_FILE_POINTER,
	    &x->file) != SQLITE_OK || !x->file || !x->file->pMethods)
		return err_set(e, ERR_STORE, "its file cannot be reached");
	return 0;
}

static void
nap(int64_t ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&ts, NULL);
}

static void
let_go(struct slice *x)
{
	if (!sqlite3_get_autocommit(x->db->h))
		(void)sqlite3_exec(x->db->h, "ROLLBACK", NULL, NULL, NULL);
}

static int
patience(int tries)
{
	int ms = tries < LONG ? 0 : (tries - LONG + 1) * TRUNCATE_STEP_MS;

	return ms < TRUNCATE_MS ? ms : TRUNCATE_MS;
}

/* Nothing in the log, and nobody who could write to it. */
static int
take_log(struct slice *x, int tries)
{
	sqlite3_int64 bytes = 0;
	sqlite3_file *log = NULL;
	int rc;

	sqlite3_busy_timeout(x->db->h, patience(tries));
	rc = sqlite3_wal_checkpoint_v2(x->db->h, "main",
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(x->db->h, 0);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(x->db->h, "BEGIN IMMEDIATE", NULL, NULL,
		    NULL);
	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_file_control(x->db->h, "main",
	    SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (rc == SQLITE_OK && log && log->pMethods)
		rc = log->pMethods->xFileSize(log, &bytes);
	return rc == SQLITE_OK && bytes > 0 ? SQLITE_BUSY : rc;
}

static int
take(struct slice *x, bool to_write, int tries)
{
	if (x->wal)
		return take_log(x, tries);
	sqlite3_busy_timeout(x->db->h, EXCLUSIVE_MS);
	return sqlite3_exec(x->db->h, to_write ? "BEGIN EXCLUSIVE" :
	    "BEGIN IMMEDIATE", NULL, NULL, NULL);
}

int
slice_take(struct slice *x, bool to_write, struct err *e)
{
	struct mono began = clock_mono();
	int rc;

	for (int tries = 0; ; tries++) {
		rc = take(x, to_write, tries);
		if (rc == SQLITE_OK)
			break;
		let_go(x);
		if ((rc & 0xff) != SQLITE_BUSY && (rc & 0xff) != SQLITE_LOCKED)
			return db_fail(x->db, rc, e, "lock");
		if (clock_since_ms(began, clock_mono()) > x->wait_ms)
			return err_set(e, ERR_BUSY, "others use it without a "
			    "pause: no lock to overwrite what is dead");
		nap(REST_MS);
	}
	x->since = clock_mono();
	x->n++;
	if (db_same_file(x->db, e) == 0)
		return 0;
	let_go(x);
	return -1;
}

int64_t
slice_ms(const struct slice *x)
{
	return clock_since_ms(x->since, clock_mono());
}

/* The same number again: SQLite writes page 1 for it all the same. */
static int
tell(struct slice *x, struct err *e)
{
	char sql[64];
	int64_t n;

	if (db_int(x->db, "PRAGMA user_version", &n, e) == -1)
		return -1;
	(void)snprintf(sql, sizeof(sql), "PRAGMA user_version=%d", (int)n);
	if (db_exec(x->db, sql, e) == -1)
		return -1;
	return db_exec(x->db, "COMMIT", e);
}

int
slice_leave(struct slice *x, bool told, struct err *e)
{
	int rc = told && x->wal ? tell(x, e) : 0;
	int64_t ms;

	let_go(x);
	ms = slice_ms(x);
	x->longest_ms = ms > x->longest_ms ? ms : x->longest_ms;
	if (told && rc == 0 && !x->wal && x->file->pMethods->xSync(x->file,
	    SQLITE_SYNC_NORMAL) != SQLITE_OK)
		rc = err_set(e, ERR_STORE, "what was overwritten cannot be "
		    "synced");
	return rc;
}

int
slice_end(struct slice *x, struct err *e)
{
	for (int i = 0; x->wal && i < LONG; i++) {
		sqlite3_busy_timeout(x->db->h, 0);
		if (sqlite3_wal_checkpoint_v2(x->db->h, "main",
		    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
			break;
		nap(REST_MS);
	}
	return x->file->pMethods->xSync(x->file, SQLITE_SYNC_NORMAL) ==
	    SQLITE_OK ? 0 : err_set(e, ERR_STORE, "what was overwritten "
	    "cannot be synced");
}

int
slice_journal(struct slice *x, uint64_t *ret_bytes, struct err *e)
{
	struct shred_file s = { .dir_fd = AT_FDCWD, .fd = -1 };
	struct buf name = BUF_EMPTY;
	uint8_t head[8] = { 0 };
	int rc;

	*ret_bytes = 0;
	buf_putf(&name, "%s-journal", x->db->path);
	s.name = buf_text(&name);
	rc = buf_failed(&name) ? err_set(e, ERR_MEMORY, "no memory") :
	    shred_open(&s, e);
	if (rc == 1 && s.bytes > 0) {
		if (pread(s.fd, head, sizeof(head), 0) == -1)
			rc = err_sys(e, "read its journal");
		else if (bits_any(head, sizeof(head)))
			rc = err_set(e, ERR_STORE, "its journal is still to "
			    "be rolled back");
		else
			rc = shred_overwrite(&s, e);
		*ret_bytes = rc == 0 ? (uint64_t)s.bytes : 0;
	}
	fd_close(&s.fd);
	buf_release(&name);
	return rc == -1 ? -1 : 0;
}
