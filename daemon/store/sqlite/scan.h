/*
 * scan - passes over the pages of a database file, one stretch after another.
 *
 * Whoever calls holds a lock that keeps the role of every page; scan knows
 * nothing of locks, connections or time, and reads and writes through *io.
 * What it reads is taken to be hostile: where pages contradict each other it
 * stops with ERR_STORE, before it has changed anything (SCAN_LOOK).
 */
#ifndef STORE_SQLITE_SCAN_H
#define STORE_SQLITE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/err.h"

#include "btree.h"
#include "pages.h"

enum scan_for {
	SCAN_LOOK,		/* does everything add up? how much is dead? */
	SCAN_WIPE,		/* zeros over what is dead */
	SCAN_SHOW,		/* hands every page to `see` */
};

/* At most 64 KiB a call.  0, or another number: it failed. */
struct scan_io {
	void *ctx;
	int (*read)(void *ctx, void *to, uint32_t n, int64_t at);
	int (*write)(void *ctx, const void *from, uint32_t n, int64_t at);
	int (*size)(void *ctx, int64_t *ret);
};

struct scan_sum {
	uint64_t bytes[DEAD_N];	/* dead and not zero, by kind */
	uint64_t pages;		/* looked at */
	uint64_t strange;	/* pages that do not add up: left alone */
	bool crossed;		/* two owners of one page, or a child that is
				 * none (SCAN_LOOK): damaged, unless it was
				 * changed since scan_start() */
};

struct scan;
struct soil;

/* *io is copied; NULL: no memory. */
struct scan *scan_new(const struct scan_io *io);
void scan_free(struct scan *s);		/* NULL is fine */

/* A new pass from page 2 on; page 1 is scan_first()'s.  With SCAN_LOOK what
 * would have to be wiped is put into *soil.  only: over its pages alone. */
void scan_start(struct scan *s, enum scan_for what, struct soil *soil,
    bool only);

/* SCAN_SHOW: whom to show bytes, in pieces of at most a page; dead: no cell
 * has them, or they are of a page that does not add up.  Dead ones only if
 * they are not all zero; live ones if they are asked for. */
typedef void scan_see(void *ctx, const uint8_t *page, uint32_t n, bool dead);
void scan_show(struct scan *s, scan_see *see, void *ctx, bool live);

/* With every new lock: the header and the freelist anew.  ERR_CHANGED: the
 * file is divided differently than when the pass was started. */
int scan_begin(struct scan *s, struct err *e);
const struct pages *scan_pages(const struct scan *s);
int64_t scan_bytes(const struct scan *s);	/* of the file */

/* A page that the schema names as a root is not free, and nobody's child. */
int scan_root(struct scan *s, uint32_t page, struct err *e);

/* Page 1, with both of its counters one higher if `bump`. */
int scan_first(struct scan *s, bool bump, struct err *e);

/* The next stretch of some 64 KiB: 1, or 0 when the pass is at its end. */
int scan_some(struct scan *s, struct err *e);

const struct scan_sum *scan_sum(const struct scan *s);

#endif
