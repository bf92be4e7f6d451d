/*
 * packlane - hands bytes to a function that runs in a thread of its own, so that
 * compressing takes its time beside reading and masking.
 *
 * The thread begins with the first SLOT bytes: what is smaller, and what finds
 * no thread to be had, is done by the caller.  It shares nothing but a ring of
 * four slots, and lives no longer than the lane.
 */
#ifndef STORE_LOGS_PACKLANE_H
#define STORE_LOGS_PACKLANE_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

#define PACKLANE_SLOT ((size_t)256 << 10)	/* bytes */

struct packlane;

/* Gets all bytes in their order, `last` with the last of them (maybe none).
 * After a failure it is not called again. */
typedef int packlane_fn(void *ctx, const void *p, size_t n, bool last,
    struct err *e);

/* ctx is the thread's until the lane is finished or freed. */
struct packlane *packlane_new(packlane_fn *fn, void *ctx);
void packlane_free(struct packlane *l);		/* wipes; NULL is fine */

/* Copies; waits while all slots are full.  -1: fn failed, with its error, here
 * or at a later call. */
int packlane_put(struct packlane *l, const void *p, size_t n, struct err *e);

/* All is done, or it failed; the end. */
int packlane_finish(struct packlane *l, struct err *e);

#endif
