/*
 * maskhead - by bits, with what every x86-64 has; elsewhere it says nothing.
 */
#include "maskhead.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <emmintrin.h>

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

static inline __m128i
is_within(__m128i x, char from, char n)
{
	const __m128i d = _mm_sub_epi8(x, _mm_set1_epi8(from));

	return _mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(n)), d);
}

/* Three digits that say more than 255?  Reads four bytes at p. */
static inline unsigned
too_much(const char *p, unsigned digits)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return (digits == 3) & (__builtin_bswap32(x) >> 8 > 0x323535);
}

bool
maskhead_quad(const char *p, struct maskhead *ret)
{
	const __m128i x = _mm_loadu_si128((const void *)p);
	const uint64_t dot = (uint32_t)_mm_movemask_epi8(
	    _mm_cmpeq_epi8(x, _mm_set1_epi8('.')));
	const uint64_t digit = (uint32_t)_mm_movemask_epi8(
	    is_within(x, '0', 9));
	const unsigned e = first(~(dot | digit));	/* at most 16 */
	/* Three are to be found, and the first of these three is the fourth. */
	uint64_t dots = (dot & below(e)) | UINT64_C(7) << 60;
	const unsigned d1 = first(dots);
	dots &= dots - 1;
	const unsigned d2 = first(dots);
	dots &= dots - 1;
	const unsigned d3 = first(dots);
	const bool three = d3 < 60 && (dots & (dots - 1)) == UINT64_C(7) << 60;
	const unsigned long_ones = (d1 - 1 > 2) | (d2 - d1 - 2 > 2) |
	    (d3 - d2 - 2 > 2) | (e - d3 - 2 > 2);

	if (!three || long_ones || p[e] != ' ' ||
	    (too_much(p, d1) | too_much(p + d1 + 1, d2 - d1 - 1) |
	    too_much(p + d2 + 1, d3 - d2 - 1) |
	    too_much(p + d3 + 1, e - d3 - 1)))
		return false;
	*ret = (struct maskhead){ d3 + 1, "0", 1, e };
	return true;
}

struct six {
	uint64_t colon, digit, letter;
};

static inline void
look_at(const char *p, unsigned at, struct six *b)
{
	const __m128i x = _mm_loadu_si128((const void *)(p + at));

	b->colon |= (uint64_t)(uint32_t)_mm_movemask_epi8(
	    _mm_cmpeq_epi8(x, _mm_set1_epi8(':'))) << at;
	b->digit |= (uint64_t)(uint32_t)_mm_movemask_epi8(
	    is_within(x, '0', 9)) << at;
	b->letter |= (uint64_t)(uint32_t)_mm_movemask_epi8(
	    is_within(x, 'a', 'f' - 'a')) << at;
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
maskhead_quad(const char *p, struct maskhead *ret)
{
	(void)p, (void)ret;
	return false;
}

bool
maskhead_six(const char *p, struct maskhead *ret)
{
	(void)p, (void)ret;
	return false;
}
#endif
