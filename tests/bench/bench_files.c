/*
 * bench_files FOLDER         one pass of the file engine over a folder, all of
 *                            it due
 * bench_files floor FOLDER   no more than zeros over all of its files, synced
 *                            once at the end: what the disk can do at all
 * bench_files mask FILE      one pass of the log engine over a file: addresses
 *                            in all of its lines are masked
 *
 * Prints how many were erased and the peak of memory in KiB.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files/zero.h"

#include "benchsink.h"

/* The lines of bench_mask's log lie in November 2026; this is a year later. */
#define ALL_DUE INT64_C(1826236800000)

static int
run(const struct rule_store *s, const struct rule_dataset *d, struct wall at)
{
	uint64_t erased = 0;
	struct store_sink sink = benchsink(&erased);
	struct store_result r;
	struct store *st = NULL;
	struct err e = ERR_EMPTY;

	if (store_open(s, STORE_WRITE, NULL, &st, &e) == -1 ||
	    store_erase(st, d, at, &sink, &r, &e) == -1) {
		fprintf(stderr, "bench_files: %s\n", e.text);
		return 1;
	}
	store_close(st);
	printf("%llu %ld\n", (unsigned long long)erased, benchsink_peak_kib());
	return erased == 0;
}

static int
overwrite(const char *path, const struct stat *st, int type, struct FTW *at)
{
	struct err e = ERR_EMPTY;
	int fd;
	int rc;

	(void)at;
	if (type != FTW_F)
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	rc = fd == -1 ? -1 : zero_file(fd, st, &e);
	if (fd != -1)
		(void)close(fd);
	return rc;
}

static int
floor_of(const char *path)
{
	const int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int rc = nftw(path, overwrite, 8, FTW_PHYS) == -1 ||
	    dir == -1 || syncfs(dir) == -1;

	if (dir != -1)
		(void)close(dir);
	printf("0 %ld\n", benchsink_peak_kib());
	return rc;
}

int
main(int argc, char **argv)
{
	const bool mask = argc > 2 && strcmp(argv[1], "mask") == 0;
	struct rule_store s = { .name = "f", .full = "n/f",
		.kind = mask ? RULE_LOGS : RULE_FILES };
	struct rule_dataset d = { .name = "d", .full = "n/d", .store = "f",
		.action = mask ? RULE_ANONYMISE : RULE_DELETE,
		.unit = RULE_LINE, .mask = { .ip_prefix = true }, .time_format = "combined",
		.timing = { .keep = RULE_PERIOD, .from = mask ? "line" :
		"mtime", .period = { 1, PERIOD_DAYS } } };

	if (argc < 2)
		return 64;
	if (argc > 2 && strcmp(argv[1], "floor") == 0)
		return floor_of(argv[2]);
	s.path = argv[mask ? 2 : 1];
	return run(&s, &d, mask ? (struct wall){ ALL_DUE } : clock_now());
}
