/*
 * kin - which rows of a child table belong to a key, as SQL.
 *
 * As SQLite's foreign keys compare: by the parent's collation, and never so
 * that two keys which differ as texts ("7" and "007") share their children.
 */
#ifndef STORE_SQLITE_KIN_H
#define STORE_SQLITE_KIN_H

#include <stdbool.h>

struct buf;
struct db;
struct table;

struct kin {
	const char *column;	/* of the child; borrowed */
	const char *collation;	/* the parent's, where it differs, or NULL */
	bool as_text;		/* a number that points to a text */
	bool untyped;		/* may hold a number as text */
};

/* parent's key has one column. */
struct kin kin_find(struct db *db, const struct table *parent,
    const struct table *child, const char *column);

/* alias."column" = parent."key" */
void kin_equal(struct buf *b, const struct kin *k, const char *alias,
    const char *parent, const char *key);

/* "column" IN (keys), keys being "?1" or "SELECT x AS retention_key ..." */
void kin_in(struct buf *b, const struct kin *k, const char *keys);

#endif
