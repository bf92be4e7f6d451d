/*
 * btree - what of a b-tree page carries no meaning (file format 3, section
 * 1.6).  A pure function over bytes that are taken to be hostile: a page must
 * add up to the byte, or nothing of it is called dead.
 */
#ifndef STORE_SQLITE_BTREE_H
#define STORE_SQLITE_BTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/dead.h"

struct pages;

struct btree_range {
	uint32_t at, n;
	enum dead kind;
};

/* A page that this one needs: a child, or an overflow chain. */
struct btree_ref {
	uint32_t page;
	uint64_t chain;		/* bytes in the chain; 0: a child */
};

#define BTREE_MOST 65536

struct btree {
	uint8_t used[BTREE_MOST];
	size_t n_ranges, n_refs;
	struct btree_range range[BTREE_MOST];
	struct btree_ref ref[BTREE_MOST / 4];
};

/* Page `number` of p->size bytes.  False: it does not add up. */
bool btree_read(const uint8_t *page, uint32_t number, const struct pages *p,
    struct btree *ret);

#endif
