/*
 * slice - a lock on a database, under which its file can be read and written
 * below SQLite.
 *
 * With a rollback journal that is EXCLUSIVE (to look: RESERVED).  With a
 * write-ahead log it is the writers' lock, and the log is empty: so the file is
 * what every reader reads, and readers go on.
 */
#ifndef STORE_SQLITE_SLICE_H
#define STORE_SQLITE_SLICE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

#include "scan.h"

struct db;

struct slice {
	struct db *db;			/* borrowed */
	sqlite3_file *file;		/* SQLite's own: its locks survive */
	bool wal;
	int64_t wait_ms;		/* for a lock, in all */
	struct mono since;
	uint64_t n;
	int64_t longest_ms;
};

int slice_init(struct slice *x, struct db *db, struct err *e);

/* Reads and writes the file through it. */
struct scan_io slice_io(struct slice *x);

/* ERR_BUSY after wait_ms. */
int slice_take(struct slice *x, bool to_write, struct err *e);
int64_t slice_ms(const struct slice *x);	/* since it was taken */

/* told: with a write-ahead log, makes everybody drop their cached pages. */
int slice_leave(struct slice *x, bool told, struct err *e);

/* What was written becomes durable; the log is emptied if that can be done
 * without waiting. */
int slice_end(struct slice *x, struct err *e);

/* Zeros over a journal that was kept, under EXCLUSIVE: *ret_bytes.  -1: it
 * looks as if it were to be rolled back. */
int slice_journal(struct slice *x, uint64_t *ret_bytes, struct err *e);

#endif
