/*
 * maskscan - where in a text an address may begin: the fast half of looking
 * for addresses, 64 bytes to a word of bits.
 *
 * A hit is a dot with digits on both sides that two more follow, each at a
 * distance of two to four; or a colon that another follows at once, or four
 * more, each at a distance of two to five.  Every address has one.
 */
#ifndef STORE_LOGS_MASKSCAN_H
#define STORE_LOGS_MASKSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words that one call tells hits of; it reads one more. */
#define MASKSCAN_WORDS 63
#define MASKSCAN_BYTES ((size_t)MASKSCAN_WORDS * 64)

/* Bit i of word w stands for byte 64 * w + i. */
struct maskscan_hits {
	uint64_t word[MASKSCAN_WORDS + 1];
};

/* n bytes at p; what follows them is no dot, colon or digit.  digit_before:
 * there is a digit in front of p.  Fills the words that begin within n, and
 * returns those with a hit: bit w stands for word w. */
typedef uint64_t maskscan_fn(const char *p, size_t n, bool digit_before,
    struct maskscan_hits *ret);

enum maskscan_way { MASKSCAN_PLAIN, MASKSCAN_SSE2, MASKSCAN_AVX2,
	MASKSCAN_AVX512, MASKSCAN_N_WAYS };

/* The function of one way, NULL where this machine lacks it. */
maskscan_fn *maskscan_find(enum maskscan_way way);

/* The fastest that this machine has; never NULL. */
maskscan_fn *maskscan_best(void);

#endif
