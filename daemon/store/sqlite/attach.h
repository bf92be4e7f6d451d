/*
 * attach - files that belong to rows and are erased with them.
 *
 * In the transaction that erases a row its file is renamed into the root,
 * under a name made of its path; the folders are synced before the commit.
 * After the commit it is overwritten and removed.  So at any instant a row
 * or a name of ours speaks for the file:
 *   killed before the commit: the row is there, the file gets its name back;
 *   killed after it: the row is gone, the file is finished.
 */
#ifndef STORE_SQLITE_ATTACH_H
#define STORE_SQLITE_ATTACH_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

struct items;
struct query;

struct attach;

/* *ret is NULL when the dataset has no files.  Borrows q and items. */
int attach_new(const struct query *q, struct items *items,
    struct attach **ret, struct err *e);
void attach_free(struct attach *a);		/* NULL is fine */

/* Below NULL is fine: rows without files. */

/* What a crash left: back to its row, or away. */
int attach_recover(struct attach *a, struct err *e);

/* Within the transaction.  1: nothing of item i stands in the way of its row
 * any more, 0: the row is not due, -1: the row must stay (*why). */
int attach_hide(struct attach *a, size_t i, struct err *why);
/* The row of item i stays after all. */
void attach_undo(struct attach *a, size_t i);
/* As many as fit into one transaction? */
bool attach_full(const struct attach *a);
/* Before the commit: names are durable. */
int attach_seal(struct attach *a, struct err *e);
/* After it, by its result: items whose file could not be finished become
 * ITEM_LEFT (*why).  -1: the disk failed (without files, too); what became of
 * the rows, or of their files, recovery sees. */
int attach_end(struct attach *a, int committed, struct err *why);

#endif
