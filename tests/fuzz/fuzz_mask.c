/* mask: any bytes; every way to scan agrees, nothing grows, no line is lost,
 * masking twice is masking once.  The first byte chooses the parts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/logs/linemask.h"
#include "store/logs/maskip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t
feeds(const char *p, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

static void
ways(const char *in, size_t n, char *one, char *other)
{
	const size_t got = maskip_any(maskscan_find(MASKSCAN_PLAIN), in, n, one);

	for (int w = MASKSCAN_SSE2; w < MASKSCAN_N_WAYS; w++) {
		maskscan_fn *f = maskscan_find((enum maskscan_way)w);

		must(f == NULL || (maskip_any(f, in, n, other) == got &&
		    memcmp(one, other, got) == 0));
	}
}

static void
twice(struct linemask *m, const char *in, size_t n, char *one, char *other,
    bool keep)
{
	const size_t a = linemask_block(m, in, n, one, keep);
	const size_t b = linemask_block(m, one, a, other, keep);

	must(a <= n && (!keep || a == n) && feeds(in, n) == feeds(one, a));
	must(a == b && memcmp(one, other, a) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct linemask_set set = { LINEMASK_IP_ANY, true, true, true };
	struct err e = ERR_EMPTY;
	struct linemask *m;
	char *in = malloc(n + 1);
	char *one = malloc(n + 1);
	char *other = malloc(n + 1);

	must(in != NULL && one != NULL && other != NULL);
	if (n > 0) {
		set.ip = (enum linemask_ip)(data[0] % 3);
		set.email = (data[0] & 8) != 0;
		set.query = (data[0] & 16) != 0;
		set.user = (data[0] & 32) != 0;
		data++;
		n--;
	}
	m = linemask_new(&set, n, &e);
	in = realloc(in, n + (n == 0));
	memcpy(in, data, n);
	ways(in, n, one, other);
	twice(m, in, n, one, other, false);
	twice(m, in, n, one, other, true);
	linemask_free(m);
	free(in);
	free(one);
	free(other);
	return 0;
}
