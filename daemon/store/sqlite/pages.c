/*
 * pages - the header of a database, and what follows from a page's number.
 */
#include "pages.h"

#include <string.h>

#include "bits.h"

#define LOCK_BYTE UINT32_C(0x40000000)
#define LEAST_USABLE 480

uint32_t
pages_u16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

uint32_t
pages_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

void
pages_put_u32(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 24);
	at[1] = (uint8_t)(v >> 16);
	at[2] = (uint8_t)(v >> 8);
	at[3] = (uint8_t)v;
}

size_t
pages_varint(const uint8_t *at, const uint8_t *end, uint64_t *ret)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++) {
		if (at + i >= end)
			return 0;
		v = v << 7 | (at[i] & 0x7f);
		if (!(at[i] & 0x80)) {
			*ret = v;
			return i + 1;
		}
	}
	if (at + 8 >= end)
		return 0;
	*ret = v << 8 | at[8];
	return 9;
}

bool
pages_is_btree(uint8_t first)
{
	return first == 2 || first == 5 || first == 10 || first == 13;
}

/* The count in the header is believed where SQLite believes it. */
static int
count(const uint8_t *head, int64_t file_bytes, struct pages *p, struct err *e)
{
	int64_t there = file_bytes / p->size, n = pages_u32(head + 28);

	if (n == 0 || pages_u32(head + PAGES_VALID_FOR) != p->counter)
		n = there;
	if (n < 1 || n > there)
		return err_set(e, ERR_STORE, "the file is shorter than its "
		    "header says");
	if (n >= PAGES_MOST)
		return err_set(e, ERR_STORE, "more pages than can be told "
		    "apart");
	p->n = (uint32_t)n;
	return 0;
}

int
pages_read(const uint8_t head[PAGES_HEADER], int64_t file_bytes,
    struct pages *ret, struct err *e)
{
	struct pages p = { .size = pages_u16(head + 16) };

	if (memcmp(head, "SQLite format 3", 16) != 0)
		return err_set(e, ERR_STORE, "no plain header of SQLite's");
	if (p.size == 1)
		p.size = 65536;
	if (p.size < 512 || (p.size & (p.size - 1)) != 0)
		return err_set(e, ERR_STORE, "no page size of SQLite's");
	if (head[18] < 1 || head[18] > 2 || head[18] != head[19])
		return err_set(e, ERR_STORE, "a format that is not known");
	p.usable = p.size - head[20];
	if (p.usable < LEAST_USABLE)
		return err_set(e, ERR_STORE, "too many reserved bytes in its "
		    "pages");
	p.wal = head[18] == 2;
	p.counter = pages_u32(head + PAGES_COUNTER);
	p.trunk = pages_u32(head + 32);
	p.n_free = pages_u32(head + 36);
	p.maps = pages_u32(head + 52) != 0;
	p.shrinks = p.maps && pages_u32(head + 64) == 0 && p.n_free > 0;
	p.lock_page = LOCK_BYTE / p.size + 1;
	if (count(head, file_bytes, &p, e) == -1)
		return -1;
	*ret = p;
	return 0;
}

int
pages_unreserved(const struct pages *p, const uint8_t *page, struct err *e)
{
	return !bits_any(page + p->usable, p->size - p->usable) ? 0 :
	    err_set(e, ERR_STORE, "the reserved bytes of its pages are in use, "
	    "by a checksum or a cipher; it is left as it is");
}

bool
pages_is_map(const struct pages *p, uint32_t page)
{
	uint32_t every = p->usable / 5 + 1, map;

	if (!p->maps || page < 2)
		return false;
	map = (page - 2) / every * every + 2;
	return page == (map == p->lock_page ? map + 1 : map);
}

int64_t
pages_offset(const struct pages *p, uint32_t page)
{
	return (int64_t)(page - 1) * p->size;
}

bool
pages_may_hold(const struct pages *p, uint32_t page)
{
	return page >= 2 && page <= p->n && page != p->lock_page &&
	    !pages_is_map(p, page);
}
