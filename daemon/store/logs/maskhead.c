/*
 * maskhead - by bits, with what every x86-64 has; elsewhere it says nothing.
 */
#include "maskhead.h"

#if defined(__x86_64__)
static inline uint64_t
below(unsigned bit)
{
	return (UINT64_C(1) << bit) - 1;
}

static inline unsigned
first(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

struct six {
	uint64_t colon, digit, letter;
};

static inline void
look_at(const char *p, unsigned at, struct six *b)
{
	const __m128i x = _mm_loadu_si128((const void *)(p + at));

	b->colon |= (uint64_t)maskhead_equal(x, ':') << at;
	b->digit |= (uint64_t)maskhead_within(x, '0', 9) << at;
	b->letter |= (uint64_t)maskhead_within(x, 'a', 'f' - 'a') << at;
}

/* Are there as many groups as an address has?  e: the end, gap: the first of
 * two colons. */
static inline bool
is_complete(uint64_t colon, uint64_t gap, unsigned e)
{
	const unsigned n = (unsigned)__builtin_popcountll(colon);
	const bool at_end = (colon >> (e - 1) & 1) != 0;

	if (gap == 0)
		return n == 7 && !at_end && first(colon) != 2;
	if ((gap & (gap - 1)) != 0 || (at_end && (gap >> (e - 2) & 1) == 0))
		return false;
	/* Seven, the second of them left out: a third would have to stay. */
	return n - at_end < (gap == (colon & -colon) ? 7 : 8);
}

bool
maskhead_six(const char *p, struct maskhead *ret)
{
	struct six b = { 0, 0, 0 };

	look_at(p, 0, &b);
	look_at(p, 16, &b);
	look_at(p, 32, &b);
	const unsigned e = first(~(b.colon | b.digit | b.letter));
	const uint64_t colon = b.colon & below(e);
	const uint64_t hex = (b.digit | b.letter) & below(e);
	const uint64_t gap = colon & colon >> 1;
	uint64_t stays = colon;		/* in front of the third group's end */
	unsigned keep;

	if (p[0] == ':' || p[e] != ' ' || e < 3 || colon == 0 ||
	    (hex & hex >> 1 & hex >> 2 & hex >> 3 & hex >> 4) != 0 ||
	    (b.digit & below(e)) == 0 || !is_complete(colon, gap, e))
		return false;
	stays &= stays - 1;
	stays &= stays - 1;
	stays |= gap;
	keep = first(stays);
	/* A zero in front of one of them. */
	for (uint64_t c = colon & below(keep); c != 0; c &= c - 1)
		if (p[first(c) + 1] == '0')
			return false;
	if (p[0] == '0')
		return false;
	*ret = (struct maskhead){ keep, "::", 2, e };
	return true;
}
#else
bool
maskhead_six(const char *p, struct maskhead *ret)
{
	(void)p, (void)ret;
	return false;
}
#endif
