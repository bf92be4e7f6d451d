/*
 * maskout - copies a text with some stretches replaced by shorter ones.
 */
#ifndef STORE_LOGS_MASKOUT_H
#define STORE_LOGS_MASKOUT_H

#include <string.h>

#include "maskchar.h"

struct maskout {
	struct maskchar_view v;	/* the text */
	char *out;		/* room for v.n bytes, elsewhere */
	size_t n_out;
	size_t copied;		/* of the text */
};

/* Copy up to `until`, which is not before what was copied. */
static inline void
maskout_copy(struct maskout *o, size_t until)
{
	memcpy(o->out + o->n_out, o->v.p + o->copied, until - o->copied);
	o->n_out += until - o->copied;
	o->copied = until;
}

/* Put n <= to - from bytes in place of [from, to). */
static inline void
maskout_put(struct maskout *o, size_t from, size_t to, const char *text,
    size_t n)
{
	maskout_copy(o, from);
	memcpy(o->out + o->n_out, text, n);
	o->n_out += n;
	o->copied = to;
}

#endif
