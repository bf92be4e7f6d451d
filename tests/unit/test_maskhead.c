/*
 * maskhead: the fast look at an address says what the slow one says.  With
 * less than MASKHEAD_BYTES behind it an address is looked at slowly only.
 */
#include <stdlib.h>
#include <string.h>

#include "retention/err.h"

#include "store/logs/maskhead.h"
#include "store/logs/maskip.h"

#include "tap.h"

#define ROUNDS 400000

static unsigned
pick(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % n;
}

/* An address, or nearly one, and a space; at most 56 bytes. */
static size_t
concoct(unsigned *seed, char *to)
{
	static const char *const group[] = { "0", "00", "01", "1", "12", "9f",
		"0db8", "db8", "2001", "ffff", "FFFF", "a", "12345", "beef",
		"bE", "", "" };
	static const char *const number[] = { "0", "1", "10", "99", "100",
		"255", "256", "007", "0000", "", "999" };
	static const char *const end[] = { "", "", "", "", ".", ":", "g", "_",
		"-1", "%", "/24", ".1", "\t" };
	const bool six = pick(seed, 4) != 0;
	const unsigned parts = six ? 2 + pick(seed, 8) :
	    pick(seed, 8) != 0 ? 4 : 3 + pick(seed, 3);
	const unsigned gap = pick(seed, 10);
	const bool twos = pick(seed, 9) == 0;
	size_t n = 0;

	for (unsigned i = 0; i < parts && n < 40; i++) {
		const char *s = six && twos ? "9f" : six ? group[pick(seed,
		    pick(seed, 3) != 0 ? 13 : 17)] :
		    number[pick(seed, pick(seed, 3) != 0 ? 6 : 11)];

		n += (size_t)snprintf(to + n, 16, "%s%s%s",
		    i == 0 ? "" : six ? ":" : ".",
		    six && i > 0 && i == gap ? ":" : "", s);
	}
	if (six && pick(seed, 6) == 0)
		n += (size_t)snprintf(to + n, 3, "::");
	return n + (size_t)snprintf(to + n, 8, "%s ",
	    end[pick(seed, sizeof end / sizeof end[0])]);
}

static size_t
any(const char *in, size_t n, char *out)
{
	return maskip_any(maskscan_best(), in, n, out);
}

/* The masked text with much behind it, and with nothing. */
static bool
agree(size_t (*mask)(const char *, size_t, char *), const char *in, size_t n)
{
	char longer[64 + 2 * MASKHEAD_BYTES];
	char fast[sizeof longer];
	char slow[sizeof longer];
	const size_t all = n + MASKHEAD_BYTES;
	const size_t n_slow = mask(in, n, slow);

	memcpy(longer, in, n);
	memset(longer + n, '~', MASKHEAD_BYTES);
	must(n < MASKHEAD_BYTES && all <= sizeof longer);
	return mask(longer, all, fast) == n_slow + MASKHEAD_BYTES &&
	    memcmp(fast, slow, n_slow) == 0;
}

static void
test_agree(void)
{
	static const char *const before[] = { "", " ", "\n", "x", "/", ".",
		":", "1", "\\", "\t", "\"", "x\n" };
	unsigned seed = 3;
	unsigned quads = 0, sixes = 0, wrong = 0, wrong_client = 0;
	char in[MASKHEAD_BYTES];
	char text[2 * MASKHEAD_BYTES];
	struct maskhead h;

	for (int i = 0; i < ROUNDS; i++) {
		const char *b = before[pick(&seed, 12)];
		const size_t k = strlen(b);
		size_t n;

		memcpy(in, b, k);
		n = k + concoct(&seed, in + k);
		wrong += !agree(any, in, n);
		wrong_client += !agree(maskip_client, in, n);
		memset(text, '~', sizeof text);
		memcpy(text, in + k, n - k);
		quads += maskhead_quad(text, &h);
		sixes += maskhead_six(text, &h);
	}
	ok(wrong == 0, "anywhere: fast and slow give the same, %u differ",
	    wrong);
	ok(wrong_client == 0, "the client: fast and slow give the same, %u "
	    "differ", wrong_client);
#if defined(__x86_64__)
	ok(quads > ROUNDS / 50 && sixes > ROUNDS / 100,
	    "and many of them fast: %u quads, %u of IPv6", quads, sixes);
#endif
}

static void
test_no_further(void)
{
	char *text = malloc(MASKHEAD_BYTES);	/* asan sees a byte more */
	struct maskhead h;
	bool any_is = false;

	memset(text, 'a', MASKHEAD_BYTES);
	any_is |= maskhead_quad(text, &h) || maskhead_six(text, &h);
	memset(text, '1', MASKHEAD_BYTES);
	any_is |= maskhead_quad(text, &h) || maskhead_six(text, &h);
	memset(text, ':', MASKHEAD_BYTES);
	any_is |= maskhead_quad(text, &h) || maskhead_six(text, &h);
	for (size_t i = 1; i < MASKHEAD_BYTES; i += 2)
		text[i] = '1';
	any_is |= maskhead_quad(text, &h) || maskhead_six(text, &h);
	ok(!any_is, "nothing that goes on and on is an address");
	free(text);
}

int
main(void)
{
	test_agree();
	test_no_further();
	return tap_done();
}
