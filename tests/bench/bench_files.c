/*
 * bench_files - one pass of the file engine over a folder, all of it due.
 */
#include <stdio.h>
#include <string.h>

#include "retention/store.h"

static int
give_ops(void *ctx, size_t n, struct commit_op *ret, struct err *e)
{
	(void)ctx, (void)e;
	memset(ret, 7, n * sizeof(*ret));
	return 0;
}

static int
note_intent(void *ctx, const struct commit_op *op, const char *object,
    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
    struct err *e)
{
	(void)ctx, (void)op, (void)object, (void)c, (void)n, (void)root;
	(void)e;
	return 0;
}

static int
give_leave(void *ctx, struct err *e)
{
	(void)ctx, (void)e;
	return 1;
}

static int
note_outcome(void *ctx, const struct store_outcome *o, struct err *e)
{
	*(uint64_t *)ctx += o->erased;
	(void)e;
	return 0;
}

int
main(int argc, char **argv)
{
	uint64_t erased = 0;
	struct store_sink sink = { &erased, give_ops, note_intent,
		give_leave, note_outcome, NULL, NULL };
	struct rule_store s = { .name = "f", .full = "n/f",
		.kind = RULE_FILES, .path = argc > 1 ? argv[1] : "" };
	struct rule_dataset d = { .name = "d", .full = "n/d",
		.timing = { .keep = RULE_PERIOD, .from = "mtime",
		.period = { 1, PERIOD_DAYS } } };
	struct store_result r;
	struct store *st = NULL;
	struct err e = ERR_EMPTY;

	if (store_open(&s, STORE_WRITE, NULL, &st, &e) == -1 ||
	    store_erase(st, &d, clock_now(), &sink, &r, &e) == -1) {
		fprintf(stderr, "bench_files: %s\n", e.text);
		return 1;
	}
	store_close(st);
	return erased == 0;
}
