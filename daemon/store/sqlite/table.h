/*
 * table - a table of a store as its schema has it: columns, and the key that
 * names its rows.
 */
#ifndef STORE_SQLITE_TABLE_H
#define STORE_SQLITE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

struct db;
struct pool;

struct table_column {
	const char *name;
	bool not_null;
	bool unique;		/* alone, or with others, in a unique index */
	bool generated;
	int pk;			/* 1.. position in the primary key, or 0 */
};

struct table {
	const char *name;	/* as the schema spells it */
	size_t n_columns;
	struct table_column *columns;
	bool rowid;		/* has one, under the name row */
	bool conflicts;		/* ON CONFLICT clauses of its own, perhaps */
	const char *row;	/* "rowid", "_rowid_", "oid"; NULL: none */
	size_t n_key;
	const char **key;	/* column names, or row */
};

/*
 * Reads the schema.  The key is `key` when n_key > 0, else the primary key,
 * else the rowid.  ERR_REFUSED with the reason when there is none to rely on;
 * ERR_STORE when there is no such table.  All memory is the pool's.
 */
struct table_want {
	const char *name;
	size_t n_key;
	const char *const *key;
};
int table_load(struct db *db, const struct table_want *want, struct pool *p,
    struct table **ret, struct err *e);

/* A column of that name (as SQL compares names), or NULL. */
const struct table_column *table_column(const struct table *t,
    const char *name);

/* Does some index of a part of the rows start with that column?  It helps
 * only where a condition implies that part. */
bool table_part_indexed(struct db *db, const struct table *t,
    const char *column);

/* Does some index start with that column? */
bool table_indexed(struct db *db, const struct table *t, const char *column);

#endif
