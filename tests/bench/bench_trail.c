/*
 * bench_trail append FOLDER RECORDS OPS_PER_SYNC
 * bench_trail verify FOLDER RECORDS
 * bench_trail hash <BYTES
 *
 * Append intents and outcomes, that
 * many operations per fdatasync and a checkpoint per hundred of those, then
 * verify what is there, and hash the same bytes for comparison.  One line of
 * figures for bench_trail.sh: wall time to append, which waits for the disk,
 * processor time for the others, which do not.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/key.h"
#include "retention/sha256.h"
#include "retention/trail.h"
#include "retention/verify.h"

static struct err e;

static void
need(int rc, const char *what)
{
	if (rc == -1) {
		fprintf(stderr, "bench_trail: %s: %s\n", what, e.text);
		exit(1);
	}
}

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

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

static void
operation(struct trail *t, struct buf *b, uint64_t id, struct wall now)
{
	uint8_t c[2][COMMIT_BYTES], op[SHA256_BYTES], root[32];
	const uint8_t policy[32] = { 7 };
	struct record_intent in = { .op = op, .dataset = "notice/data",
		.action = "delete", .store = "notice/site", .object = "rows",
		.basis = "period 2 years", .policy = policy, .cutoff = now,
		.n = 2, .croot = root,
		.c = (const uint8_t (*)[COMMIT_BYTES])c };
	struct record_outcome out = { .op = op, .n = 2, .erased = 2,
		.method = "sqlite-secure-delete", .verify = "requery",
		.assurance = "overwritten-in-place", .ms = 3 };

	sha256_once(&id, sizeof(id), op);	/* 16 bytes of it are used */
	sha256_once(op, sizeof(op), c[0]);
	sha256_once(c[0], sizeof(c[0]), c[1]);
	commit_root(c, 2, root);
	buf_reset(b);
	record_intent(b, &in);
	need(trail_append(t, RECORD_INTENT, b, now, &e), "append");
	buf_reset(b);
	record_done(b, &out);
	need(trail_append(t, RECORD_DONE, b, now, &e), "append");
}

static double
append(const char *state, uint64_t records, uint64_t per_sync)
{
	struct wall now = { INT64_C(1790000000000) };
	struct trail_settings s = { .state = state, .origin = "bench.example",
		.build = "bench", .segment_bytes = 64 << 20, .now = now };
	struct buf b = BUF_EMPTY;
	struct trail *t;
	struct key *k;
	double from;
	bool made;

	need(key_init(state, &made, &e), "key");
	need(key_load(state, "bench.example", &k, &e), "key");
	need(trail_open(&s, k, &t, &e), "trail");
	from = seconds(CLOCK_MONOTONIC);
	for (uint64_t i = 0; 2 * i < records; i++) {
		now.ms += i % 4 == 0;
		operation(t, &b, i, now);
		if ((i + 1) % per_sync == 0)
			need(trail_sync(t, &e), "sync");
		if ((i + 1) % (100 * per_sync) == 0)
			need(trail_checkpoint(t, now, &e), "checkpoint");
	}
	need(trail_append(t, RECORD_STOP, NULL, now, &e), "stop");
	need(trail_checkpoint(t, now, &e), "checkpoint");
	from = seconds(CLOCK_MONOTONIC) - from;
	trail_close(t);
	key_free(k);
	buf_release(&b);
	return from;
}

/* A process of its own, so that its peak of memory is its own. */
static void
verify(const char *state, const char *records)
{
	struct verify_options o = { .now = { INT64_MAX } };
	struct verify_report r;
	double from = seconds(CLOCK_PROCESS_CPUTIME_ID);

	need(verify_trail(state, &o, &r, &e), "verify");
	from = seconds(CLOCK_PROCESS_CPUTIME_ID) - from;
	if (r.lost || r.done != strtoull(records, NULL, 10) / 2) {
		fprintf(stderr, "bench_trail: the trail is not whole\n");
		exit(1);
	}
	printf("verify %" PRIu64 " %.3f %" PRIu64 " %ld\n", r.records, from,
	    r.checkpoints, peak_kib());
}

static void
hash(void)
{
	static uint8_t part[65536];
	struct sha256 *h = sha256_new();
	uint8_t sum[32];
	uint64_t bytes = 0;
	double from = seconds(CLOCK_PROCESS_CPUTIME_ID);
	ssize_t n;

	while ((n = read(STDIN_FILENO, part, sizeof(part))) > 0) {
		sha256_add(h, part, (size_t)n);
		bytes += (uint64_t)n;
	}
	sha256_end(h, sum);
	printf("hash %" PRIu64 " %.3f\n", bytes, seconds(CLOCK_PROCESS_CPUTIME_ID) - from);
	sha256_free(h);
}

int
main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "append") == 0)
		printf("append %s %.3f\n", argv[3], append(argv[2],
		    strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10)));
	else if (argc == 4 && strcmp(argv[1], "verify") == 0)
		verify(argv[2], argv[3]);
	else if (argc == 2 && strcmp(argv[1], "hash") == 0)
		hash();
	else
		return 64;
	return 0;
}
