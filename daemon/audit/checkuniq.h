/*
 * checkuniq - is any operation announced twice?  Exact, in constant memory: a
 * sorted run of names goes to an unlinked temporary file whenever the buffer
 * is full, and at the end the runs are merged.
 */
#ifndef AUDIT_CHECKUNIQ_H
#define AUDIT_CHECKUNIQ_H

#include <stdint.h>

#include "retention/commit.h"
#include "retention/err.h"

struct checkuniq;

/* `folder` is for the temporary file; NULL: $TMPDIR, else /var/tmp, else
 * /tmp.  None is made for up to CHECKUNIQ_ROOM names.  NULL: no memory. */
struct checkuniq *checkuniq_new(const char *folder);
void checkuniq_free(struct checkuniq *u);	/* NULL is fine */

#define CHECKUNIQ_ROOM 32768
#define CHECKUNIQ_MOST_RUNS 32768	/* so 2^30 names can be told apart */

/* -1: no room for more (temporary file); the names so far still count. */
int checkuniq_add(struct checkuniq *u, const uint8_t op[COMMIT_OP_BYTES],
    uint64_t seq, struct err *e);

/* Tell every name that was added again: its record, and the one before. */
int checkuniq_end(struct checkuniq *u, void *ctx,
    void (*twice)(void *ctx, uint64_t before, uint64_t again), struct err *e);

#endif
