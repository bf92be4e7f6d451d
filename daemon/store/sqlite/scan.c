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

#include "scanpage.h"

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
freed(struct scan *s, uint32_t page, struct err *e)
{
	if (!pages_may_hold(&s->p, page) || roles_has(&s->roles, ROLE_FREE, page))
		return scanpage_strange(e, "list of free pages");
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
		    scanpage_get(s, s->one, s->p.size, pages_offset(&s->p, page), e) == -1)
			return -1;
		roles_set(&s->roles, ROLE_TRUNK, page);
		k = pages_u32(s->one + 4);
		if (k > s->p.usable / 4 - 2)
			return scanpage_strange(e, "list of free pages");
		for (uint32_t i = 0; i < k; i++)
			if (freed(s, pages_u32(s->one + 8 + 4 * i), e) == -1)
				return -1;
		seen += k + 1;
		page = pages_u32(s->one);
	}
	return seen == s->p.n_free ? 0 : scanpage_strange(e, "number of free pages");
}

int
scan_begin(struct scan *s, struct err *e)
{
	uint8_t head[PAGES_HEADER];
	struct pages was = s->p;

	if (s->io.size(s->io.ctx, &s->bytes) != 0)
		return err_set(e, ERR_STORE, "its size is not known");
	if (scanpage_get(s, head, sizeof(head), 0, e) == -1 ||
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

int
scan_root(struct scan *s, uint32_t page, struct err *e)
{
	return page == 1 ? 0 : scanpage_child(s, page, e);
}

int
scan_first(struct scan *s, bool bump, struct err *e)
{
	uint8_t *d = s->chunk;
	bool changed;
	int rc;

	s->sum.pages++;
	if (scanpage_get(s, d, s->p.size, 0, e) == -1 ||
	    pages_unreserved(&s->p, d, e) == -1 ||
	    (rc = scanpage_tree(s, d, 1, e)) == -1)
		return -1;
	changed = rc == 1;
	changed |= scanpage_wipe(s, d + PAGES_UNUSED, PAGES_UNUSED_BYTES, DEAD_HEADER);
	if (bump) {
		bool valid = pages_u32(d + PAGES_VALID_FOR) == s->p.counter;

		pages_put_u32(d + PAGES_COUNTER, s->p.counter + 1);
		if (valid)
			pages_put_u32(d + PAGES_VALID_FOR, s->p.counter + 1);
		s->p.counter++;
		changed = true;
	}
	return changed ? scanpage_put(s, d, s->p.size, 0, e) : 0;
}

/* Behind the last page.  Zeros, never a cut: others may have it mapped. */
static int
slack(struct scan *s, struct err *e)
{
	int64_t at = pages_offset(&s->p, s->p.n + 1);

	while (!s->careful && at < s->bytes) {
		uint32_t n = s->bytes - at < SCANPAGE_CHUNK ?
		    (uint32_t)(s->bytes - at) : SCANPAGE_CHUNK;

		if (scanpage_get(s, s->chunk, n, at, e) == -1)
			return -1;
		scanpage_show(s, s->chunk, n, true);
		if ((scanpage_wipe(s, s->chunk, n, DEAD_SLACK) &&
		    scanpage_put(s, s->chunk, n, at, e) == -1))
			return -1;
		at += n;
	}
	return 0;
}

/* How many pages come next, from s->next on; 0: none. */
static uint32_t
pages_next(struct scan *s)
{
	uint32_t n = SCANPAGE_CHUNK / s->p.size, run = 1;

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
	if (scanpage_get(s, s->chunk, n * s->p.size, pages_offset(&s->p, first), e) == -1)
		return -1;
	/* Runs of changed pages are written at once. */
	for (uint32_t i = 0; i <= n; i++) {
		int changed = i == n ? 0 : scanpage_any(s, s->chunk +
		    (size_t)i * s->p.size, first + i, e);

		if (changed == -1)
			return -1;
		if (changed)
			continue;
		if (i > from && scanpage_put(s, s->chunk + (size_t)from * s->p.size,
		    (i - from) * s->p.size, pages_offset(&s->p, first + from), e) == -1)
			return -1;
		from = i + 1;
	}
	s->next = first + n;
	return 1;
}
