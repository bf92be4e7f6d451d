/*
 * persons - the part of the query that a person's request puts in place of
 * the time.
 */
#ifndef STORE_SQLITE_PERSONS_H
#define STORE_SQLITE_PERSONS_H

#include "retention/err.h"

struct query;

/* q->when, of the rule's own timing before, when it is about persons. */
int persons_make(struct query *q, struct err *e);

#endif
