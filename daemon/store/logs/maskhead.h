/*
 * maskhead - the plain address, which nearly every one in a log is, without a
 * branch for each of its characters.  What maskip says holds; this only says
 * it sooner, or says nothing.  Pure.
 */
#ifndef STORE_LOGS_MASKHEAD_H
#define STORE_LOGS_MASKHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#define MASKHEAD_BYTES 64	/* that must be there to be looked at */

struct maskhead {
	size_t keep;		/* so many bytes stay as they are, */
	const char *text;	/* then this, */
	size_t n;		/* of so many bytes, */
	size_t end;		/* and here the text goes on */
};

/*
 * Does an address begin at p, and a space follow it?  Before p must be the
 * start of the text, a control character or a space (for quad also a slash: if
 * it is no product's, see 4d in maskip.h).  False: look closer.
 * quad: of IPv4 in decimal, each number without more digits than three; six:
 * IPv6 in small letters and without zeros in front of the groups that stay.
 */
static inline bool maskhead_quad(const char *p, struct maskhead *ret);
bool maskhead_six(const char *p, struct maskhead *ret);

#if defined(__x86_64__)
static inline uint32_t
maskhead_equal(__m128i x, char c)
{
	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(c)));
}

static inline uint32_t
maskhead_above(__m128i x, char c)
{
	return (uint32_t)_mm_movemask_epi8(_mm_cmpgt_epi8(x, _mm_set1_epi8(c)));
}

/* Which bytes are `from` or one of the n that follow it. */
static inline uint32_t
maskhead_within(__m128i x, char from, char n)
{
	const __m128i d = _mm_sub_epi8(x, _mm_set1_epi8(from));

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(
	    _mm_min_epu8(d, _mm_set1_epi8(n)), d));
}

static inline bool
maskhead_quad(const char *p, struct maskhead *ret)
{
	const __m128i x = _mm_loadu_si128((const void *)p);
	const uint32_t digits = maskhead_within(x, '0', 9);
	const uint32_t dots = maskhead_equal(x, '.');
	const uint32_t e = (uint32_t)__builtin_ctz(~(digits | dots));
	const uint32_t digit = digits & ((UINT32_C(1) << e) - 1);
	const uint32_t dot = dots & ((UINT32_C(1) << e) - 1);
	const uint32_t behind_1 = dot & (dot - 1);
	const uint32_t third = behind_1 & (behind_1 - 1);
	const uint32_t three = digit & digit >> 1 & digit >> 2;
	const uint32_t above_255 = three & (maskhead_above(x, '2') |
	    (maskhead_equal(x, '2') & (maskhead_above(x, '5') >> 1 |
	    (maskhead_equal(x, '5') >> 1 & maskhead_above(x, '5') >> 2))));
	const uint32_t alone = dot & ~(digit << 1 & digit >> 1);

	if (third == 0 || p[e] != ' ' || ((third & (third - 1)) |
	    (three & digit >> 3) | above_255 | alone) != 0)
		return false;
	*ret = (struct maskhead){ (size_t)__builtin_ctz(third) + 1, "0", 1, e };
	return true;
}
#else
static inline bool
maskhead_quad(const char *p, struct maskhead *ret)
{
	(void)p, (void)ret;
	return false;
}
#endif

#endif
