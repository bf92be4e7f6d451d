/*
 * opcheck - what the ledger remembers of an operation so that a recovery does
 * not mistake another key, or another file in the store's place, for rows that
 * have gone.
 *
 * One line behind the job's text: "check ", hex HMAC(K_op,
 * "retentiond/check/v1" ‖ 00), space, the inode number and birth time of the
 * store's file, or of its folder; "-": not known.
 */
#ifndef PARENT_OPCHECK_H
#define PARENT_OPCHECK_H

#include "retention/commit.h"
#include "retention/err.h"

struct ledger;

/* `job` is the text; `path` of the store, NULL where its file may go
 * (destroy). */
int opcheck_remember(struct ledger *l, const struct commit_op *op,
    const char *job, const char *path, struct err *e);

/* Leaves the job alone in `text`; the path behind it, or NULL. */
const char *opcheck_path(char *text);

/* ERR_CHANGED and why, when key or store is another than was remembered. */
int opcheck_same(struct ledger *l, const struct commit_op *op,
    const char *path, struct err *e);

#endif
