/*
 * btree - the cells, free blocks and gaps of one page.
 */
#include "btree.h"

#include <string.h>

#include "pages.h"

struct look {
	const uint8_t *d;
	const struct pages *p;
	struct btree *b;
	uint32_t head;			/* where the page's header starts */
	uint32_t cells, top;		/* how many; where they begin */
	bool leaf, table;
};

static void
add(struct btree *b, uint32_t from, uint32_t to, enum dead kind)
{
	if (from < to && b->n_ranges < BTREE_MOST)
		b->range[b->n_ranges++] = (struct btree_range){ from,
			to - from, kind };
}

static bool
refer(struct btree *b, uint32_t page, uint64_t chain)
{
	if (b->n_refs == BTREE_MOST / 4)
		return false;
	b->ref[b->n_refs++] = (struct btree_ref){ page, chain };
	return true;
}

/* Nothing else may have it. */
static bool
claim(const struct look *l, uint32_t at, uint32_t n)
{
	if (n > l->p->usable || at > l->p->usable - n || at < l->top ||
	    memchr(l->b->used + at, 1, n) != NULL)
		return false;
	memset(l->b->used + at, 1, n);
	return true;
}

/* How much of the payload is in the cell itself. */
static uint64_t
local_part(const struct look *l, uint64_t payload)
{
	uint64_t u = l->p->usable;
	uint64_t most = l->table ? u - 35 : (u - 12) * 64 / 255 - 23;
	uint64_t least = (u - 12) * 32 / 255 - 23, n;

	if (payload <= most)
		return payload;
	n = least + (payload - least) % (u - 4);
	return n <= most ? n : least;
}

static bool
cell(const struct look *l, uint32_t at)
{
	const uint8_t *start = l->d + at, *end = l->d + l->p->usable;
	const uint8_t *p = start;
	uint64_t payload = 0, key, local = 0;
	uint32_t n, taken;
	size_t k;

	if (at < l->top || at + 4 > l->p->usable)
		return false;
	if (!l->leaf) {
		if (!refer(l->b, pages_u32(p), 0))
			return false;
		p += 4;
	}
	if (!(k = pages_varint(p, end, l->table && !l->leaf ? &key :
	    &payload)))
		return false;
	p += k;
	if (l->table && l->leaf) {
		if (!(k = pages_varint(p, end, &key)))
			return false;
		p += k;
	}
	if (payload > INT32_MAX)
		return false;
	local = local_part(l, payload);
	if (local > (uint64_t)(end - p))
		return false;
	n = (uint32_t)(p - start) + (uint32_t)local;
	if (local < payload) {
		if (at + n + 4 > l->p->usable || !refer(l->b,
		    pages_u32(start + n), payload - local))
			return false;
		n += 4;
	}
	taken = n < 4 ? 4 : n;
	if (!claim(l, at, taken))
		return false;
	add(l->b, at + n, at + taken, DEAD_FRAGMENT);
	return true;
}

static bool
freeblocks(const struct look *l)
{
	uint32_t at = pages_u16(l->d + l->head + 1), last = 0, n;

	for (; at != 0; at = pages_u16(l->d + at)) {
		if (at < l->top || at <= last || at + 4 > l->p->usable)
			return false;
		n = pages_u16(l->d + at + 2);
		if (n < 4 || !claim(l, at, n))
			return false;
		add(l->b, at + 4, at + n, DEAD_FREEBLOCK);
		last = at;
	}
	return true;
}

/* What neither a cell nor a free block has: the header knows how much. */
static bool
fragments(const struct look *l)
{
	const uint8_t *used = l->b->used, *p = used + l->top;
	const uint8_t *end = used + l->p->usable;
	uint32_t sum = 0;

	while (p < end && (p = memchr(p, 0, (size_t)(end - p))) != NULL) {
		const uint8_t *to = memchr(p, 1, (size_t)(end - p));

		if (to == NULL)
			to = end;
		add(l->b, (uint32_t)(p - used), (uint32_t)(to - used),
		    DEAD_FRAGMENT);
		sum += (uint32_t)(to - p);
		p = to;
	}
	return sum == l->d[l->head + 7];
}

bool
btree_read(const uint8_t *page, uint32_t number, const struct pages *p,
    struct btree *ret)
{
	struct look l = { .d = page, .p = p, .b = ret,
		.head = number == 1 ? PAGES_HEADER : 0 };
	const uint8_t *h = page + l.head;
	uint32_t pointers, gap;

	ret->n_ranges = ret->n_refs = 0;
	if (!pages_is_btree(h[0]))
		return false;
	l.leaf = (h[0] & 8) != 0;
	l.table = (h[0] & 7) == 5;
	l.cells = pages_u16(h + 3);
	l.top = pages_u16(h + 5) == 0 ? 65536 : pages_u16(h + 5);
	pointers = l.head + (l.leaf ? 8 : 12);
	gap = pointers + 2 * l.cells;
	if (l.top > p->usable || gap > l.top)
		return false;
	memset(ret->used, 0, p->usable);
	if (!l.leaf && !refer(ret, pages_u32(h + 8), 0))
		return false;
	for (uint32_t i = 0; i < l.cells; i++)
		if (!cell(&l, pages_u16(page + pointers + 2 * i)))
			return false;
	if (!freeblocks(&l) || !fragments(&l))
		return false;
	add(ret, gap, l.top, DEAD_GAP);
	return true;
}
