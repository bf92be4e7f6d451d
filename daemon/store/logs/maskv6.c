/*
 * maskv6 - trims a run of hex digits and colons, parses it, writes its prefix.
 */
#include "maskv6.h"

#include <string.h>

struct token {
	struct maskchar_view v;
	size_t s, e;		/* without an IPv4 tail */
	size_t tail;		/* the end of the IPv4 tail; 0: none */
	bool keep;		/* the first group as it is written, see 6a */
};

struct groups {
	unsigned g[10];
	unsigned n;		/* explicit ones; an IPv4 tail counts two */
	int gap;		/* how many stand before "::"; -1: no "::" */
	bool digit, four, all_two;
};

size_t
maskv6_octet(struct maskchar_view v, size_t s)
{
	unsigned x = 0;
	size_t i = s;

	for (; i < s + 3; i++) {
		const char c = maskchar_at(v, i);

		if (!maskchar_is(c, MASKCHAR_DIGIT))
			break;
		x = x * 10 + (unsigned)(c - '0');
	}
	if (i == s || x > 255 || maskchar_is(maskchar_at(v, i), MASKCHAR_DIGIT))
		return 0;
	return i;
}

size_t
maskv6_quad(struct maskchar_view v, size_t s, unsigned n, size_t *ret_last)
{
	for (unsigned k = 0; ; k++) {
		const size_t e = maskv6_octet(v, s);

		if (e == 0)
			return 0;
		if (k + 1 == n) {
			*ret_last = s;
			s = e;
			break;
		}
		if (maskchar_at(v, e) != '.')
			return 0;
		s = e + 1;
	}
	if (maskchar_is(maskchar_at(v, s), MASKCHAR_LETTER))
		return 0;
	if (maskchar_at(v, s) == '.' &&
	    maskchar_is(maskchar_at(v, s + 1), MASKCHAR_DIGIT))
		return 0;
	return s;
}

static size_t
group_bytes(const struct token *t, size_t i)
{
	const size_t from = i;

	while (i < t->e && t->v.p[i] != ':')
		i++;
	return i - from;
}

/* Cut through the first colon; false: "::" makes it a name. */
static bool
drop_first(struct token *t)
{
	const size_t p = t->s + group_bytes(t, t->s);

	if (p == t->e)
		return false;
	if (p + 1 < t->e && t->v.p[p + 1] == ':')
		return false;
	t->s = p + 1;
	return true;
}

static bool
drop_last(struct token *t)
{
	size_t p = t->e;

	while (p > t->s && t->v.p[p - 1] != ':')
		p--;
	if (p == t->s)
		return false;
	p--;
	if (p > t->s && t->v.p[p - 1] == ':')
		return false;
	t->e = p;
	return true;
}

static bool
is_word_end(char c)
{
	return c == '_' || maskchar_is(c, MASKCHAR_LETTER);
}

/* 6a, 6b, and 6d in front. */
static bool
trim_head(struct token *t)
{
	const char c = maskchar_at(t->v, t->s - 1);
	const char before = maskchar_at(t->v, t->s - 2);
	size_t skip = 0;

	if (c == ':' && t->e - t->s >= 2 && t->v.p[t->s] == ':' &&
	    t->v.p[t->s + 1] == ':')
		return false;
	if (before == '\\' && c == 'x')
		skip = 2;
	else if (before == '\\' && c == 'u')
		skip = 4;
	else if (group_bytes(t, t->s) > 4)
		t->keep = (skip = c == '%' ? 2 : c == '\\' ? 1 : 0) != 0;
	if (skip != 0) {
		if (group_bytes(t, t->s) < skip)
			return false;
		t->s += skip;
	} else if ((is_word_end(c) && !maskchar_escape_ends(t->v, t->s)) ||
	    (c == '.' && maskchar_is(before, MASKCHAR_HEX | MASKCHAR_COLON))) {
		if (!drop_first(t))
			return false;
	}
	if (group_bytes(t, t->s) > 4 && !drop_first(t))
		return false;
	if (t->s < t->e && t->v.p[t->s] == ':' &&
	    !(t->s + 1 < t->e && t->v.p[t->s + 1] == ':'))
		t->s++;
	return t->s < t->e;
}

/* Finds an IPv4 tail, or 6c and 6d behind. */
static bool
trim_tail(struct token *t)
{
	size_t last = t->e;
	size_t ignored;

	while (last > t->s && t->v.p[last - 1] != ':')
		last--;
	if (maskchar_at(t->v, t->e) == '.' && last > t->s) {
		t->tail = maskv6_quad(t->v, last, 4, &ignored);
		if (t->tail != 0) {
			t->e = last;
			return true;
		}
	}
	if (is_word_end(maskchar_at(t->v, t->e)) && !drop_last(t))
		return false;
	last = t->e;
	while (last > t->s && t->v.p[last - 1] != ':')
		last--;
	if (t->e - last > 4 && !drop_last(t))
		return false;
	if (t->e - t->s >= 2 && t->v.p[t->e - 1] == ':' &&
	    t->v.p[t->e - 2] != ':')
		t->e--;
	return t->e > t->s;
}

static inline unsigned
hex_value(char c)
{
	return (unsigned)(c & 15) + (c > '9' ? 9 : 0);
}

/* One group at *i; false if it has no or more than four digits. */
static inline bool
read_group(const struct token *t, size_t *i, struct groups *g)
{
	const char *p = t->v.p + *i;
	const size_t most = t->e - *i < 5 ? t->e - *i : 5;
	unsigned x = 0;
	size_t n = 0;

	for (; n < most && p[n] != ':'; n++) {
		x = x << 4 | hex_value(p[n]);
		g->digit |= p[n] <= '9';
	}
	*i += n;
	if (n == 0 || n > 4 || g->n == 9)
		return false;
	g->four |= n == 4;
	g->all_two &= n == 2;
	g->g[g->n++] = x;
	return true;
}

/* Two colons at *i make the gap; there is one at most. */
static bool
read_gap(size_t *i, struct groups *g)
{
	if (g->gap != -1)
		return false;
	g->gap = (int)g->n;
	*i += 2;
	return true;
}

static bool
parse(const struct token *t, struct groups *g)
{
	size_t i = t->s;

	*g = (struct groups){ .gap = -1, .all_two = true };
	if (t->v.p[i] == ':') {
		if (i + 1 == t->e || t->v.p[i + 1] != ':' || !read_gap(&i, g))
			return false;
	}
	while (i < t->e) {
		if (!read_group(t, &i, g))
			return false;
		if (i == t->e)
			return t->tail == 0;
		if (i + 1 == t->e)
			return t->tail != 0;	/* the colon before the tail */
		if (t->v.p[i + 1] != ':')
			i++;
		else if (!read_gap(&i, g))
			return false;
	}
	return true;
}

/* Is it one, and its eight groups; *ret_odd when it has one too many. */
static bool
settle(const struct token *t, struct groups *g, unsigned ret[8], bool *ret_odd)
{
	const unsigned n = g->n + (t->tail != 0 ? 2 : 0);
	const bool odd = n > (g->gap == -1 ? 8u : 7u);
	const unsigned before = g->gap == -1 ? g->n : (unsigned)g->gap;

	if (n > 9 || (g->gap == -1 && n < 8) || (odd && t->tail != 0))
		return false;
	if (n >= 8 && g->all_two && t->tail == 0)
		return false;
	if (!g->digit && !g->four && t->tail == 0)
		return false;
	*ret_odd = odd;
	memset(ret, 0, 8 * sizeof ret[0]);
	for (unsigned k = 0; k < before && k < 8; k++)
		ret[k] = g->g[k];
	for (unsigned k = before; k < g->n; k++) {
		const unsigned to = odd ? k + 1 : 8 - n + k;

		if (to < 8)
			ret[to] = g->g[k];
	}
	return true;
}

static void
put_hex(struct maskv6 *a, unsigned x)
{
	int shift = 12;

	while (shift > 0 && x >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		a->text[a->n++] = "0123456789abcdef"[x >> shift & 15];
}

static bool
is_mapped(const unsigned g[8])
{
	return (g[0] | g[1] | g[2] | g[3] | g[4]) == 0 && g[5] == 0xffff;
}

/* Behind a guessed escape: were the first group shorter, it would be read as
 * something else the next time. */
static void
write_kept(const struct token *t, const unsigned g[8], struct maskv6 *a)
{
	unsigned k = 3;

	a->n = group_bytes(t, t->s);
	memcpy(a->text, t->v.p + t->s, a->n);
	a->text[a->n++] = ':';
	while (k > 1 && g[k - 1] == 0)
		k--;
	for (unsigned i = 1; i < k; i++) {
		put_hex(a, g[i]);
		a->text[a->n++] = ':';
	}
	a->text[a->n++] = ':';
}

static void
write_masked(const struct token *t, const unsigned g[8], bool odd,
    struct maskv6 *a)
{
	unsigned k = 3;

	a->n = 0;
	if (t->keep) {
		write_kept(t, g, a);
		return;
	}
	if (maskchar_at(t->v, t->s - 1) == ':' && t->v.p[t->s] != ':' &&
	    g[0] == 0)
		a->text[a->n++] = '0';		/* never ":::", see 6d */
	if (!odd && is_mapped(g) &&
	    (t->tail != 0 || maskchar_at(t->v, t->e) != '.')) {
		size_t last = t->tail;

		memcpy(a->text + a->n, "::ffff:", 7);
		a->n += 7;
		if (t->tail == 0) {
			put_hex(a, g[6]);
			a->text[a->n++] = ':';
			put_hex(a, g[7] & 0xff00);
			return;
		}
		while (t->v.p[last - 1] != '.')
			last--;
		memcpy(a->text + a->n, t->v.p + t->e, last - t->e);
		a->n += last - t->e;
		a->text[a->n++] = '0';
		return;
	}
	while (k > 0 && g[k - 1] == 0)
		k--;
	if (k > 0)
		a->n = 0;
	for (unsigned i = 0; i < k; i++) {
		put_hex(a, g[i]);
		a->text[a->n++] = ':';
	}
	if (k == 0)
		a->text[a->n++] = ':';
	a->text[a->n++] = ':';
}

/* The run around `at`, not before `floor`; three colons in a row end a piece
 * after the second. */
static struct token
run_around(struct maskchar_view v, size_t at, size_t floor)
{
	size_t s = at;
	size_t i;

	while (s > floor && maskchar_is(v.p[s - 1],
	    MASKCHAR_HEX | MASKCHAR_COLON))
		s--;
	for (i = s; i < v.n; i++) {
		if (maskchar_is(v.p[i], MASKCHAR_HEX))
			continue;
		if (v.p[i] != ':')
			break;
		if (i < s + 2 || v.p[i - 1] != ':' || v.p[i - 2] != ':')
			continue;
		if (i > at)
			break;
		s = i;
	}
	return (struct token){ v, s, i, 0, false };
}

bool
maskv6_find(struct maskchar_view v, size_t at, size_t floor,
    struct maskv6 *ret)
{
	struct token t = run_around(v, at, floor);
	struct groups g;
	unsigned full[8];
	bool odd;

	ret->run_end = t.e;
	if (!trim_head(&t) || !trim_tail(&t) || !parse(&t, &g) ||
	    !settle(&t, &g, full, &odd))
		return false;
	write_masked(&t, full, odd, ret);
	ret->start = t.s;
	ret->end = t.tail != 0 ? t.tail : t.e;
	return true;
}
