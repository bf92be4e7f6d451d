/*
 * maskip - see the header for what an address is.
 *
 * The scan gives candidates; each is then judged byte by byte.
 */
#include "maskip.h"

#include <string.h>

#include "lineend.h"
#include "maskchar.h"
#include "maskhead.h"
#include "maskout.h"
#include "maskv6.h"

#define PRODUCT_MOST 64

struct work {
	struct maskout o;
	size_t floor;		/* where to go on looking */
	size_t run;		/* where the last run of colons ended */
	size_t taken;		/* the end of the last address */
};

/* 4d: a product's name and a slash before s? */
static bool
is_product(struct maskchar_view v, size_t s, size_t e)
{
	size_t b = s - 1;
	bool letter = false;

	if (maskchar_at(v, e) == ':' &&
	    maskchar_is(maskchar_at(v, e + 1), MASKCHAR_DIGIT))
		return false;
	while (maskchar_is(maskchar_at(v, b - 1), MASKCHAR_PRODUCT)) {
		b--;
		letter |= maskchar_is(v.p[b], MASKCHAR_LETTER);
		if (s - 1 - b > PRODUCT_MOST)
			return false;
	}
	return letter && maskchar_is(maskchar_at(v, b - 1), MASKCHAR_BEFORE);
}

/* 4a, 4d, 4e: what stands before the quad [s, e), which is no letter. */
static bool
refused_before(struct maskchar_view v, size_t s, size_t e)
{
	const char c = maskchar_at(v, s - 1);

	if (c == '/')
		return is_product(v, s, e);
	if (c == '.')
		return maskchar_is(maskchar_at(v, s - 2),
		    MASKCHAR_DIGIT | MASKCHAR_LETTER | MASKCHAR_COLON);
	return c == ':' && maskchar_at(v, s - 2) == 'v' &&
	    maskchar_at(v, s - 3) == 'r' &&
	    !maskchar_is(maskchar_at(v, s - 4),
	    MASKCHAR_DIGIT | MASKCHAR_LETTER);
}

/* 4c: a dash and one or two digits, and nothing more of a number or address. */
static bool
refused_after(struct maskchar_view v, size_t e)
{
	size_t i = e + 1;

	if (maskchar_at(v, e) != '-' ||
	    !maskchar_is(maskchar_at(v, i), MASKCHAR_DIGIT))
		return false;
	while (maskchar_is(maskchar_at(v, i), MASKCHAR_HEX))
		i++;
	if (maskchar_at(v, i) == ':')
		return false;
	i = e + (maskchar_is(maskchar_at(v, e + 2), MASKCHAR_DIGIT) ? 3 : 2);
	if (maskchar_at(v, i) == '.')
		i++;
	return !maskchar_is(maskchar_at(v, i), MASKCHAR_DIGIT);
}

/* Where the number that ends at `dot` begins, as an octet; dot if it is none. */
static size_t
octet_before(struct maskchar_view v, size_t dot)
{
	size_t r = dot;

	while (dot - r < 4 && maskchar_is(maskchar_at(v, r - 1), MASKCHAR_DIGIT))
		r--;
	if (dot - r < 4 && !maskchar_is(maskchar_at(v, r - 1), MASKCHAR_LETTER) &&
	    maskv6_octet(v, r) == dot)
		return r;
	for (size_t s = dot - r > 3 ? dot - 3 : r; s < dot; s++)
		if (maskchar_escape_ends(v, s) && maskv6_octet(v, s) == dot)
			return s;
	return dot;
}

/* The quad around its first dot, if it is an address.  Returns its end. */
static size_t
judge_v4(struct maskchar_view v, size_t dot, size_t *ret_start,
    size_t *ret_last)
{
	const size_t e = maskv6_quad(v, dot + 1, 3, ret_last);
	const size_t s = e == 0 ? dot : octet_before(v, dot);

	if (s == dot || refused_after(v, e) || refused_before(v, s, e))
		return 0;
	*ret_start = s;
	return e;
}

static inline void
put_head(struct work *w, size_t at, const struct maskhead *h)
{
	maskout_put(&w->o, at + h->keep, at + h->end, h->text, h->n);
}

/* A plain address at `at`, and nothing before it that could be part of it but
 * a slash, which may make it a product's version. */
static inline __attribute__((always_inline)) bool
take_head(struct work *w, size_t at, bool slash,
    bool (*head)(const char *, struct maskhead *))
{
	const char before = maskchar_at(w->o.v, at - 1);
	struct maskhead h;

	slash &= before == '/';
	if (w->o.v.n - at < MASKHEAD_BYTES || at < w->taken ||
	    !(slash || (unsigned char)before <= ' ') ||
	    !head(w->o.v.p + at, &h))
		return false;
	if (slash && is_product(w->o.v, at, at + h.end))
		return true;
	put_head(w, at, &h);
	w->floor = w->taken = at + h.end;
	return true;
}

static void
judge_dot(struct work *w, size_t dot)
{
	size_t start;
	size_t last;
	const size_t e = judge_v4(w->o.v, dot, &start, &last);

	if (e == 0 || start < w->taken)
		return;
	w->floor = w->taken = e;
	if (e - last > 1 || w->o.v.p[last] != '0')
		maskout_put(&w->o, last, e, "0", 1);
}

/* A dot with a digit on both sides. */
static void
take_v4(struct work *w, size_t dot)
{
	const struct maskchar_view v = w->o.v;
	const bool two = maskchar_is(maskchar_at(v, dot - 2), MASKCHAR_DIGIT);
	const bool three = maskchar_is(maskchar_at(v, dot - 3), MASKCHAR_DIGIT);

	if (!take_head(w, dot - 1 - two - (two & three), true, maskhead_quad))
		judge_dot(w, dot);
}

static void
put_v6(struct work *w, const struct maskv6 *a)
{
	if (a->n != a->end - a->start ||
	    memcmp(w->o.v.p + a->start, a->text, a->n) != 0)
		maskout_put(&w->o, a->start, a->end, a->text, a->n);
}

static void
take_v6(struct work *w, size_t colon)
{
	struct maskv6 a;
	size_t s = colon;
	bool is;

	while (s > w->run && maskchar_is(w->o.v.p[s - 1],
	    MASKCHAR_HEX | MASKCHAR_COLON))
		s--;
	if (take_head(w, s, false, maskhead_six)) {
		w->run = w->floor;
		return;
	}
	is = maskv6_find(w->o.v, colon, w->run, &a);
	w->run = a.run_end;
	w->floor = is && a.end > w->run ? a.end : w->run;
	if (!is || a.start < w->taken)
		return;
	w->taken = a.end;
	put_v6(w, &a);
}

/* The hits of a word that stands for the text from `at` on. */
static inline void
take_word(struct work *w, size_t at, uint64_t hits)
{
	while (hits != 0) {
		const size_t hit = at + (size_t)__builtin_ctzll(hits);

		hits &= hits - 1;
		if (hit < w->floor)
			continue;
		if (w->o.v.p[hit] == '.') {
			take_v4(w, hit);
			continue;
		}
		take_v6(w, hit);
		/* An address has several. */
		hits = w->floor - at < 64 ? hits & ~UINT64_C(0) <<
		    (w->floor - at) : 0;
	}
}

size_t
maskip_any(maskscan_fn *scan, const char *in, size_t n, char *out)
{
	struct work w = { { { in, n }, out, 0, 0 }, 0, 0, 0 };
	struct maskscan_hits hits;

	for (size_t base = 0; base < n; base += MASKSCAN_BYTES) {
		uint64_t words = scan(in + base, n - base,
		    maskchar_is(maskchar_at(w.o.v, base - 1), MASKCHAR_DIGIT),
		    &hits);

		for (; words != 0; words &= words - 1) {
			const unsigned i = (unsigned)__builtin_ctzll(words);

			take_word(&w, base + i * 64, hits.word[i]);
		}
	}
	maskout_copy(&w.o, n);
	return w.o.n_out;
}

/* The first dot or colon within a line's first bytes; n if there is none. */
static size_t
first_mark(struct maskchar_view v, size_t i)
{
	for (size_t k = 0; k < 5; k++) {
		const char c = maskchar_at(v, i + k);

		if (c == '.' || c == ':')
			return i + k;
		if (!maskchar_is(c, MASKCHAR_HEX))
			break;
	}
	return v.n;
}

/* Any address that starts at `line`, or behind a [ there. */
static void
take_client(struct work *w, size_t line)
{
	const size_t start = line + (w->o.v.p[line] == '[');
	const size_t at = first_mark(w->o.v, start);
	struct maskv6 a;

	w->taken = start;
	if (at == w->o.v.n)
		return;
	if (w->o.v.p[at] == '.')
		judge_dot(w, at);
	else if (maskv6_find(w->o.v, at, start, &a) && a.start == start)
		put_v6(w, &a);
}

size_t
maskip_client(const char *in, size_t n, char *out)
{
	struct work w = { { { in, n }, out, 0, 0 }, 0, 0, 0 };
	struct maskhead h;

	for (size_t line = 0; line < n; ) {
		const char *lf;

		if (n - line >= MASKHEAD_BYTES &&
		    (maskhead_quad(in + line, &h) ||
		    maskhead_six(in + line, &h)))
			put_head(&w, line, &h);
		else
			take_client(&w, line);
		lf = lineend_find(in + line, n - line);
		line = lf == NULL ? n : (size_t)(lf - in) + 1;
	}
	maskout_copy(&w.o, n);
	return w.o.n_out;
}
