/*
 * maskout - copies a text with some stretches replaced by shorter ones.
 */
#ifndef STORE_LOGS_MASKOUT_H
#define STORE_LOGS_MASKOUT_H

#include <string.h>

#include "maskchar.h"

#define MASKOUT_WIDE ((size_t)320)	/* most lines are not longer */

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
	const char *from = o->v.p + o->copied;
	char *to = o->out + o->n_out;
	const size_t n = until - o->copied;

	/* Lines differ in length, and a guess how much is to be copied costs
	 * more than copying too much. */
	if (o->v.n - o->copied >= MASKOUT_WIDE && n <= MASKOUT_WIDE)
		for (size_t i = 0; i < MASKOUT_WIDE; i += 64)
			memcpy(to + i, from + i, 64);
	else
		memcpy(to, from, n);
	o->n_out += n;
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
