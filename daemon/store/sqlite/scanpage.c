/*
 * scanpage - what is dead in one page, and what it says of others.
 */
#include "scanpage.h"

#include <string.h>

#include "bits.h"

int
scanpage_get(struct scan *s, void *to, uint32_t n, int64_t at, struct err *e)
{
	if (at < 0 || at + n > s->bytes)
		return err_set(e, ERR_CHANGED, "the file became shorter");
	return s->io.read(s->io.ctx, to, n, at) == 0 ? 0 :
	    err_set(e, ERR_STORE, "its pages cannot be read");
}

int
scanpage_put(struct scan *s, const void *from, uint32_t n, int64_t at, struct err *e)
{
	if (at < 0 || at + n > s->bytes)
		return err_set(e, ERR_CHANGED, "the file became shorter");
	return s->io.write(s->io.ctx, from, n, at) == 0 ? 0 :
	    err_set(e, ERR_STORE, "its pages cannot be written");
}

int
scanpage_strange(struct err *e, const char *what)
{
	return err_set(e, ERR_STORE, "its structure is damaged (%s); it is "
	    "left as it is", what);
}

/* True: the page must be written. */
bool
scanpage_wipe(struct scan *s, uint8_t *p, uint32_t n, enum dead kind)
{
	if (!bits_any(p, n))
		return false;
	s->sum.bytes[kind] += n;
	if (s->what == SCAN_WIPE)
		memset(p, 0, n);
	return s->what == SCAN_WIPE;
}

/* A page that another, or the schema, needs. */
static int
own(struct scan *s, uint32_t page, struct err *e)
{
	if (!pages_may_hold(&s->p, page))
		return scanpage_strange(e, "a page out of range");
	if (roles_has(&s->roles, ROLE_FREE, page))
		return scanpage_strange(e, "a page both free and in use");
	if (s->what != SCAN_LOOK)
		return 0;
	s->sum.crossed |= roles_has(&s->roles, ROLE_OWNED, page);
	roles_set(&s->roles, ROLE_OWNED, page);
	return 0;
}

/* A page of a tree that another, or the schema, names. */
int
scanpage_child(struct scan *s, uint32_t page, struct err *e)
{
	if (own(s, page, e) == -1)
		return -1;
	roles_set(&s->roles, ROLE_CHILD, page);
	return 0;
}

void
scanpage_show(const struct scan *s, const uint8_t *d, uint32_t n, bool dead)
{
	if (s->what == SCAN_SHOW && s->see != NULL && n > 0 &&
	    (dead ? bits_any(d, n) : s->live))
		s->see(s->see_ctx, d, n, dead);
}

/* To the last page of a chain, whose end is dead. */
static int
chain(struct scan *s, uint32_t page, uint64_t bytes, struct err *e)
{
	uint32_t room = s->p.usable - 4;
	uint32_t n = s->what == SCAN_SHOW && s->live ? s->p.size : 4;

	if (bytes / room > s->p.n)
		return scanpage_strange(e, "a chain longer than the file");
	for (; ; page = pages_u32(s->one), bytes -= room) {
		if (own(s, page, e) == -1)
			return -1;
		if (s->sum.crossed)	/* perhaps a circle */
			return 0;
		if (bytes <= room)
			break;
		if (scanpage_get(s, s->one, n, pages_offset(&s->p, page), e) == -1)
			return -1;
		scanpage_show(s, s->one + 4, room, false);
	}
	if (scanpage_get(s, s->one, s->p.size, pages_offset(&s->p, page), e) == -1)
		return -1;
	if (pages_u32(s->one) != 0)
		return scanpage_strange(e, "a chain that does not end");
	if (pages_unreserved(&s->p, s->one, e) == -1)
		return -1;
	scanpage_show(s, s->one + 4, (uint32_t)bytes, false);
	scanpage_show(s, s->one + 4 + bytes, room - (uint32_t)bytes, true);
	if (s->careful || !scanpage_wipe(s, s->one + 4 + bytes,
	    room - (uint32_t)bytes, DEAD_OVERFLOW))
		return 0;
	return scanpage_put(s, s->one, s->p.size, pages_offset(&s->p, page), e);
}

/* 1: changed. */
int
scanpage_tree(struct scan *s, uint8_t *d, uint32_t page, struct err *e)
{
	int changed = 0;

	if (!btree_read(d, page, &s->p, &s->b)) {
		s->sum.strange++;
		s->careful = true;
		scanpage_show(s, d, s->p.size, true);
		return 0;
	}
	for (size_t i = 0; i < s->b.n_refs; i++) {
		const struct btree_ref *r = &s->b.ref[i];

		if ((r->chain > 0 ? chain(s, r->page, r->chain, e) :
		    scanpage_child(s, r->page, e)) == -1)
			return -1;
	}
	for (size_t i = 0; i < s->b.n_ranges; i++) {
		const struct btree_range *r = &s->b.range[i];

		changed |= scanpage_wipe(s, d + r->at, r->n, r->kind);
		scanpage_show(s, d + r->at, r->n, true);
		if (s->what == SCAN_SHOW && s->live)	/* the rest lives */
			memset(d + r->at, 0, r->n);
	}
	scanpage_show(s, d, s->p.size, false);
	return changed;
}

/* Of a page that does not add up the chains are not known: one of them might
 * have this. */
static int
trunk_page(struct scan *s, uint8_t *d, struct err *e)
{
	uint32_t from = 8 + 4 * pages_u32(d + 4);

	if (from > s->p.usable)
		return scanpage_strange(e, "list of free pages");
	return s->careful ? 0 : scanpage_wipe(s, d + from, s->p.usable - from,
	    DEAD_TRUNK);
}

/* 1: changed. */
static int
by_role(struct scan *s, uint8_t *d, uint32_t page, struct err *e)
{
	if (page == s->p.lock_page)
		return s->p.usable <= PAGES_LOCK_BYTES ? 0 : scanpage_wipe(s,
		    d + PAGES_LOCK_BYTES, s->p.usable - PAGES_LOCK_BYTES,
		    DEAD_LOCK);
	if (pages_unreserved(&s->p, d, e) == -1)
		return -1;
	if (pages_is_map(&s->p, page))
		return 0;
	if (pages_is_btree(d[0]))
		roles_set(&s->roles, ROLE_TREE, page);
	if (pages_is_btree(d[0]) && !roles_has(&s->roles, ROLE_FREE, page))
		return scanpage_tree(s, d, page, e);
	if (roles_has(&s->roles, ROLE_FREE, page))
		scanpage_show(s, d, s->p.size, true);
	if (roles_has(&s->roles, ROLE_TRUNK, page))
		return trunk_page(s, d, e);
	/* Chains are shown, and their ends wiped, by whoever needs them. */
	return s->careful || !roles_has(&s->roles, ROLE_FREE, page) ? 0 :
	    scanpage_wipe(s, d, s->p.usable, DEAD_LEAF);
}

static uint64_t
dead_so_far(const struct scan *s)
{
	uint64_t n = 0;

	for (int i = 0; i < DEAD_N; i++)
		n += s->sum.bytes[i];
	return n;
}

/* What ends behind other pages is marked with the page that needs it. */
int
scanpage_any(struct scan *s, uint8_t *d, uint32_t page, struct err *e)
{
	uint64_t before = dead_so_far(s);
	int rc;

	s->sum.pages++;
	rc = by_role(s, d, page, e);
	if (s->what == SCAN_LOOK && dead_so_far(s) != before)
		soil_mark(s->soil, page);
	return rc;
}
