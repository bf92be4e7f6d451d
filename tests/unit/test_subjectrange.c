/* subjectrange: no spelling of an identifier lies outside its ranges, whatever
 * Unicode does; and few other values lie inside. */
#include "retention/subjectrange.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/subject.h"

#include "tap.h"

static int
compare(const char *a, size_t n, const uint8_t *b, size_t m, bool folded)
{
	for (size_t i = 0; i < n && i < m; i++) {
		int x = (unsigned char)a[i], y = b[i];

		if (folded) {
			x = x < 0x80 ? tolower(x) : x;
			y = y < 0x80 ? tolower(y) : y;
		}
		if (x != y)
			return x - y;
	}
	return n < m ? -1 : n > m;
}

static size_t
hits(const struct subjectform *f, bool folded, const char *text, size_t n)
{
	struct subjectrange *r = NULL;
	struct err e = ERR_EMPTY;
	size_t n_r = 0, in = 0;

	if (subjectrange_list(f, folded, 1024, &r, &n_r, &e) == -1)
		return 99;
	for (size_t i = 0; i < n_r; i++)
		in += compare(text, n, r[i].lo, r[i].n_lo, folded) >= 0 &&
		    compare(text, n, r[i].hi, r[i].n_hi, folded) < 0;
	free(r);
	return in;
}

static void
test_spellings(void)
{
	static const struct { const char *kind, *wanted, *spelled; } t[] = {
		{ "email", "ann@example.org", " ANN@example.ORG\n" },
		{ "email", "ann@example.org", "\xc2\xa0" "ann@example.org" },
		{ "email", "ann@example.org", "a\xc2\xad" "nn@example.org" },
		{ "email", "kim.stiff@example.org",
		    "\xe2\x84\xaa" "im.\xef\xac\x86" "iff@example.org" },
		{ "email", "kim.stiff@example.org",
		    "Kim.\xc5\xbfti\xef\xac\x80@example.org" },
		{ "name", "Zo\xc3\xab Stra\xc3\x9f" "e", "zoe\xcc\x88  STRASSE" },
		{ "name", "\xc3\x89mile Zola", "e\xcc\x81mile zola" },
		{ "name", "\xc3\x89mile Zola", "\tE\xcc\x81MILE\xe2\x80\x83ZOLA" },
		{ "name", "E\xcc\x81mile", "\xc3\xa9mile" },
		{ "nhs_number", "943 476 5919", "9434765919" },
		{ "nhs_number", "9434765919", "943-476-5919" },
		{ "nhs_number", "9434765919", "NHS: 943 476 5919 (old)" },
		{ "telephone", "07700 900123", "  07700  900123 " },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		size_t n = strlen(t[i].spelled);
		struct subjectform f;
		struct err e = ERR_EMPTY;

		ok(subjectrange_form(t[i].kind, t[i].wanted, &f, &e) == 0 &&
		    subjectrange_same(&f, t[i].spelled, n) == 1,
		    "%s %zu is recognised %s", t[i].kind, i, e.text);
		ok(hits(&f, false, t[i].spelled, n) == 1 &&
		    hits(&f, true, t[i].spelled, n) >= 1,
		    "and lies in one range, %zu and %zu", hits(&f, false,
		    t[i].spelled, n), hits(&f, true, t[i].spelled, n));
		subjectrange_release(&f);
		subjectrange_release(&f);
	}
}

/* Every code point in front of, within and behind the rest of an identifier:
 * the quick way agrees with the normal form, and the ranges hold it. */
static void
test_all_characters(void)
{
	static const char *const wanted[] = { "ss@x", "e\xcc\x81@x", "k`;i" };
	unsigned wrong = 0, missed = 0, same = 0;

	for (size_t w = 0; w < sizeof(wanted) / sizeof(wanted[0]); w++) {
		struct subjectform f;
		struct err e = ERR_EMPTY;

		(void)subjectrange_form("email", wanted[w], &f, &e);
		for (uint32_t c = 1; c < 0x20000; c++)
			for (size_t at = 0; at <= strlen(wanted[w]); at++)
				for (int cut = 0; cut < 3; cut++) {
			char one[5] = "", text[32];
			struct buf b = BUF_EMPTY;
			int rc, n;

			if (c < 0x80)
				one[0] = (char)c;
			else if (c < 0x800)
				(void)snprintf(one, 5, "%c%c", 0xc0 | c >> 6,
				    0x80 | (c & 63));
			else if (c < 0x10000)
				(void)snprintf(one, 5, "%c%c%c", 0xe0 | c >> 12,
				    0x80 | (c >> 6 & 63), 0x80 | (c & 63));
			else
				(void)snprintf(one, 5, "%c%c%c%c",
				    0xf0 | c >> 18, 0x80 | (c >> 12 & 63),
				    0x80 | (c >> 6 & 63), 0x80 | (c & 63));
			if (at + (size_t)cut > strlen(wanted[w]) ||
			    ((c & 0xff) != 0x7f && c > 0x3000 && c < 0xf900))
				continue;	/* ideographs, surrogates */
			n = snprintf(text, sizeof(text), "%.*s%s%s", (int)at,
			    wanted[w], one, wanted[w] + at + cut);
			rc = subject_normal("email", text, (size_t)n, &b, &e) ==
			    0 && b.n == f.n && memcmp(b.data, f.normal, f.n) ==
			    0;
			wrong += subjectrange_same(&f, text, (size_t)n) != rc;
			same += rc == 1;
			missed += rc && (hits(&f, false, text, (size_t)n) != 1 ||
			    hits(&f, true, text, (size_t)n) == 0);
			buf_release(&b);
		}
		subjectrange_release(&f);
	}
	ok(same > 1000, "%u spellings by one character", same);
	ok(wrong == 0, "the quick way is right about each, %u wrong", wrong);
	ok(missed == 0, "and the ranges hold each, %u missed", missed);
}

int
main(void)
{
	struct subjectrange *r = NULL;
	struct subjectform f;
	struct err e = ERR_EMPTY;
	double number;
	size_t n = 0;

	test_spellings();
	test_all_characters();
	ok(subjectrange_form("email", "ann.example@example.org", &f, &e) == 0 &&
	    subjectrange_list(&f, false, 256, &r, &n, &e) == 0 && n <= 256 &&
	    n > 64, "not more ranges than asked for: %zu", n);
	ok(subjectrange_same(&f, "joann.example@example.org", 25) == 0 &&
	    subjectrange_same(&f, "ann.example@example.or", 22) == 0 &&
	    subjectrange_same(&f, "ann.example@example.orgs", 24) == 0 &&
	    subjectrange_same(&f, "ann .example@example.org", 24) == 0 &&
	    subjectrange_same(&f, "ann.example@example.org\xff", 24) == 0,
	    "others are not recognised");
	ok(hits(&f, false, "bob.example@example.org", 23) == 0 &&
	    hits(&f, false, "annabel@example.org", 19) == 0,
	    "nor read: they lie outside");
	ok(!subjectrange_number(&f, &number), "no number is an e-mail address");
	free(r);
	subjectrange_release(&f);
	ok(subjectrange_form("nhs_number", "943 476 5919", &f, &e) == 0 &&
	    subjectrange_number(&f, &number) && number == 9434765919.0 &&
	    hits(&f, false, "9434765918", 10) == 0,
	    "an NHS number may be kept as a number");
	subjectrange_release(&f);
	ok(subjectrange_form("nhs_number", "943 476 5918", &f, &e) == -1 &&
	    subjectrange_form("email", "", &f, &e) == -1,
	    "what cannot be an identifier is refused: %s", e.text);
	return tap_done();
}
