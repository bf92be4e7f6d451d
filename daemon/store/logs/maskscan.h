/*
 * maskscan - where dots, colons and digits are, as bits: the fast half of
 * looking for addresses.  Bit i of a word stands for byte i of its 64.
 */
#ifndef STORE_LOGS_MASKSCAN_H
#define STORE_LOGS_MASKSCAN_H

#include <stddef.h>
#include <stdint.h>

struct maskscan_bits {
	uint64_t dot, colon, digit;
};

/* Reads 64 * n_words bytes at p and fills n_words elements of ret. */
typedef void maskscan_fn(const char *p, size_t n_words,
    struct maskscan_bits *ret);

enum maskscan_way { MASKSCAN_PLAIN, MASKSCAN_SSE2, MASKSCAN_AVX2,
	MASKSCAN_N_WAYS };

/* The function of one way, NULL where this machine lacks it. */
maskscan_fn *maskscan_find(enum maskscan_way way);

/* The fastest that this machine has; never NULL. */
maskscan_fn *maskscan_best(void);

#endif
