/*
 * pages - how an SQLite database file is divided (file format 3, sections 1.2
 * to 1.8).  Pure functions over bytes that are taken to be hostile.
 */
#ifndef STORE_SQLITE_PAGES_H
#define STORE_SQLITE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

/* Of the header's bytes. */
enum { PAGES_HEADER = 100, PAGES_COUNTER = 24, PAGES_VALID_FOR = 92,
	PAGES_UNUSED = 72, PAGES_UNUSED_BYTES = 20 };

/* Above this an overflow page could begin like a b-tree page: its first byte
 * is the highest of the number of another. */
#define PAGES_MOST (UINT32_C(1) << 25)

/* Of the lock-byte page the first bytes serve locks of other systems. */
#define PAGES_LOCK_BYTES 512

struct pages {
	uint32_t size;		/* of a page, 512..65536 */
	uint32_t usable;	/* without the reserved bytes at its end,
				 * which are an extension's, not SQLite's */
	uint32_t n;		/* pages of the database */
	uint32_t trunk;		/* first of the freelist; 0: none */
	uint32_t n_free;	/* as the header has it */
	uint32_t counter;
	uint32_t lock_page;	/* its number, in the file or not */
	bool maps;		/* auto_vacuum: there are pointer maps */
	bool shrinks;		/* ... and any commit may move pages */
	bool wal;
};

/* -1 ERR_STORE: not a plain header; a file that is shorter than it says; too
 * large to be judged. */
int pages_read(const uint8_t head[PAGES_HEADER], int64_t file_bytes,
    struct pages *ret, struct err *e);

/* Is nothing in the reserved bytes of a page?  -1 ERR_STORE: a checksum would
 * not fit what was written below whoever keeps it there, and no page but one
 * of zeros has one of zeros. */
int pages_unreserved(const struct pages *p, const uint8_t *page,
    struct err *e);

/* A pointer map, which is never touched? */
bool pages_is_map(const struct pages *p, uint32_t page);

/* Could a b-tree or an overflow chain have this page? */
bool pages_may_hold(const struct pages *p, uint32_t page);

/* Where the page begins in the file. */
int64_t pages_offset(const struct pages *p, uint32_t page);

uint32_t pages_u16(const uint8_t *at);
uint32_t pages_u32(const uint8_t *at);
void pages_put_u32(uint8_t *at, uint32_t v);

/* A variable-length integer below `end`: its bytes, or 0. */
size_t pages_varint(const uint8_t *at, const uint8_t *end, uint64_t *ret);

/* The page kinds by the first byte of its header. */
bool pages_is_btree(uint8_t first);

#endif
