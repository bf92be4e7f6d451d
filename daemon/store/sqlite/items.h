/*
 * items - the keys of a group of rows, in memory that is bounded and wiped.
 */
#ifndef STORE_SQLITE_ITEMS_H
#define STORE_SQLITE_ITEMS_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/buf.h"

#define ITEMS_MOST ((size_t)1000000)
#define ITEMS_MOST_BYTES ((size_t)14 << 20)

enum item_state { ITEM_CHOSEN, ITEM_ERASED, ITEM_SKIPPED, ITEM_LEFT };

struct item {
	uint64_t sort;			/* about the order of some index */
	uint32_t at;			/* where its key starts */
	uint16_t op;
	uint8_t state;			/* enum item_state */
};

struct items {
	size_t n_key;
	size_t n;
	struct item *item;		/* owned */
	struct buf keys;
};

int items_init(struct items *x, size_t n_key);	/* -1: no memory */
void items_reset(struct items *x);
void items_release(struct items *x);

/* The first n_key columns of the row.  1: added, 0: full, -1: no memory. */
int items_add(struct items *x, sqlite3_stmt *row);
/* Bind as ?1, ?2, ... */
int items_bind(const struct items *x, size_t i, sqlite3_stmt *s);

/* The key as commit.h has it, after `file` for stores of many files.  -1: a
 * part is too long. */
int items_canonical(const struct items *x, size_t i, const char *file,
    struct buf *ret);

/* A number that orders roughly as SQL orders values. */
uint64_t items_sort_key(sqlite3_value *v);

/* Into `shares` runs of about equal size by sort key, each in the order the
 * items came in: a run's pages of that index stay in the cache, and the
 * table's are still passed in order. */
void items_sort(struct items *x, size_t shares);

/* The item whose key is the row's first columns, or -1.  Slow. */
long items_find(const struct items *x, sqlite3_stmt *row);

#endif
