/*
 * explain - one row through the expressions of a query, part by part (I3).
 */
#ifndef STORE_SQLITE_EXPLAIN_H
#define STORE_SQLITE_EXPLAIN_H

#include <stddef.h>

#include "retention/err.h"
#include "retention/explain.h"

struct pool;
struct query;

struct explain_key {
	size_t n;
	const char *const *text;	/* one for each column of the key */
};

/* Adds to ret->rows; the rest is of the first row found.  ERR_INPUT: the key
 * has another number of columns. */
int explain_row(const struct query *q, const struct explain_key *key,
    struct pool *p, struct explain *ret, struct err *e);

#endif
