/*
 * maskscan - classifies bytes 64 at a time, with what the processor has.
 * The plain way is the definition; tests hold the others against it.
 */
#include "maskscan.h"

#include <stdbool.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static void
scan_plain(const char *p, size_t n_words, struct maskscan_bits *ret)
{
	for (size_t w = 0; w < n_words; w++, p += 64) {
		struct maskscan_bits b = { 0, 0, 0 };

		for (unsigned i = 0; i < 64; i++) {
			const unsigned char c = (unsigned char)p[i];

			b.dot |= (uint64_t)(c == '.') << i;
			b.colon |= (uint64_t)(c == ':') << i;
			b.digit |= (uint64_t)((unsigned)c - '0' < 10) << i;
		}
		ret[w] = b;
	}
}

#if defined(__x86_64__)
static uint64_t
bits_sse2(__m128i a)
{
	return (uint32_t)_mm_movemask_epi8(a);
}

static void
scan_sse2(const char *p, size_t n_words, struct maskscan_bits *ret)
{
	const __m128i dot = _mm_set1_epi8('.');
	const __m128i colon = _mm_set1_epi8(':');
	const __m128i zero = _mm_set1_epi8('0');
	const __m128i nine = _mm_set1_epi8(9);

	for (size_t w = 0; w < n_words; w++, p += 64) {
		struct maskscan_bits b = { 0, 0, 0 };

		for (unsigned i = 0; i < 64; i += 16) {
			const __m128i x =
			    _mm_loadu_si128((const void *)(p + i));
			const __m128i d = _mm_sub_epi8(x, zero);

			b.dot |= bits_sse2(_mm_cmpeq_epi8(x, dot)) << i;
			b.colon |= bits_sse2(_mm_cmpeq_epi8(x, colon)) << i;
			b.digit |= bits_sse2(_mm_cmpeq_epi8(
			    _mm_min_epu8(d, nine), d)) << i;
		}
		ret[w] = b;
	}
}

__attribute__((target("avx2")))
static inline uint64_t
bits_avx2(__m256i lo, __m256i hi)
{
	return (uint32_t)_mm256_movemask_epi8(lo) |
	    (uint64_t)(uint32_t)_mm256_movemask_epi8(hi) << 32;
}

__attribute__((target("avx2")))
static void
scan_avx2(const char *p, size_t n_words, struct maskscan_bits *ret)
{
	const __m256i dot = _mm256_set1_epi8('.');
	const __m256i colon = _mm256_set1_epi8(':');
	const __m256i zero = _mm256_set1_epi8('0');
	const __m256i nine = _mm256_set1_epi8(9);

	for (size_t w = 0; w < n_words; w++, p += 64) {
		const __m256i x = _mm256_loadu_si256((const void *)p);
		const __m256i y = _mm256_loadu_si256((const void *)(p + 32));
		const __m256i dx = _mm256_sub_epi8(x, zero);
		const __m256i dy = _mm256_sub_epi8(y, zero);

		ret[w].dot = bits_avx2(_mm256_cmpeq_epi8(x, dot),
		    _mm256_cmpeq_epi8(y, dot));
		ret[w].colon = bits_avx2(_mm256_cmpeq_epi8(x, colon),
		    _mm256_cmpeq_epi8(y, colon));
		ret[w].digit = bits_avx2(
		    _mm256_cmpeq_epi8(_mm256_min_epu8(dx, nine), dx),
		    _mm256_cmpeq_epi8(_mm256_min_epu8(dy, nine), dy));
	}
}
#endif

maskscan_fn *
maskscan_find(enum maskscan_way way)
{
	if (way == MASKSCAN_PLAIN)
		return scan_plain;
#if defined(__x86_64__)
	if (way == MASKSCAN_SSE2)
		return scan_sse2;
	if (way == MASKSCAN_AVX2 && __builtin_cpu_supports("avx2"))
		return scan_avx2;
#endif
	return NULL;
}

maskscan_fn *
maskscan_best(void)
{
	for (unsigned way = MASKSCAN_N_WAYS; way-- > 0; ) {
		maskscan_fn *f = maskscan_find((enum maskscan_way)way);

		if (f != NULL)
			return f;
	}
	return scan_plain;
}
