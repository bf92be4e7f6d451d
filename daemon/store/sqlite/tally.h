/*
 * tally - counts what a dataset makes of every row of its table, read-only.
 */
#ifndef STORE_SQLITE_TALLY_H
#define STORE_SQLITE_TALLY_H

#include <stdbool.h>

#include "retention/store.h"

struct query;

/* Adds to *ret; the first call's clause stays. */
int tally_count(const struct query *q, struct store_counts *ret,
    struct err *e);

/* Is anything due? */
int tally_peek(const struct query *q, bool *ret_due, struct err *e);

#endif
