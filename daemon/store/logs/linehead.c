/*
 * linehead - looks at 64 bytes at once, with what every x86-64 has.
 */
#include "linehead.h"

#include <stdint.h>

#if defined(__x86_64__)
#include <emmintrin.h>

#define LOOK 64		/* bytes at once */
#define MOST 192	/* a longer head is not looked at here */

struct look {
	__m128i a, b, c, d;
};

static inline uint64_t
bits(__m128i x, __m128i like)
{
	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, like));
}

static inline uint64_t
where(struct look x, char c)
{
	const __m128i like = _mm_set1_epi8(c);

	return bits(x.a, like) | bits(x.b, like) << 16 |
	    bits(x.c, like) << 32 | bits(x.d, like) << 48;
}

static inline struct look
look_at(const char *p)
{
	return (struct look){ _mm_loadu_si128((const void *)p),
		_mm_loadu_si128((const void *)(p + 16)),
		_mm_loadu_si128((const void *)(p + 32)),
		_mm_loadu_si128((const void *)(p + 48)) };
}

const char *
linehead_bracket(const char *line, size_t n, const char **ret_end)
{
	const char *bracket = NULL;

	for (size_t at = 0; at < MOST && at + LOOK <= n; at += LOOK) {
		const struct look x = look_at(line + at);
		const uint64_t quote = where(x, '"');
		const uint64_t open = where(x, '[') & ((quote & -quote) - 1);

		if (open != 0) {
			if (bracket != NULL || (open & (open - 1)) != 0)
				return NULL;
			bracket = line + at + __builtin_ctzll(open);
		}
		if (quote != 0) {
			*ret_end = line + at + __builtin_ctzll(quote);
			return *ret_end > line && (*ret_end)[-1] == '\\' ?
			    NULL : bracket;
		}
	}
	return NULL;
}

static inline uint64_t
stops(__m128i x)
{
	const __m128i is = _mm_or_si128(_mm_or_si128(
	    _mm_cmpeq_epi8(x, _mm_set1_epi8('[')),
	    _mm_cmpeq_epi8(x, _mm_set1_epi8('"'))),
	    _mm_cmpeq_epi8(x, _mm_set1_epi8('\n')));

	return (uint32_t)_mm_movemask_epi8(is);
}

const char *
linehead_first(const char *p)
{
	const uint64_t at = stops(_mm_loadu_si128((const void *)p)) |
	    stops(_mm_loadu_si128((const void *)(p + 16))) << 16 |
	    stops(_mm_loadu_si128((const void *)(p + 32))) << 32;

	if (at == 0 || p[__builtin_ctzll(at)] != '[')
		return NULL;
	return p + __builtin_ctzll(at);
}
#else
const char *
linehead_first(const char *p)
{
	(void)p;
	return NULL;
}

const char *
linehead_bracket(const char *line, size_t n, const char **ret_end)
{
	(void)line, (void)n, (void)ret_end;
	return NULL;
}
#endif
