/*
 * keeping - the retention of the daemon's own evidence: old segments are
 * compressed and pruned, old commitment keys destroyed, and after a lack of
 * space enforcement goes on when there is some again.
 */
#ifndef PARENT_KEEPING_H
#define PARENT_KEEPING_H

#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/ctl.h"
#include "retention/err.h"
#include "retention/jsonw.h"
#include "retention/record.h"

struct parent;

/* The timers; evidence is open. */
void keeping_open(struct parent *p);

/* All that the settings ask for, at once: for --once, before the last words. */
void keeping_finish(struct parent *p);

/*
 * Requests; the answer's members go to w.  -1: refused (ERR_REFUSED) or failed,
 * and what w has is to be dropped.
 */
int keeping_prune(struct parent *p, struct wall before, struct record_who who,
    struct jsonw *w, struct err *e);
int keeping_shred(struct parent *p, const struct ctl_request *r,
    struct record_who who, struct jsonw *w, struct err *e);

#endif
