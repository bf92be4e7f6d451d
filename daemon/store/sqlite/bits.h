/*
 * bits - a bit for each page, and whether bytes are all zero.
 */
#ifndef STORE_SQLITE_BITS_H
#define STORE_SQLITE_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline bool
bits_has(const uint8_t *map, uint32_t i)
{
	return (map[i / 8] >> (i % 8) & 1) != 0;
}

static inline void
bits_set(uint8_t *map, uint32_t i)
{
	map[i / 8] |= (uint8_t)(1 << i % 8);
}

/* From `from` bytes to `to`, with zeros behind; -1: no memory. */
static inline int
bits_grow(uint8_t **map, size_t from, size_t to)
{
	uint8_t *more = realloc(*map, to);

	if (more == NULL)
		return -1;
	memset(more + from, 0, to - from);
	*map = more;
	return 0;
}

static inline bool
bits_any(const uint8_t *p, uint32_t n)
{
	return n > 0 && (p[0] != 0 || memcmp(p, p + 1, n - 1) != 0);
}

#endif
