/*
 * loopmem - see the header.  A block's length stands before it, since libev
 * does not say how long what it gives back was.
 */
#include "loopmem.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RESERVE ((size_t)65536)		/* of zeros: no memory until used */

struct block {
	size_t n;
	alignas(max_align_t) char bytes[];
};

static struct block *
from_reserve(size_t n)
{
	static alignas(max_align_t) char room[RESERVE];
	static size_t used;
	struct block *b = (struct block *)(void *)(room + used);

	n = (n + sizeof(*b) + alignof(max_align_t) - 1) /
	    alignof(max_align_t) * alignof(max_align_t);
	if (n > RESERVE - used)
		return NULL;
	used += n;
	return b;
}

/* What is given back of the reserve is lost: it is for hard times. */
void *
loopmem_get(void *old, long n)
{
	struct block *was = old == NULL ? NULL : (struct block *)(void *)
	    ((char *)old - offsetof(struct block, bytes));
	struct block *b = NULL;
	bool reserved = was != NULL && (was->n & 1) != 0;

	if (n <= 0 || (size_t)n > SIZE_MAX / 4) {
		if (!reserved)
			free(was);
		return NULL;
	}
	b = malloc(sizeof(*b) + (size_t)n);
	if (b != NULL)
		b->n = (size_t)n << 1;
	else if ((b = from_reserve((size_t)n)) != NULL)
		b->n = (size_t)n << 1 | 1;
	if (b == NULL || was == NULL)
		return b != NULL ? b->bytes : NULL;
	memcpy(b->bytes, was->bytes, was->n >> 1 < (size_t)n ? was->n >> 1 :
	    (size_t)n);
	if (!reserved)
		free(was);
	/* cppcheck-suppress memleak */
	return b->bytes;
}
