/*
 * buf - a byte buffer that grows to a cap and wipes itself when released.
 *
 * Failure (no memory, or past the cap) is sticky: further appends do nothing,
 * and buf_failed() tells once at the end.  data is NUL-terminated whenever it
 * is not NULL; the NUL is not counted.
 */
#ifndef RETENTION_BUF_H
#define RETENTION_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

struct buf {
	char *data;		/* owned; NULL while empty */
	size_t n;		/* bytes used */
	size_t room;		/* bytes allocated, without the NUL */
	size_t most;		/* cap on n; 0 means BUF_MOST */
	bool failed;
};

#define BUF_MOST ((size_t)64 << 20)
#define BUF_EMPTY ((struct buf){ .data = NULL })

void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *text);
void buf_putf(struct buf *b, const char *fmt, ...) ERR_PRINTF(2, 3);
void buf_drop(struct buf *b, size_t n);		/* remove n bytes in front */
void buf_reset(struct buf *b);			/* empty again, memory kept */
bool buf_failed(const struct buf *b);
const char *buf_text(const struct buf *b);	/* "" when empty */
void buf_release(struct buf *b);		/* wipes, frees; twice is safe */

#endif
