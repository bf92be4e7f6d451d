/*
 * logrival - datasets that claim the same lines by another clock than the one
 * that is at work: each is asked by its own.
 */
#ifndef STORE_LOGS_LOGRIVAL_H
#define STORE_LOGS_LOGRIVAL_H

#include "logfile.h"

#include "retention/clock.h"

struct logrival;

/* Do both tell the time of a line in the same way? */
bool logrival_same_clock(const struct rule_dataset *d,
    const struct rule_rival *r);

/* The rivals of d with other clocks; borrows d. */
int logrival_new(const struct rule_dataset *d, struct wall at,
    struct logrival **ret, struct err *e);
void logrival_free(struct logrival *r);		/* NULL is fine */

/* Is the line (n 0: the file) due by all of them? */
bool logrival_agree(struct logrival *r, const struct logfile *f,
    const char *line, size_t n);

#endif
