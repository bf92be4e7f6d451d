/*
 * logcut - which due lines of a file that others append to can be cut off its
 * head now, and cutting them off (logblank).
 */
#ifndef STORE_LOGS_LOGCUT_H
#define STORE_LOGS_LOGCUT_H

#include "logfile.h"
#include "logjudge.h"
#include "logpick.h"

/* Is this a file, open elsewhere, whose lines go by a cut? */
bool logcut_wanted(const struct logfile *f, const struct rule_dataset *d);

/* Drops the picks that a cut would leave: behind a line that stays, less than
 * a block, on a file system that cannot.  Returns how many. */
size_t logcut_trim(const struct logfile *f, struct logpick_set *s);

/* Cuts a file that is watched, since it was said that all who have it open
 * only append (else the picks are left), and sets the states of the picks, as logact_run(). */
int logcut_run(const struct logfile *f, struct logjudge *j,
    struct logpick_set *s, struct err *e);

#endif
