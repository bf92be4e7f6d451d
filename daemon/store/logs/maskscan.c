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

struct bits {
	uint64_t dot[WORDS], colon[WORDS];
	uint64_t digit[WORDS + 1];	/* one word later */
};

/* What differs between processors. */
typedef void classify_fn(const char *p, size_t word, struct bits *b);
/* *ret: the words that follow each of `a`, `after` being the group behind. */
typedef void next_fn(const group *a, const group *after, group *ret);
/* *ret: of each word of `a` the bits that follow at a distance of k; `next`
 * are the words that follow each. */
typedef void over_fn(const group *a, const group *next, unsigned k, group *ret);

struct way {
	classify_fn *classify;
	next_fn *next;
	over_fn *over;
};

#define AT(a, i) (*(const group *)&(a)[i])
#define OVER(a, k) ({ \
	group over_; \
	over(&(a).at, &(a).next, k, &over_); \
	over_; \
})
#define TO_3(a) (OVER(a, 2) | OVER(a, 3) | OVER(a, 4))
#define TO_4(a) (TO_3(a) | OVER(a, 5))

/* Put a group in front of what is there. */
#define PUT(a, group_) ({ \
	const group at_ = (group_); \
	next(&at_, &(a).at, &(a).next); \
	(a).at = at_; \
})

/* A group, and the words that follow each of its own. */
struct follow {
	group at, next;
};

INLINE void
over_any(const group *a, const group *next, unsigned k, group *ret)
{
	*ret = *a >> k | *next << (64 - k);
}

/* From the last group to the first: what follows is known.  Returns the words
 * with a hit. */
INLINE uint64_t
chains(next_fn *next, over_fn *over, const struct bits *b, size_t n,
    uint64_t *hit)
{
	struct follow digit = { 0 }, one = { 0 }, two = { 0 };
	struct follow colon = { 0 }, pair = { 0 }, triple = { 0 };
	group words = { 0 };
	uint64_t ret = 0;

	for (size_t i = n; i > 0; ) {
		i -= GROUP;
		const struct follow before = { AT(b->digit, i),
		    AT(b->digit, i + 1) };

		PUT(digit, before.next);
		PUT(colon, AT(b->colon, i));
		PUT(one, AT(b->dot, i) & OVER(before, 63) & OVER(digit, 1));
		PUT(two, one.at & TO_3(one));
		PUT(pair, colon.at & TO_4(colon));
		PUT(triple, pair.at & TO_4(pair));
		const group found = (one.at & TO_3(two)) |
		    (colon.at & (OVER(colon, 1) | TO_4(triple)));

		*(group *)&hit[i] = found;
		words |= (group)(found != 0) &
		    (group){ 1, 2, 4, 8, 16, 32, 64, 128 } << i;
	}
	for (unsigned i = 0; i < GROUP; i++)
		ret |= words[i];
	return ret;
}

struct text {
	const char *p;
	size_t n;
	bool digit_before;
};

INLINE uint64_t
scan(struct way way, struct text t, struct maskscan_hits *ret)
{
	const char *p = t.p;
	const size_t n = t.n;
	struct bits b;
	size_t whole = n / 64 < WORDS ? n / 64 : WORDS, used = whole;

	for (size_t w = 0; w < whole; w++)
		way.classify(p + 64 * w, w, &b);
	if (whole < WORDS && n % 64 != 0) {
		char rest[64] = { 0 };

		memcpy(rest, p + whole * 64, n % 64);
		way.classify(rest, used++, &b);
	}

	const size_t groups = (used + GROUP - 1) / GROUP * GROUP;

	for (size_t w = used; w < groups; w++)
		b.dot[w] = b.colon[w] = b.digit[w + 1] = 0;
	b.digit[0] = (uint64_t)t.digit_before << 63;
	return chains(way.next, way.over, &b, groups, ret->word) &
	    ~(UINT64_C(1) << MASKSCAN_WORDS);
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

INLINE void
next_plain(const group *a, const group *after, group *ret)
{
	for (unsigned i = 0; i < GROUP; i++)
		(*ret)[i] = i + 1 < GROUP ? (*a)[i + 1] : (*after)[0];
}

static uint64_t
scan_plain(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret)
{
	return scan((struct way){ classify_plain, next_plain, over_any },
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

INLINE void
next_sse2(const group *a, const group *after, group *ret)
{
	const __m128d_u *from = (const void *)a;
	__m128d_u *to = (void *)ret;

	for (unsigned i = 0; i < GROUP / 2; i++)
		to[i] = _mm_shuffle_pd(from[i], i + 1 < GROUP / 2 ?
		    from[i + 1] : *(const __m128d_u *)after, 1);
}

static uint64_t
scan_sse2(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret)
{
	return scan((struct way){ classify_sse2, next_sse2, over_any },
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

AVX2 INLINE __m256i
next_four(__m256i a, __m256i after)
{
	return _mm256_permute4x64_epi64(_mm256_blend_epi32(a, after, 3), 0x39);
}

AVX2 INLINE void
next_avx2(const group *a, const group *after, group *ret)
{
	const __m256i_u *from = (const void *)a;
	__m256i_u *to = (void *)ret;

	to[0] = next_four(from[0], from[1]);
	to[1] = next_four(from[1], *(const __m256i_u *)after);
}

AVX2 static uint64_t
scan_avx2(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret)
{
	return scan((struct way){ classify_avx2, next_avx2, over_any },
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
next_avx512(const group *a, const group *after, group *ret)
{
	*ret = (group)_mm512_alignr_epi64((__m512i)*after, (__m512i)*a, 1);
}

AVX512 INLINE void
over_avx512(const group *a, const group *next, unsigned k, group *ret)
{
	*ret = (group)_mm512_shrdv_epi64((__m512i)*a, (__m512i)*next,
	    _mm512_set1_epi64(k));
}

AVX512 static uint64_t
scan_avx512(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret)
{
	return scan((struct way){ classify_avx512, next_avx512, over_avx512 },
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
