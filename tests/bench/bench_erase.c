/*
 * bench_erase DATABASE LOCK_MS CACHE_BYTES - erase what is due of the bench's
 * table, with a sink that always says go; prints rows, seconds and peak RSS.
 */
#include "retention/store.h"

static int
ops(void *ctx, size_t n, struct commit_op *ret, struct err *e)
{
	(void)ctx, (void)e;
	memset(ret, 0, n * sizeof(*ret));
	return 0;
}

static int
intend(void *ctx, const struct commit_op *op, const char *object,
    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
    struct err *e)
{
	(void)ctx, (void)op, (void)object, (void)c, (void)n, (void)root;
	(void)e;
	return 0;
}

static int
go(void *ctx, struct err *e)
{
	(void)ctx, (void)e;
	return 1;
}

static int
done(void *ctx, const struct store_outcome *o, struct err *e)
{
	(void)ctx, (void)o, (void)e;
	return 0;
}

/* Not getrusage(): that counts what forked us as well. */
static long
peak_kib(void)
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

int
main(int argc, char **argv)
{
	const struct store_sink sink = { .ops = ops, .intend = intend,
		.go = go, .done = done };
	struct rule_dataset d = { .name = "d", .full = "bench/d",
		.store = "s", .table = "t", .action = RULE_DELETE,
		.timing = { .keep = RULE_PERIOD, .clock = RULE_UNIX,
		.period = { 1, PERIOD_DAYS }, .from = "ts" } };
	struct rule_store s = { .name = "s", .full = "bench/s",
		.kind = RULE_SQLITE, .busy_ms = 5000 };
	struct err e = ERR_EMPTY;
	struct store *st = NULL;
	struct store_result r = { .erased = 0 };

	if (argc != 5)
		return 64;
	s.path = argv[1];
	s.lock_ms = strtoll(argv[2], NULL, 10);
	s.cache_bytes = strtoll(argv[3], NULL, 10);

	struct wall at = { strtoll(argv[4], NULL, 10) * 1000 + 86400000 };
	struct mono from = clock_mono();

	if (store_open(&s, STORE_WRITE, NULL, &st, &e) == -1 ||
	    store_erase(st, &d, at, &sink, &r, &e) == -1) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	store_close(st);
	printf("%llu %.3f %ld\n", (unsigned long long)r.erased,
	    (double)clock_since_ms(from, clock_mono()) / 1000, peak_kib());
	return 0;
}
