/* Random texts of the pieces that matter, masked: every way to scan gives the
 * same, a block gives what its lines give, and twice is once. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/logs/linemask.h"
#include "store/logs/maskip.h"

#include "tap.h"

static size_t
ip_plain(const char *in, size_t n, char *out)
{
	return maskip_any(maskscan_find(MASKSCAN_PLAIN), in, n, out);
}

static unsigned
pick(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % n;
}

/* Random text of the pieces that matter. */
static size_t
concoct(unsigned *seed, char *to, size_t most)
{
	static const char *const bits[] = { "1", "2", "25", "255", "256", ".",
		".", ".", ":", ":", "::", "a", "f", "0", "00", "\\", "ffff", "db8", "2001", "x",
		"v", "_", "-", "/", "%", "%20", "\\n", "\\x22", "\\u0022", "\n",
		" ", "\"", "?", "@", "%40", "[", "]", "192.0.2.1", "1.2.3.",
		"2001:db8::", "::ffff:", "Chrome/", "rv:", "\xc3\xa9", "[22/",
		"org", "x@y.zz", " HTTP/", "\r\n", "'", "10:00:00" };
	size_t n = 0;
	unsigned k = pick(seed, 40);

	while (k-- > 0) {
		const char *b = bits[pick(seed, sizeof bits / sizeof bits[0])];

		if (n + strlen(b) > most)
			break;
		memcpy(to + n, b, strlen(b));
		n += strlen(b);
	}
	return n;
}

static bool
agree(const char *in, size_t n)
{
	char plain[512];
	char other[512];
	const size_t got = ip_plain(in, n, plain);
	bool same = true;

	for (int w = MASKSCAN_SSE2; w < MASKSCAN_N_WAYS; w++) {
		maskscan_fn *f = maskscan_find((enum maskscan_way)w);

		if (f == NULL)
			continue;
		same &= maskip_any(f, in, n, other) == got &&
		    memcmp(plain, other, got) == 0;
	}
	return same;
}

static bool
is_idempotent(struct linemask *m, const char *in, size_t n, bool keep)
{
	char once[512];
	char twice[512];
	const size_t a = linemask_block(m, in, n, once, keep);
	const size_t b = linemask_block(m, once, a, twice, keep);

	return a <= n && (!keep || a == n) && a == b &&
	    memcmp(once, twice, a) == 0;
}

/* A block gives what its lines give. */
static bool
is_by_line(struct linemask *m, const char *in, size_t n)
{
	char whole[512];
	char part_out[512];
	const size_t got = linemask_block(m, in, n, whole, false);
	size_t at = 0;

	for (size_t i = 0; i < n; ) {
		const char *lf = memchr(in + i, '\n', n - i);
		const size_t len = lf == NULL ? n - i :
		    (size_t)(lf - in) + 1 - i;
		const size_t k = linemask_block(m, in + i, len, part_out, false);

		if (at + k > got || memcmp(whole + at, part_out, k) != 0)
			return false;
		at += k;
		i += len;
	}
	return at == got;
}

static void
test_random(void)
{
	static const struct linemask_set all = { LINEMASK_IP_ANY, true, true, true };
	unsigned seed = 7;
	unsigned differ = 0, again = 0, kept = 0, lines = 0;
	struct err e = ERR_EMPTY;
	struct linemask *m = linemask_new(&all, 512, &e);
	char in[400];

	for (int i = 0; i < 300000; i++) {
		const size_t n = concoct(&seed, in, sizeof in);

		differ += !agree(in, n);
		again += !is_idempotent(m, in, n, false);
		kept += !is_idempotent(m, in, n, true);
		lines += !is_by_line(m, in, n);
	}
	ok(differ == 0, "every way to scan gives the same: %u differ", differ);
	ok(again == 0, "masking twice is masking once: %u differ", again);
	ok(kept == 0, "the same with lengths kept: %u differ", kept);
	ok(lines == 0, "a block gives what its lines give: %u differ", lines);
	linemask_free(m);
}

enum { LONG = 20000 };

static size_t
plain_by_line(const char *in, size_t n, char *out)
{
	size_t at = 0;

	for (size_t i = 0; i < n; ) {
		const char *lf = memchr(in + i, '\n', n - i);
		const size_t len = lf == NULL ? n - i :
		    (size_t)(lf - in) + 1 - i;

		at += ip_plain(in + i, len, out + at);
		i += len;
	}
	return at;
}

/* Longer than what is scanned at once. */
static void
test_blocks(void)
{
	static char in[LONG], lines[LONG], got[LONG];
	unsigned seed = 11;

	for (int w = MASKSCAN_PLAIN; w < MASKSCAN_N_WAYS; w++) {
		maskscan_fn *f = maskscan_find((enum maskscan_way)w);
		unsigned differ = 0, masked = 0;

		for (int i = 0; f != NULL && i < 200; i++) {
			const size_t cut = pick(&seed, 200);
			size_t n = 0, want;

			while (n < LONG - 400)
				n += concoct(&seed, in + n, 400);
			n -= cut;
			want = plain_by_line(in, n, lines);
			differ += f(in, 0, false, &(struct maskscan_hits){
			    .word = { 0 } }) != 0 ||
			    maskip_any(f, in, n, got) != want ||
			    memcmp(lines, got, want) != 0;
			masked += want < n;
		}
		ok(differ == 0 && (f == NULL || masked == 200), "way %d%s: a "
		    "long block gives what its lines give, the plain way: "
		    "%u differ", w, f ? "" : " (not here)", differ);
	}
}

int
main(void)
{
	test_random();
	test_blocks();
	return tap_done();
}
