/*
 * bench_erase DATABASE LOCK_MS CACHE_BYTES - erase what is due of the bench's
 * table, with a sink that always says go; prints rows, seconds and peak RSS.
 */
#include "benchsink.h"

int
main(int argc, char **argv)
{
	uint64_t erased = 0;
	const struct store_sink sink = benchsink(&erased);
	struct rule_dataset d = { .name = "d", .full = "bench/d",
		.store = "s", .table = "t", .action = RULE_DELETE,
		.timing = { .keep = RULE_PERIOD, .clock = RULE_UNIX,
		.period = { 1, PERIOD_DAYS }, .from = "ts" } };
	struct rule_store s = { .name = "s", .full = "bench/s",
		.kind = RULE_SQLITE, .busy_ms = 5000 };
	struct err e = ERR_EMPTY;
	struct store *st = NULL;
	struct store_result r = { .erased = 0 };

	/* What the scrub costs is measured by bench_scrub.py. */
	if (argc != 5 && (argc != 6 || strcmp(argv[5], "scrub") != 0))
		return 64;
	s.scrub = argc == 6 ? RULE_SCRUB_ERASED : RULE_SCRUB_OFF;
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
	    (double)clock_since_ms(from, clock_mono()) / 1000, benchsink_peak_kib());
	return 0;
}
