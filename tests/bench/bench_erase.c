/*
 * bench_erase DATABASE LOCK_MS CACHE_BYTES AT [scrub [AT]...] - erase what is
 * due of the bench's table, with a sink that always says go; prints rows,
 * seconds and peak RSS.  Further passes are told how the one before left it.
 */
#include "benchsink.h"

static int
pass(const struct rule_store *s, int64_t at_s, char clean[STORE_CLEAN_BYTES])
{
	uint64_t erased = 0;
	struct store_sink sink = benchsink(&erased);
	struct rule_dataset d = { .name = "d", .full = "bench/d",
		.store = "s", .table = "t", .action = RULE_DELETE,
		.timing = { .keep = RULE_PERIOD, .clock = RULE_UNIX,
		.period = { 1, PERIOD_DAYS }, .from = "ts" } };
	struct wall at = { at_s * 1000 + 86400000 };
	struct mono from = clock_mono();
	struct store_result r = { .erased = 0 };
	struct err e = ERR_EMPTY;
	struct store *st = NULL;

	sink.clean = clean;
	if (store_open(s, STORE_WRITE, NULL, &st, &e) == -1 ||
	    store_erase(st, &d, at, &sink, &r, &e) == -1) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	store_close(st);
	memcpy(clean, r.clean, sizeof(r.clean));
	printf("%llu %.3f %ld\n", (unsigned long long)r.erased,
	    (double)clock_since_ms(from, clock_mono()) / 1000,
	    benchsink_peak_kib());
	return 0;
}

int
main(int argc, char **argv)
{
	struct rule_store s = { .name = "s", .full = "bench/s",
		.kind = RULE_SQLITE, .busy_ms = 5000 };
	char clean[STORE_CLEAN_BYTES] = "";

	/* What the scrub costs is measured by bench_scrub.py. */
	if (argc < 5 || (argc > 5 && strcmp(argv[5], "scrub") != 0))
		return 64;
	s.scrub = argc > 5 ? RULE_SCRUB_ERASED : RULE_SCRUB_OFF;
	s.path = argv[1];
	s.lock_ms = strtoll(argv[2], NULL, 10);
	s.cache_bytes = strtoll(argv[3], NULL, 10);
	for (int i = 4; i < argc; i += i == 4 ? 2 : 1)
		if (pass(&s, strtoll(argv[i], NULL, 10), clean) == -1)
			return 1;
	return 0;
}
