/*
 * scan - pages one by one in the order of the file, chains by their owners.
 *
 * Below 2^25 pages no walk down the trees is needed: an overflow page begins
 * with 0 or 1, a b-tree page with 2, 5, 10 or 13, free pages are known from
 * the freelist, pointer maps and the lock-byte page by their numbers.
 */
#include "scan.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "roles.h"
#include "soil.h"

#define CHUNK 65536

struct scan {
	struct scan_io io;
	enum scan_for what;
	struct pages p;
	bool known;			/* p is of this pass */
	int64_t bytes;			/* of the file */
	uint32_t next;			/* page */
	struct roles roles;
	bool careful;			/* a page did not add up: what
					 * it needs is not known */
	struct scan_sum sum;
	scan_see *see;
	void *see_ctx;
	bool live;			/* is shown as well */
	struct soil *soil;		/* borrowed */
	bool only;
	uint8_t chunk[CHUNK], one[CHUNK];
	struct btree b;
};

struct scan *
scan_new(const struct scan_io *io)
{
	struct scan *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->io = *io;
	return s;
}

void
scan_free(struct scan *s)
{
	if (s == NULL)
		return;
	roles_release(&s->roles);
	explicit_bzero(s, sizeof(*s));
	free(s);
}

void
scan_start(struct scan *s, enum scan_for what, struct soil *soil, bool only)
{
	s->what = what;
	s->soil = soil;
	s->only = only;
	s->next = 2;
	s->known = false;
	s->sum = (struct scan_sum){ .pages = 0 };
	if (what == SCAN_LOOK)
		s->careful = false;
	roles_clear(&s->roles, ROLE_OWNED, ROLE_TREE);
}

void
scan_show(struct scan *s, scan_see *see, void *ctx, bool live)
{
	s->live = live;
	s->see = see;
	s->see_ctx = ctx;
}

const struct pages *
scan_pages(const struct scan *s)
{
	return &s->p;
}

int64_t
scan_bytes(const struct scan *s)
{
	return s->bytes;
}

const struct scan_sum *
scan_sum(const struct scan *s)
{
	return &s->sum;
}

static int
get(struct scan *s, void *to, uint32_t n, int64_t at, struct err *e)
{
	if (at < 0 || at + n > s->bytes)
		return err_set(e, ERR_CHANGED, "the file became shorter");
	return s->io.read(s->io.ctx, to, n, at) == 0 ? 0 :
	    err_set(e, ERR_STORE, "its pages cannot be read");
}

static int
put(struct scan *s, const void *from, uint32_t n, int64_t at, struct err *e)
{
	if (at < 0 || at + n > s->bytes)
		return err_set(e, ERR_CHANGED, "the file became shorter");
	return s->io.write(s->io.ctx, from, n, at) == 0 ? 0 :
	    err_set(e, ERR_STORE, "its pages cannot be written");
}

static int
strange(struct err *e, const char *what)
{
	return err_set(e, ERR_STORE, "its structure is damaged (%s); it is "
	    "left as it is", what);
}

/* True: the page must be written. */
static bool
wipe(struct scan *s, uint8_t *p, uint32_t n, enum dead kind)
{
	if (!bits_any(p, n))
		return false;
	s->sum.bytes[kind] += n;
	if (s->what == SCAN_WIPE)
		memset(p, 0, n);
	return s->what == SCAN_WIPE;
}

static int
freed(struct scan *s, uint32_t page, struct err *e)
{
	if (!pages_may_hold(&s->p, page) || roles_has(&s->roles, ROLE_FREE, page))
		return strange(e, "list of free pages");
	roles_set(&s->roles, ROLE_FREE, page);
	return 0;
}

static int
freelist(struct scan *s, struct err *e)
{
	uint32_t page = s->p.trunk, seen = 0;

	while (page != 0) {
		uint32_t k;

		if (freed(s, page, e) == -1 ||
		    get(s, s->one, s->p.size, pages_offset(&s->p, page), e) == -1)
			return -1;
		roles_set(&s->roles, ROLE_TRUNK, page);
		k = pages_u32(s->one + 4);
		if (k > s->p.usable / 4 - 2)
			return strange(e, "list of free pages");
		for (uint32_t i = 0; i < k; i++)
			if (freed(s, pages_u32(s->one + 8 + 4 * i), e) == -1)
				return -1;
		seen += k + 1;
		page = pages_u32(s->one);
	}
	return seen == s->p.n_free ? 0 : strange(e, "number of free pages");
}

int
scan_begin(struct scan *s, struct err *e)
{
	uint8_t head[PAGES_HEADER];
	struct pages was = s->p;

	if (s->io.size(s->io.ctx, &s->bytes) != 0)
		return err_set(e, ERR_STORE, "its size is not known");
	if (get(s, head, sizeof(head), 0, e) == -1 ||
	    pages_read(head, s->bytes, &s->p, e) == -1)
		return -1;
	if (s->known && (was.size != s->p.size || was.maps != s->p.maps ||
	    was.wal != s->p.wal || was.usable != s->p.usable))
		return err_set(e, ERR_CHANGED, "its application changed how "
		    "the file is divided or written");
	s->known = true;
	if (roles_room(&s->roles, s->p.n) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	roles_clear(&s->roles, ROLE_FREE, ROLE_TRUNK);
	return freelist(s, e);
}

/* A page that another, or the schema, needs. */
static int
own(struct scan *s, uint32_t page, struct err *e)
{
	if (!pages_may_hold(&s->p, page))
		return strange(e, "a page out of range");
	if (roles_has(&s->roles, ROLE_FREE, page))
		return strange(e, "a page both free and in use");
	if (s->what != SCAN_LOOK)
		return 0;
	s->sum.crossed |= roles_has(&s->roles, ROLE_OWNED, page);
	roles_set(&s->roles, ROLE_OWNED, page);
	return 0;
}

/* A page of a tree that another, or the schema, names. */
static int
child(struct scan *s, uint32_t page, struct err *e)
{
	if (own(s, page, e) == -1)
		return -1;
	roles_set(&s->roles, ROLE_CHILD, page);
	return 0;
}

int
scan_root(struct scan *s, uint32_t page, struct err *e)
{
	return page == 1 ? 0 : child(s, page, e);
}

static void
show(const struct scan *s, const uint8_t *d, uint32_t n, bool dead)
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
		return strange(e, "a chain longer than the file");
	for (; ; page = pages_u32(s->one), bytes -= room) {
		if (own(s, page, e) == -1)
			return -1;
		if (s->sum.crossed)	/* perhaps a circle */
			return 0;
		if (bytes <= room)
			break;
		if (get(s, s->one, n, pages_offset(&s->p, page), e) == -1)
			return -1;
		show(s, s->one + 4, room, false);
	}
	if (get(s, s->one, s->p.size, pages_offset(&s->p, page), e) == -1)
		return -1;
	if (pages_u32(s->one) != 0)
		return strange(e, "a chain that does not end");
	if (pages_unreserved(&s->p, s->one, e) == -1)
		return -1;
	show(s, s->one + 4, (uint32_t)bytes, false);
	show(s, s->one + 4 + bytes, room - (uint32_t)bytes, true);
	if (s->careful || !wipe(s, s->one + 4 + bytes,
	    room - (uint32_t)bytes, DEAD_OVERFLOW))
		return 0;
	return put(s, s->one, s->p.size, pages_offset(&s->p, page), e);
}

/* 1: changed. */
static int
tree_page(struct scan *s, uint8_t *d, uint32_t page, struct err *e)
{
	int changed = 0;

	if (!btree_read(d, page, &s->p, &s->b)) {
		s->sum.strange++;
		s->careful = true;
		show(s, d, s->p.size, true);
		return 0;
	}
	for (size_t i = 0; i < s->b.n_refs; i++) {
		const struct btree_ref *r = &s->b.ref[i];

		if ((r->chain > 0 ? chain(s, r->page, r->chain, e) :
		    child(s, r->page, e)) == -1)
			return -1;
	}
	for (size_t i = 0; i < s->b.n_ranges; i++) {
		const struct btree_range *r = &s->b.range[i];

		changed |= wipe(s, d + r->at, r->n, r->kind);
		show(s, d + r->at, r->n, true);
		if (s->what == SCAN_SHOW && s->live)	/* the rest lives */
			memset(d + r->at, 0, r->n);
	}
	show(s, d, s->p.size, false);
	return changed;
}

/* Of a page that does not add up the chains are not known: one of them might
 * have this. */
static int
trunk_page(struct scan *s, uint8_t *d, struct err *e)
{
	uint32_t from = 8 + 4 * pages_u32(d + 4);

	if (from > s->p.usable)
		return strange(e, "list of free pages");
	return s->careful ? 0 : wipe(s, d + from, s->p.usable - from,
	    DEAD_TRUNK);
}

/* 1: changed. */
static int
by_role(struct scan *s, uint8_t *d, uint32_t page, struct err *e)
{
	if (page == s->p.lock_page)
		return s->p.usable <= PAGES_LOCK_BYTES ? 0 : wipe(s, d +
		    PAGES_LOCK_BYTES, s->p.usable - PAGES_LOCK_BYTES, DEAD_LOCK);
	if (pages_unreserved(&s->p, d, e) == -1)
		return -1;
	if (pages_is_map(&s->p, page))
		return 0;
	if (pages_is_btree(d[0]))
		roles_set(&s->roles, ROLE_TREE, page);
	if (pages_is_btree(d[0]) && !roles_has(&s->roles, ROLE_FREE, page))
		return tree_page(s, d, page, e);
	if (roles_has(&s->roles, ROLE_FREE, page))
		show(s, d, s->p.size, true);
	if (roles_has(&s->roles, ROLE_TRUNK, page))
		return trunk_page(s, d, e);
	/* Chains are shown, and their ends wiped, by whoever needs them. */
	return s->careful || !roles_has(&s->roles, ROLE_FREE, page) ? 0 :
	    wipe(s, d, s->p.usable, DEAD_LEAF);
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
static int
any_page(struct scan *s, uint8_t *d, uint32_t page, struct err *e)
{
	uint64_t before = dead_so_far(s);
	int rc;

	s->sum.pages++;
	rc = by_role(s, d, page, e);
	if (s->what == SCAN_LOOK && dead_so_far(s) != before)
		soil_mark(s->soil, page);
	return rc;
}

int
scan_first(struct scan *s, bool bump, struct err *e)
{
	uint8_t *d = s->chunk;
	bool changed;
	int rc;

	s->sum.pages++;
	if (get(s, d, s->p.size, 0, e) == -1 || pages_unreserved(&s->p, d,
	    e) == -1 || (rc = tree_page(s, d, 1, e)) == -1)
		return -1;
	changed = rc == 1;
	changed |= wipe(s, d + PAGES_UNUSED, PAGES_UNUSED_BYTES, DEAD_HEADER);
	if (bump) {
		bool valid = pages_u32(d + PAGES_VALID_FOR) == s->p.counter;

		pages_put_u32(d + PAGES_COUNTER, s->p.counter + 1);
		if (valid)
			pages_put_u32(d + PAGES_VALID_FOR, s->p.counter + 1);
		s->p.counter++;
		changed = true;
	}
	return changed ? put(s, d, s->p.size, 0, e) : 0;
}

/* Behind the last page.  Zeros, never a cut: others may have it mapped. */
static int
slack(struct scan *s, struct err *e)
{
	int64_t at = pages_offset(&s->p, s->p.n + 1);

	while (!s->careful && at < s->bytes) {
		uint32_t n = s->bytes - at < CHUNK ? (uint32_t)(s->bytes - at) : CHUNK;

		if (get(s, s->chunk, n, at, e) == -1)
			return -1;
		show(s, s->chunk, n, true);
		if ((wipe(s, s->chunk, n, DEAD_SLACK) &&
		    put(s, s->chunk, n, at, e) == -1))
			return -1;
		at += n;
	}
	return 0;
}

/* How many pages come next, from s->next on; 0: none. */
static uint32_t
pages_next(struct scan *s)
{
	uint32_t n = CHUNK / s->p.size, run = 1;

	if (s->only)
		s->next = soil_next(s->soil, s->next);
	if (s->next == 0 || s->next > s->p.n) {
		s->next = s->p.n + 1;
		return 0;
	}
	n = n < s->p.n - s->next + 1 ? n : s->p.n - s->next + 1;
	while (s->only && run < n && soil_next(s->soil, s->next + run) ==
	    s->next + run)
		run++;
	return s->only ? run : n;
}

int
scan_some(struct scan *s, struct err *e)
{
	uint32_t n = pages_next(s), first = s->next, from = 0;

	if (n == 0) {
		s->sum.crossed |= s->what == SCAN_LOOK && !s->only &&
		    !roles_agree(&s->roles);
		return slack(s, e);
	}
	if (get(s, s->chunk, n * s->p.size, pages_offset(&s->p, first), e) == -1)
		return -1;
	/* Runs of changed pages are written at once. */
	for (uint32_t i = 0; i <= n; i++) {
		int changed = i == n ? 0 : any_page(s, s->chunk +
		    (size_t)i * s->p.size, first + i, e);

		if (changed == -1)
			return -1;
		if (changed)
			continue;
		if (i > from && put(s, s->chunk + (size_t)from * s->p.size,
		    (i - from) * s->p.size, pages_offset(&s->p, first + from), e) == -1)
			return -1;
		from = i + 1;
	}
	s->next = first + n;
	return 1;
}
