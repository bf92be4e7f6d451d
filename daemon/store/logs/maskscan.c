/*
 * maskscan - classifies bytes 64 at a time, and follows chains of dots and
 * colons eight words at a time, with what the processor has.
 *
 * The plain way is the definition; tests hold the others against it.
 */
#include "maskscan.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define GROUP 8			/* words */
#define WORDS (MASKSCAN_WORDS + 1)

/* The compiler makes of it what the function's processor has. */
typedef uint64_t group __attribute__((vector_size(8 * GROUP), aligned(8),
    may_alias));

/* Each with the word that follows the last group. */
struct bits {
	uint64_t dot[WORDS + 1], colon[WORDS + 1];
	uint64_t digit[WORDS + 2];	/* one word later */
};

/* What differs between processors. */
typedef void classify_fn(const char *p, size_t word, struct bits *b);
/* *ret: of each word of a group the bits that follow at a distance of k. */
typedef void over_fn(const uint64_t *a, unsigned k, group *ret);

#define AT(a, i) (*(const group *)&(a)[i])
#define SET(a, i) (*(group *)&(a)[i])
#define OVER(a, i, k) ({ group over_; over(&(a)[i], k, &over_); over_; })
#define TO_3(a, i) (OVER(a, i, 2) | OVER(a, i, 3) | OVER(a, i, 4))
#define TO_4(a, i) (TO_3(a, i) | OVER(a, i, 5))

INLINE void
over_any(const uint64_t *a, unsigned k, group *ret)
{
	*ret = AT(a, 0) >> k | AT(a, 1) << (64 - k);
}

INLINE void
chain_dots(over_fn *over, const struct bits *b, size_t n, uint64_t *hit)
{
	uint64_t one[WORDS + 1], two[WORDS + 1];

	one[n] = two[n] = 0;
	for (size_t i = 0; i < n; i += GROUP)
		SET(one, i) = AT(b->dot, i) & OVER(b->digit, i, 63) &
		    OVER(b->digit, i + 1, 1);
	for (size_t i = 0; i < n; i += GROUP)
		SET(two, i) = AT(one, i) & TO_3(one, i);
	for (size_t i = 0; i < n; i += GROUP)
		SET(hit, i) = AT(one, i) & TO_3(two, i);
}

INLINE void
chain_colons(over_fn *over, const struct bits *b, size_t n, uint64_t *hit)
{
	uint64_t two[WORDS + 1], three[WORDS + 1];

	two[n] = three[n] = 0;
	for (size_t i = 0; i < n; i += GROUP)
		SET(two, i) = AT(b->colon, i) & TO_4(b->colon, i);
	for (size_t i = 0; i < n; i += GROUP)
		SET(three, i) = AT(two, i) & TO_4(two, i);
	for (size_t i = 0; i < n; i += GROUP)
		SET(hit, i) |= AT(b->colon, i) &
		    (OVER(b->colon, i, 1) | TO_4(three, i));
}

INLINE uint64_t
filled(const uint64_t *hit, size_t n)
{
	uint64_t is = 0;

	for (size_t w = 0; w < n; w++)
		is |= (uint64_t)(hit[w] != 0) << w;
	return is;
}

struct text {
	const char *p;
	size_t n;
	bool digit_before;
};

INLINE uint64_t
scan(classify_fn *classify, over_fn *over, struct text t,
    struct maskscan_hits *ret)
{
	const char *p = t.p;
	const size_t n = t.n;
	struct bits b;
	size_t whole = n / 64 < WORDS ? n / 64 : WORDS, used = whole;

	for (size_t w = 0; w < whole; w++)
		classify(p + 64 * w, w, &b);
	if (whole < WORDS && n % 64 != 0) {
		char rest[64] = { 0 };

		memcpy(rest, p + whole * 64, n % 64);
		classify(rest, used++, &b);
	}

	const size_t words = used < MASKSCAN_WORDS ? used : MASKSCAN_WORDS;
	const size_t groups = (used + GROUP - 1) / GROUP * GROUP;

	for (size_t w = used; w <= groups; w++)
		b.dot[w] = b.colon[w] = b.digit[w + 1] = 0;
	b.digit[0] = (uint64_t)t.digit_before << 63;
	chain_dots(over, &b, groups, ret->word);
	chain_colons(over, &b, groups, ret->word);
	return filled(ret->word, words);
}

INLINE void
classify_plain(const char *p, size_t w, struct bits *b)
{
	uint64_t dot = 0, colon = 0, digit = 0;

	for (unsigned i = 0; i < 64; i++) {
		const unsigned char c = (unsigned char)p[i];

		dot |= (uint64_t)(c == '.') << i;
		colon |= (uint64_t)(c == ':') << i;
		digit |= (uint64_t)((unsigned)c - '0' < 10) << i;
	}
	b->dot[w] = dot;
	b->colon[w] = colon;
	b->digit[w + 1] = digit;
}

static uint64_t
scan_plain(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret)
{
	return scan(classify_plain, over_any,
	    (struct text){ p, n, digit_before }, ret);
}

#if defined(__x86_64__)
INLINE void
classify_sse2(const char *p, size_t w, struct bits *b)
{
	uint64_t dot = 0, colon = 0, digit = 0;

	for (unsigned i = 0; i < 64; i += 16) {
		const __m128i x = _mm_loadu_si128((const void *)(p + i));
		const __m128i d = _mm_sub_epi8(x, _mm_set1_epi8('0'));

		dot |= (uint64_t)(uint32_t)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(x, _mm_set1_epi8('.'))) << i;
		colon |= (uint64_t)(uint32_t)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(x, _mm_set1_epi8(':'))) << i;
		digit |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(
		    _mm_min_epu8(d, _mm_set1_epi8(9)), d)) << i;
	}
	b->dot[w] = dot;
	b->colon[w] = colon;
	b->digit[w + 1] = digit;
}

static uint64_t
scan_sse2(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret)
{
	return scan(classify_sse2, over_any,
	    (struct text){ p, n, digit_before }, ret);
}

#define AVX2 __attribute__((target("avx2")))

AVX2 INLINE uint64_t
bits_avx2(__m256i lo, __m256i hi)
{
	return (uint32_t)_mm256_movemask_epi8(lo) |
	    (uint64_t)(uint32_t)_mm256_movemask_epi8(hi) << 32;
}

AVX2 INLINE void
classify_avx2(const char *p, size_t w, struct bits *b)
{
	const __m256i dot = _mm256_set1_epi8('.');
	const __m256i colon = _mm256_set1_epi8(':');
	const __m256i zero = _mm256_set1_epi8('0');
	const __m256i nine = _mm256_set1_epi8(9);
	const __m256i x = _mm256_loadu_si256((const void *)p);
	const __m256i y = _mm256_loadu_si256((const void *)(p + 32));
	const __m256i dx = _mm256_sub_epi8(x, zero);
	const __m256i dy = _mm256_sub_epi8(y, zero);

	b->dot[w] = bits_avx2(_mm256_cmpeq_epi8(x, dot),
	    _mm256_cmpeq_epi8(y, dot));
	b->colon[w] = bits_avx2(_mm256_cmpeq_epi8(x, colon),
	    _mm256_cmpeq_epi8(y, colon));
	b->digit[w + 1] = bits_avx2(
	    _mm256_cmpeq_epi8(_mm256_min_epu8(dx, nine), dx),
	    _mm256_cmpeq_epi8(_mm256_min_epu8(dy, nine), dy));
}

AVX2 static uint64_t
scan_avx2(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret)
{
	return scan(classify_avx2, over_any,
	    (struct text){ p, n, digit_before }, ret);
}

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi2")))

AVX512 INLINE void
classify_avx512(const char *p, size_t w, struct bits *b)
{
	const __m512i x = _mm512_loadu_si512((const void *)p);
	const __m512i d = _mm512_sub_epi8(x, _mm512_set1_epi8('0'));

	b->dot[w] = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('.'));
	b->colon[w] = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(':'));
	b->digit[w + 1] = _mm512_cmple_epu8_mask(d, _mm512_set1_epi8(9));
}

AVX512 INLINE void
over_avx512(const uint64_t *a, unsigned k, group *ret)
{
	*ret = (group)_mm512_shrdv_epi64((__m512i)AT(a, 0), (__m512i)AT(a, 1),
	    _mm512_set1_epi64(k));
}

AVX512 static uint64_t
scan_avx512(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret)
{
	return scan(classify_avx512, over_avx512,
	    (struct text){ p, n, digit_before }, ret);
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
	if (way == MASKSCAN_AVX512 && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vbmi2"))
		return scan_avx512;
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
