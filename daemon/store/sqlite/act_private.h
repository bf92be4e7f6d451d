/*
 * act_private - what the files of act share.
 */
#ifndef STORE_SQLITE_ACT_PRIVATE_H
#define STORE_SQLITE_ACT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

#include "db.h"
#include "items.h"
#include "query.h"

struct attach;
struct store_sink;
struct turn;

/* From STEP_TORN on, the transaction cannot be committed. */
enum step { STEP_DONE, STEP_SKIP, STEP_FAILED, STEP_TORN, STEP_BROKEN };

struct act {
	const struct query *q;
	struct items *items;
	struct turn *turn;
	sqlite3_stmt *begin, *commit, *version, *save, *undo;
	sqlite3_stmt *free, *test, *act, *look;
	sqlite3_stmt *taken;		/* whole: was the value not kept? */
	sqlite3_stmt *before[64];
	bool careful;			/* a savepoint for each row */
	bool whole;			/* all rows, or none: a correction */
	const struct store_sink *sink;	/* may say halt; NULL: nobody does */
	bool halted, unsettled;
	size_t tried, failed;		/* rows */
	struct attach *attach;		/* owned; NULL: rows have no files */
	struct err *row_err;
};

static inline int
act_private_run(const struct act *a, size_t i, sqlite3_stmt *s)
{
	int rc = items_bind(a->items, i, s);

	return rc == SQLITE_OK ? db_run(s) : rc;
}

static inline void
act_private_undo(const struct act *a)
{
	if (!sqlite3_get_autocommit(a->q->db->h))
		sqlite3_exec(a->q->db->h, "ROLLBACK", NULL, NULL, NULL);
}

/* Of a correction, before its commit: do all of the first n rows have it,
 * after whatever triggers of the last one did? */
int act_look_lock(struct act *a);	/* a code of SQLite's */
enum step act_look_kept(struct act *a, size_t n);

#endif
