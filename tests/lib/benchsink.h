/*
 * benchsink - a sink that says go to everything, counts what is erased, and
 * remembers nothing; and what a process has taken of memory.
 */
#ifndef TESTS_BENCHSINK_H
#define TESTS_BENCHSINK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retention/store.h"

static inline int
benchsink_ops(void *ctx, size_t n, struct commit_op *ret, struct err *e)
{
	(void)ctx, (void)e;
	memset(ret, 7, n * sizeof(*ret));
	return 0;
}

static inline int
benchsink_intend(void *ctx, const struct commit_op *op, const char *object,
    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
    struct err *e)
{
	(void)ctx, (void)op, (void)object, (void)c, (void)n, (void)root;
	(void)e;
	return 0;
}

static inline int
benchsink_go(void *ctx, struct err *e)
{
	(void)ctx, (void)e;
	return 1;
}

static inline int
benchsink_done(void *ctx, const struct store_outcome *o, struct err *e)
{
	*(uint64_t *)ctx += o->erased;
	(void)e;
	return 0;
}

/* *erased counts; it outlives the sink. */
static inline struct store_sink
benchsink(uint64_t *erased)
{
	return (struct store_sink){ .ctx = erased, .ops = benchsink_ops,
		.intend = benchsink_intend, .go = benchsink_go,
		.done = benchsink_done };
}

/* Not getrusage(): that counts what forked us as well. */
static inline long
benchsink_peak_kib(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

#endif
