/*
 * restoring - what follows when a store came out of a backup.
 */
#ifndef PARENT_RESTORING_H
#define PARENT_RESTORING_H

#include "retention/err.h"
#include "retention/ledger_erasure.h"
#include "retention/record.h"

struct parent;
struct place;

/*
 * The store came out of a backup, as somebody says (who) or as it looks
 * (NULL): whoever was erased on request is looked for again.  ret_id: of the
 * first request made, "" when nobody was.
 */
int restoring_begin(struct parent *p, struct place *pl, const char *why,
    const struct record_who *who, char ret_id[LEDGER_ERASURE_ID + 1],
    struct err *e);

#endif
