/*
 * scrub_tool DATABASE [SECONDS] - scrubs once, or again and again as long.
 *
 * A line for each scrub: "ok" or the error's number, rounds, sealed, pages,
 * strange pages, locks, the longest in ms, bytes of each kind, the error's
 * text.  The exit status is 0 whether it was scrubbed or refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "retention/clock.h"
#include "retention/rule.h"
#include "retention/store.h"

#include "store/sqlite/db.h"
#include "store/sqlite/scrub.h"

static void
once(const char *path)
{
	const struct rule_store store = { .name = "s", .full = "n/s",
		.kind = RULE_SQLITE, .path = path, .busy_ms = 3000 };
	struct scrub_sum sum = { .rounds = 0 };
	struct err e = ERR_EMPTY;
	struct db *db;
	int rc = db_open(&(struct db_how){ .store = &store, .path = path,
	    .access = STORE_WRITE }, &db, &e);

	if (rc == 0) {
		rc = scrub_run(db, NULL, &sum, &e);
		db_close(db);
	}
	printf("%d %u %d %llu %llu %llu %lld ", rc == 0 ? 0 : (int)e.code,
	    sum.rounds, sum.sealed, (unsigned long long)sum.found.pages,
	    (unsigned long long)sum.found.strange,
	    (unsigned long long)sum.locks, (long long)sum.lock_ms);
	for (int i = 0; i < DEAD_N; i++)
		printf("%s%llu", i == 0 ? "" : ",",
		    (unsigned long long)sum.found.bytes[i]);
	printf(" %s\n", rc == 0 ? "ok" : e.text);
	(void)fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct mono began = clock_mono();
	int64_t most;

	if (argc != 2 && argc != 3)
		return 64;
	most = argc == 3 ? strtoll(argv[2], NULL, 10) * 1000 : 0;
	do {
		once(argv[1]);
		if (most > 0)
			nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	} while (clock_since_ms(began, clock_mono()) < most);
	return 0;
}
