/*
 * The pages of a database are hostile: nothing is read or written outside of
 * the file, a look writes nothing, and what was wiped once has nothing left to
 * wipe and the same cells.
 */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite/scan.h"
#include "store/sqlite/soil.h"

struct image {
	uint8_t *d;
	size_t n;
	size_t writes;
};

static int
on_read(void *ctx, void *to, uint32_t n, int64_t at)
{
	struct image *x = ctx;

	must(at >= 0 && (uint64_t)at + n <= x->n && n <= 65536);
	memcpy(to, x->d + at, n);
	return 0;
}

static int
on_write(void *ctx, const void *from, uint32_t n, int64_t at)
{
	struct image *x = ctx;

	must(at >= 0 && (uint64_t)at + n <= x->n && n <= 65536);
	memcpy(x->d + at, from, n);
	x->writes++;
	return 0;
}

static int
on_size(void *ctx, int64_t *ret)
{
	*ret = (int64_t)((struct image *)ctx)->n;
	return 0;
}

static int
pass(struct scan *s, enum scan_for what)
{
	struct soil soil = { .page_bytes = 0 };
	struct err e = ERR_EMPTY;
	int rc;

	scan_start(s, what, &soil, false);
	if (scan_begin(s, &e) == -1 || scan_first(s, false, &e) == -1)
		return -1;
	while ((rc = scan_some(s, &e)) == 1)
		;
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct image x;
	static struct scan *s;
	struct scan_io io = { &x, on_read, on_write, on_size };

	if (s == NULL)
		s = scan_new(&io);
	x = (struct image){ malloc(n + 1), n, 0 };
	must(x.d != NULL && s != NULL);
	memcpy(x.d, data, n);
	if (pass(s, SCAN_LOOK) == 0 && !scan_sum(s)->crossed) {
		uint64_t strange = scan_sum(s)->strange, left = 0;

		must(x.writes == 0 && memcmp(x.d, data, n) == 0);
		must(pass(s, SCAN_WIPE) == 0);
		must(pass(s, SCAN_LOOK) == 0);
		for (int i = 0; i < DEAD_N; i++)
			left += scan_sum(s)->bytes[i];
		must(scan_sum(s)->strange == strange);
		must(left == 0 || strange > 0);
		for (size_t i = 0; i < n; i++)
			must(x.d[i] == data[i] || x.d[i] == 0);
	} else {
		must(x.writes == 0);
	}
	free(x.d);
	return 0;
}
