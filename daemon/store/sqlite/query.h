/*
 * query - the one builder of all SQL about a dataset at an instant (I3).
 *
 * Plan, selection, the test while erasing and the look afterwards are made of
 * the same expressions, so what a plan counts is what a run takes.
 */
#ifndef STORE_SQLITE_QUERY_H
#define STORE_SQLITE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/rule.h"

#include "when.h"

struct db;
struct imprint;
struct pool;
struct table;

struct query_rival {		/* of d->rivals, one by one */
	const char *where;
	struct when when;
};

struct query {
	struct pool *pool;		/* owned; holds all below */
	struct db *db;			/* borrowed */
	const struct rule_dataset *d;	/* borrowed */
	struct wall at;
	struct table *table;
	struct when when;
	const char *where;	/* does the dataset speak of the row? */
	const char *rivals;	/* no rival keeps it longer */
	struct query_rival *rival;	/* what that is made of */
	const char *needs;	/* is there anything left to do to it? */
	const char *gate;	/* enum gate_state of the row; "0": open */
	const char *due;	/* all of it */
	const char *from;	/* "table", quoted */
	const char *key;	/* the key's columns, quoted, with commas */
	const char *is_key;	/* "a" = ?1 AND "b" = ?2 */
	const char *act;	/* DELETE or UPDATE of one row by key and due */
	const char *act_plain;	/* by key alone, after `due` was tested */
	size_t n_before;	/* statements on children, with ?1 the key */
	const char **before;
	int64_t schema_version;
	struct imprint *imprint;	/* owned, or NULL (imprint.h) */
};

int query_make(struct db *db, const struct rule_dataset *d, struct wall at,
    struct query **ret, struct err *e);
void query_free(struct query *q);	/* NULL is fine */

/* Prepare a statement of the query's under the guard it needs. */
int query_prepare(const struct query *q, const char *sql, bool writes,
    void *ret_stmt, struct err *e);

#endif
