/*
 * bench_mask - how fast addresses in a web log are masked.
 *
 *   bench_mask generate BYTES >FILE     a log of the combined format, 80 %
 *                                       IPv4, with user agents that hold
 *                                       versions like addresses
 *   bench_mask read|any|client|all|due FILE   read it in blocks (and mask it);
 *                                       prints MB per second of processor
 *                                       time.  `due` masks the lines
 *                                       that are due by their own times and
 *                                       leaves the rest
 *   bench_mask write FILE               masks to standard output
 *   bench_mask plan-kept|plan-due FILE  a whole dry run of a dataset over the
 *                                       file, of which no line, half of the lines are due
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/clock.h"
#include "retention/fd.h"
#include "retention/store.h"

#include "store/logs/linemask.h"
#include "store/logs/linetime.h"

#define BLOCK ((size_t)256 << 10)

struct run {
	struct linemask *mask;		/* NULL: only read */
	struct linetime *time;		/* NULL: every line is due */
	struct wall due_before;
	int out;			/* -1: nowhere */
	char *in, *masked;
	uint64_t bytes;
	uint64_t left;			/* lines not due */
};

static unsigned
pick(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

static int
generate(size_t bytes)
{
	static const char *const agents[] = {
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
		    "(KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 "
		    "Firefox/119.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) "
		    "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 "
		    "Mobile/15E148 Safari/604.1", "curl/7.88.1" };
	uint64_t seed = 1;
	size_t n = 0;

	for (unsigned i = 0; n < bytes; i++) {
		char from[64];
		const unsigned a = pick(&seed, 256);
		const unsigned b = pick(&seed, 65536);

		if (pick(&seed, 5) != 0)
			(void)snprintf(from, sizeof from, "%u.%u.%u.%u",
			    1 + a % 223, b >> 8, b & 255, pick(&seed, 256));
		else
			(void)snprintf(from, sizeof from,
			    "2001:db8:%x:%x::%x:%x", a, b, i & 0xffff,
			    pick(&seed, 65536));
		n += (size_t)printf("%s - - [%02u/Nov/2026:%02u:%02u:%02u "
		    "+0000] \"GET /guidance/%x/page-%u?session=%08x HTTP/1.1\" "
		    "200 %u \"https://www.example.org/list/%u\" \"%s\"\n", from,
		    1 + i / 50000 % 28, i / 3600 % 24, i / 60 % 60, i % 60, b,
		    a, b * a, i % 100000, b, agents[pick(&seed, 4)]);
	}
	return ferror(stdout) != 0;
}

/* Mask the due lines of a block, in runs as long as they come. */
static size_t
due_lines(struct run *r, size_t n)
{
	size_t out = 0;
	size_t from = 0;	/* of the present run of due lines */

	for (size_t i = 0; i < n; ) {
		const char *lf = memchr(r->in + i, '\n', n - i);
		const size_t next = lf == NULL ? n : (size_t)(lf - r->in) + 1;
		struct wall t;

		if (!linetime_of(r->time, r->in + i, next - i, r->due_before,
		    &t) || t.ms >= r->due_before.ms) {
			out += linemask_block(r->mask, r->in + from, i - from,
			    r->masked + out, false);
			memcpy(r->masked + out, r->in + i, next - i);
			out += next - i;
			from = next;
			r->left++;
		}
		i = next;
	}
	return out + linemask_block(r->mask, r->in + from, n - from,
	    r->masked + out, false);
}

static int
block(struct run *r, size_t n, struct err *e)
{
	r->bytes += n;
	if (r->mask == NULL)
		return 0;
	n = r->time != NULL ? due_lines(r, n) :
	    linemask_block(r->mask, r->in, n, r->masked, false);
	return r->out == -1 ? 0 : fd_write_all(r->out, r->masked, n, e);
}

static int
whole_file(struct run *r, int fd, struct err *e)
{
	size_t have = 0;

	for (;;) {
		const ssize_t got = read(fd, r->in + have, BLOCK - have);
		const char *lf;
		size_t lines;

		if (got == -1)
			return err_sys(e, "read");
		have += (size_t)got;
		lf = memrchr(r->in, '\n', have);
		lines = got == 0 || lf == NULL ? have :
		    (size_t)(lf - r->in) + 1;
		if (block(r, lines, e) == -1)
			return -1;
		memmove(r->in, r->in + lines, have - lines);
		have -= lines;
		if (got == 0)
			return 0;
	}
}

/* As `retentionctl plan` does it, on lines of November 2026. */
static int
plan(const char *path, bool half)
{
	struct rule_store s = { .name = "logs", .full = "bench/logs",
		.kind = RULE_LOGS };
	const struct rule_dataset d = { .name = "d", .full = "bench/d",
		.timing = { .keep = RULE_PERIOD, .from = "line",
		.period = { 30, PERIOD_DAYS } }, .action = RULE_DELETE,
		.unit = RULE_LINE, .time_format = "combined" };
	const struct wall at = { INT64_C(1794700800000) +
		(half ? INT64_C(2592000000) : 0) };
	struct store_counts c;
	struct stat st;
	struct store *store;
	struct err e = ERR_EMPTY;
	clock_t start;
	double cpu;

	char *whole = realpath(path, NULL);

	s.path = whole;
	start = clock();
	if (s.path == NULL || stat(path, &st) == -1 ||
	    store_open(&s, STORE_READ, NULL, &store, &e) == -1 ||
	    store_plan(store, &d, at, &c, &e) == -1) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	cpu = (double)(clock() - start) / CLOCKS_PER_SEC;
	must(c.total > 0 && c.undated == 0 && (c.due == 0) == !half);
	printf("%.0f\n", (double)st.st_size / 1e6 / (cpu + 1e-6));
	store_close(store);
	free(whole);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc == 3 ? argv[1] : "";
	const bool all = strcmp(what, "all") == 0;
	const struct linemask_set set = { strcmp(what, "client") == 0 ?
		LINEMASK_IP_CLIENT : LINEMASK_IP_ANY, all, all, all };
	struct run r = { .out = strcmp(what, "write") == 0 ? 1 : -1,
		.due_before = { INT64_C(1794700800000) } };
	struct err e = ERR_EMPTY;
	clock_t start;
	double cpu;
	int fd;

	if (strcmp(what, "generate") == 0)
		return generate(strtoul(argv[2], NULL, 10));
	if (strncmp(what, "plan-", 5) == 0)
		return plan(argv[2], strcmp(what, "plan-due") == 0);
	if (argc != 3 || (fd = open(argv[2], O_RDONLY | O_CLOEXEC)) == -1)
		return 64;
	r.in = malloc(BLOCK);
	r.masked = malloc(BLOCK);
	if (strcmp(what, "read") != 0)
		r.mask = linemask_new(&set, BLOCK, &e);
	if (strcmp(what, "due") == 0 &&
	    linetime_new("combined", NULL, &r.time, &e) == -1)
		return 1;
	start = clock();
	if (whole_file(&r, fd, &e) == -1) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	cpu = (double)(clock() - start) / CLOCKS_PER_SEC;
	if (r.out == -1)
		printf("%.0f\n", (double)r.bytes / 1e6 / (cpu + 1e-6));
	linemask_free(r.mask);
	linetime_free(r.time);
	free(r.in);
	free(r.masked);
	return 0;
}
