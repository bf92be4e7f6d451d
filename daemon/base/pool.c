#include "retention/pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retention/err.h"

#define BLOCK_BYTES ((size_t)16384)
#define ALIGN (sizeof(max_align_t))

struct block {
	struct block *next;
	size_t used, room;
	max_align_t bytes[];
};

struct pool {
	struct block *first;
};

struct pool *
pool_new(void)
{
	return calloc(1, sizeof(struct pool));
}

void
pool_free(struct pool *p)
{
	struct block *b;

	if (p == NULL)
		return;
	while ((b = p->first) != NULL) {
		p->first = b->next;
		explicit_bzero(b->bytes, b->room);
		free(b);
	}
	free(p);
}

static struct block *
add_block(struct pool *p, size_t n)
{
	size_t room = n > BLOCK_BYTES ? n : BLOCK_BYTES;
	struct block *b = calloc(1, sizeof(*b) + room);

	if (b == NULL)
		return NULL;
	b->room = room;
	b->next = p->first;
	p->first = b;
	return b;
}

void *
pool_alloc(struct pool *p, size_t n)
{
	struct block *b = p->first;
	void *at;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (b == NULL || b->room - b->used < n)
		b = add_block(p, n);
	if (b == NULL)
		return NULL;
	at = (char *)b->bytes + b->used;
	b->used += n;
	return at;
}

void *
pool_array(struct pool *p, size_t n, size_t each)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, each, &bytes))
		return NULL;
	return pool_alloc(p, bytes);
}

char *
pool_dupn(struct pool *p, const char *text, size_t n)
{
	char *copy = n < SIZE_MAX ? pool_alloc(p, n + 1) : NULL;

	if (copy != NULL && n != 0)
		memcpy(copy, text, n);
	return copy;
}

char *
pool_dup(struct pool *p, const char *text)
{
	return pool_dupn(p, text, strlen(text));
}

char *
pool_printf(struct pool *p, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = n >= 0 ? pool_alloc(p, (size_t)n + 1) : NULL;
	if (text == NULL)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}
