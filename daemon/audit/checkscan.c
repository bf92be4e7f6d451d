/*
 * checkscan - a scanner for exactly the JSON that a trail may hold.  A trail
 * is judged by its bytes, so there is nothing to build: a record is a table of
 * places in its own line.  tests/fuzz/fuzz_line.c holds it against jansson.
 */
#include "checkscan.h"

#include <stdbool.h>
#include <string.h>

#define MOST_DEPTH 16

struct cursor {
	const char *at, *end;
	int depth;
};

static bool value(struct cursor *c);

static bool
take(struct cursor *c, char want)
{
	if (c->at == c->end || *c->at != want)
		return false;
	c->at++;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Four hex digits; -1: they are not. */
static long
unit(const char *at, const char *end)
{
	long v = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		char low = (char)(c | 0x20);

		if (is_digit(c))
			v = v << 4 | (c - '0');
		else if (low >= 'a' && low <= 'f')
			v = v << 4 | (low - 'a' + 10);
		else
			return -1;
	}
	return v;
}

size_t
checkscan_escape(const char *at, const char *end, uint32_t *ret)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known = at != end && *at != '\0' ? strchr(from, *at) : NULL;
	long high, low;

	if (known != NULL) {
		*ret = (uint32_t)to[known - from];
		return 1;
	}
	if (at == end || *at != 'u')
		return 0;
	high = unit(at + 1, end);
	if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
		return 0;
	*ret = (uint32_t)high;
	if (high < 0xd800 || high > 0xdbff)
		return 5;
	low = end - at >= 7 && at[5] == '\\' && at[6] == 'u' ?
	    unit(at + 7, end) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	*ret = 0x10000 + ((uint32_t)(high - 0xd800) << 10) +
	    (uint32_t)(low - 0xdc00);
	return 11;
}

/* The first byte from `at` that ends a run of plain text. */
static const char *
skip_plain(const char *at, const char *end)
{
	while (at != end && *at >= ' ' && *at <= '~' && *at != '"' &&
	    *at != '\\')
		at++;
	return at;
}

static bool
text(struct cursor *c)
{
	uint32_t unused;

	if (!take(c, '"'))
		return false;
	for (;;) {
		size_t n;

		c->at = skip_plain(c->at, c->end);
		if (take(c, '"'))
			return true;
		if (!take(c, '\\'))
			return false;
		n = checkscan_escape(c->at, c->end, &unused);
		if (n == 0)
			return false;
		c->at += n;
	}
}

static bool
integer(struct cursor *c)
{
	const char *from = c->at;
	bool minus = take(c, '-');
	uint64_t most = (uint64_t)INT64_MAX + minus;
	uint64_t v = 0;
	const char *first = c->at;

	for (; c->at != c->end && is_digit(*c->at); c->at++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*c->at - '0'), &v) ||
		    v > most)
			return false;
	return c->at != first && (*first != '0' || c->at - from == 1);
}

static bool
word(struct cursor *c)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(c->end - c->at) >= n &&
		    memcmp(c->at, words[i], n) == 0) {
			c->at += n;
			return true;
		}
	}
	return false;
}

static bool
twice(const struct checkscan *s, const char *key, size_t n)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->member[i].n_key == n && (n == 0 ||
		    (s->member[i].key[0] == key[0] &&
		    memcmp(s->member[i].key, key, n) == 0)))
			return true;
	return false;
}

static bool
member(struct cursor *c, struct checkscan *s)
{
	struct checkmember *m = &s->member[s->n];

	if (s->n == CHECKSCAN_MOST || !take(c, '"'))
		return false;
	m->key = c->at;
	c->at = skip_plain(c->at, c->end);
	m->n_key = (size_t)(c->at - m->key);
	if (!take(c, '"') || !take(c, ':') || twice(s, m->key, m->n_key))
		return false;
	m->value.at = c->at;
	if (!value(c))
		return false;
	m->value.n = (size_t)(c->at - m->value.at);
	s->n++;
	return true;
}

static bool
object(struct cursor *c, struct checkscan *s)
{
	s->n = 0;
	if (!take(c, '{') || ++c->depth > MOST_DEPTH)
		return false;
	if (!take(c, '}')) {
		do {
			if (!member(c, s))
				return false;
		} while (take(c, ','));
		if (!take(c, '}'))
			return false;
	}
	c->depth--;
	return true;
}

static bool
array(struct cursor *c)
{
	if (!take(c, '[') || ++c->depth > MOST_DEPTH)
		return false;
	if (!take(c, ']')) {
		do {
			if (!value(c))
				return false;
		} while (take(c, ','));
		if (!take(c, ']'))
			return false;
	}
	c->depth--;
	return true;
}

static bool
inner(struct cursor *c)
{
	struct checkscan s;

	return object(c, &s);
}

static bool
value(struct cursor *c)
{
	char first = c->at != c->end ? *c->at : '\0';

	if (first == '"')
		return text(c);
	if (first == '[')
		return array(c);
	if (first == '{')
		return inner(c);
	return first == '-' || is_digit(first) ? integer(c) : word(c);
}

int
checkscan_object(const char *line, size_t n, struct checkscan *ret)
{
	struct cursor c = { .at = line, .end = line + n };

	return object(&c, ret) && c.at == c.end ? 0 : -1;
}

size_t
checkscan_value(const char *at, const char *end)
{
	struct cursor c = { .at = at, .end = end };

	return value(&c) ? (size_t)(c.at - at) : 0;
}
