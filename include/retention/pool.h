/*
 * pool - memory that lives and dies together (one policy set, one message).
 */
#ifndef RETENTION_POOL_H
#define RETENTION_POOL_H

#include <stddef.h>

struct pool;

struct pool *pool_new(void);			/* NULL: no memory */
void pool_free(struct pool *p);			/* NULL is fine; wipes all */

/* Zeroed, aligned for any type; NULL when there is no memory. */
void *pool_alloc(struct pool *p, size_t n);
void *pool_array(struct pool *p, size_t n, size_t each);	/* checks overflow */
char *pool_dup(struct pool *p, const char *text);
char *pool_dupn(struct pool *p, const char *text, size_t n);
char *pool_printf(struct pool *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
