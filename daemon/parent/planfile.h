/*
 * planfile - state/plans/ID.bin: the commitments of a saved plan, sorted, 32
 * bytes each.  What never went is not kept; what was approved stays, as
 * evidence.
 */
#ifndef PARENT_PLANFILE_H
#define PARENT_PLANFILE_H

#include "retention/buf.h"
#include "retention/err.h"
#include "retention/ledger.h"

struct parent;

int planfile_write(struct parent *p, const struct ledger_plan *plan,
    const struct buf *items, struct err *e);
/* Checked against number and root. */
int planfile_read(struct parent *p, const struct ledger_plan *plan,
    struct buf *ret, struct err *e);
void planfile_drop(struct parent *p, const struct ledger_plan *plan);

#endif
