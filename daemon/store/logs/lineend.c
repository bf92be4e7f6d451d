/*
 * lineend - looks at 256 bytes at once: a loop that ends sooner or later is
 * guessed wrong by the processor for about every other line of a log.
 */
#include "lineend.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define LOOK 256

__attribute__((target("avx2")))
static inline uint64_t
feeds(const char *p)
{
	const __m256i lf = _mm256_set1_epi8('\n');
	const __m256i a = _mm256_loadu_si256((const void *)p);
	const __m256i b = _mm256_loadu_si256((const void *)(p + 32));

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, lf)) |
	    (uint64_t)(uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpeq_epi8(b, lf)) << 32;
}

__attribute__((target("avx2")))
static const char *
look(const char *p, size_t n)
{
	for (; n >= LOOK; p += LOOK, n -= LOOK) {
		const uint64_t w[4] = { feeds(p), feeds(p + 64),
			feeds(p + 128), feeds(p + 192) };
		const uint64_t two = w[0] | w[1];
		const size_t k = (size_t)(w[0] == 0) + (two == 0) +
		    ((two | w[2]) == 0);

		if ((two | w[2] | w[3]) != 0)
			return p + k * 64 + (size_t)__builtin_ctzll(w[k]);
	}
	return memchr(p, '\n', n);
}

const char *
lineend_find(const char *p, size_t n)
{
	return n >= LOOK && __builtin_cpu_supports("avx2") ? look(p, n) :
	    memchr(p, '\n', n);
}
#else
const char *
lineend_find(const char *p, size_t n)
{
	return memchr(p, '\n', n);
}
#endif
