/*
 * maskip - see the header for what an address is.
 *
 * The scan gives bits; chains of them give candidates: a dot that two more
 * follow at a distance of two to four with digits between, two colons next to
 * each other, four colons at a distance of two to five.  Each candidate is
 * then judged byte by byte.
 */
#include "maskip.h"

#include <string.h>

#include "lineend.h"
#include "maskchar.h"
#include "maskhead.h"
#include "maskout.h"
#include "maskv6.h"

#define SEGMENT_WORDS 64
#define SEGMENT (SEGMENT_WORDS * 64)
#define PRODUCT_MOST 64

__extension__ typedef unsigned __int128 u128;

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

static void
put_head(struct work *w, size_t at, const struct maskhead *h)
{
	const size_t from = at + h->keep;
	const size_t n = h->end - h->keep;

	if (n != h->n || w->o.v.p[from + n - 1] != h->text[n - 1])
		maskout_put(&w->o, from, at + h->end, h->text, h->n);
}

/* A plain address at `at`, and nothing before it that could be part of it. */
static bool
take_head(struct work *w, size_t at,
    bool (*head)(const char *, struct maskhead *))
{
	struct maskhead h;

	if (w->o.v.n - at < MASKHEAD_BYTES || at < w->taken ||
	    (unsigned char)maskchar_at(w->o.v, at - 1) > ' ' ||
	    !head(w->o.v.p + at, &h))
		return false;
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

	if (!take_head(w, dot - 1 - two - (two & three), maskhead_quad))
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
	if (take_head(w, s, maskhead_six)) {
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

/* Bits of `cur` where a chain of dots (between digits) begins. */
static inline uint64_t
chain_dots(uint64_t cur, uint64_t next)
{
	const u128 q = (u128)next << 64 | cur;
	const u128 q2 = q & (q >> 2 | q >> 3 | q >> 4);

	return cur & (uint64_t)(q2 >> 2 | q2 >> 3 | q2 >> 4);
}

static inline uint64_t
chain_colons(uint64_t cur, uint64_t next)
{
	const u128 c = (u128)next << 64 | cur;
	const u128 c2 = c & (c >> 2 | c >> 3 | c >> 4 | c >> 5);
	const u128 c3 = c & (c2 >> 2 | c2 >> 3 | c2 >> 4 | c2 >> 5);

	return cur & (uint64_t)(c >> 1 | c3 >> 2 | c3 >> 3 | c3 >> 4 | c3 >> 5);
}

/* Dots of word i with a digit on both sides. */
static inline uint64_t
inner_dots(const struct maskscan_bits *b, uint64_t digit_before)
{
	return b[0].dot & (b[0].digit << 1 | digit_before >> 63) &
	    (b[0].digit >> 1 | b[1].digit << 63);
}

/* Classify up to SEGMENT_WORDS words from `base` and two more; zero beyond
 * the text.  Returns the number of words that begin in the text. */
static size_t
fill(maskscan_fn *scan, struct maskchar_view v, size_t base,
    struct maskscan_bits *b)
{
	const size_t left = v.n - base;
	const size_t want = SEGMENT_WORDS + 2;
	const size_t whole = left / 64 < want ? left / 64 : want;
	char rest[64] = { 0 };

	scan(v.p + base, whole, b);
	if (whole == want)
		return SEGMENT_WORDS;
	memset(b + whole, 0, (want - whole) * sizeof *b);
	memcpy(rest, v.p + base + whole * 64, left - whole * 64);
	scan(rest, 1, b + whole);
	return whole < SEGMENT_WORDS ? whole + 1 : SEGMENT_WORDS;
}

size_t
maskip_any(maskscan_fn *scan, const char *in, size_t n, char *out)
{
	struct work w = { { { in, n }, out, 0, 0 }, 0, 0, 0 };
	struct maskscan_bits b[SEGMENT_WORDS + 2];
	uint64_t digit = 0;

	for (size_t base = 0; base < n; base += SEGMENT) {
		const size_t words = fill(scan, w.o.v, base, b);
		uint64_t q = inner_dots(b, digit);

		for (size_t i = 0; i < words; i++) {
			const uint64_t q_next =
			    inner_dots(b + i + 1, b[i].digit);
			uint64_t hits = 0;

			if (q != 0)
				hits = chain_dots(q, q_next);
			if (b[i].colon != 0)
				hits |= chain_colons(b[i].colon,
				    b[i + 1].colon);
			q = q_next;
			for (; hits != 0; hits &= hits - 1) {
				const size_t at = base + i * 64 +
				    (size_t)__builtin_ctzll(hits);

				if (at < w.floor)
					continue;
				if (in[at] == '.')
					take_v4(&w, at);
				else
					take_v6(&w, at);
			}
		}
		digit = b[SEGMENT_WORDS - 1].digit;
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
