/*
 * logact - deletes or masks picked lines of one open file.
 */
#ifndef STORE_LOGS_LOGACT_H
#define STORE_LOGS_LOGACT_H

#include "logpick.h"

/* What is possible with the file as it is open: lines of a file that others
 * have open can be masked in place, if it is not compressed; nothing else. */
bool logact_possible(const struct logfile *f, const struct rule_dataset *d);

/* Drops the picks that have to wait, all of them if need be; how many? */
size_t logact_trim(const struct logfile *f, const struct rule_dataset *d,
    struct logpick_set *s);

/* The method's word for the trail; NULL assurance needs none. */
const char *logact_method(const struct logfile *f, const struct rule_dataset *d);

/*
 * Acts on the picks (sorted by offset) and sets their states.  A line that is
 * no longer as it was picked is DRIFT and stays.  -1: *e says why the rest is
 * LEFT; the file is whole.
 */
int logact_run(struct logfile *f, const struct rule_dataset *d,
    struct logjudge *j, struct logpick_set *s, struct err *e);

#endif
