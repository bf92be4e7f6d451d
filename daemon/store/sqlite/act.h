/*
 * act - does to rows what a dataset says, in transactions bounded by time.
 *
 * The only code that changes a store.  Every row is tested again, by the
 * whole predicate, in the transaction that changes it (I3).
 */
#ifndef STORE_SQLITE_ACT_H
#define STORE_SQLITE_ACT_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

struct items;
struct query;
struct turn;

struct act;
struct store_sink;

int act_new(const struct query *q, struct items *items, struct turn *turn,
    struct act **ret, struct err *e);
void act_free(struct act *a);		/* NULL is fine */

/*
 * All items in state ITEM_CHOSEN, in their order: each becomes ITEM_ERASED,
 * ITEM_SKIPPED (gone or not due any more) or ITEM_LEFT (its application's
 * constraints or triggers forbid it; the class of the last is in *row_err).
 * On failure those not reached stay chosen, and nothing of the transaction in
 * hand has been done; unless act_unsettled() says that it may have been, or
 * that files of rows that are gone are not: recovery tells.
 */
int act_run(struct act *a, struct err *row_err, struct err *e);

/* Whom to ask between transactions whether to end (borrowed); and whether
 * that was so. */
void act_ask(struct act *a, const struct store_sink *sink);
bool act_halted(const struct act *a);
bool act_unsettled(const struct act *a);

/* Look again at what was erased, row by row: what is still due becomes
 * ITEM_LEFT. */
int act_look(struct act *a, struct err *e);

/* May rows change by more than our own statements (triggers, children)? */
bool act_is_careful(const struct act *a);

#endif
