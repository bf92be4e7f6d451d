/*
 * maskfield - see the header for the rules.
 */
#include "maskfield.h"

#include <string.h>

#include "maskout.h"

#define LOCAL_MOST 256
#define MAIL "(mail)"

static size_t
line_end(struct maskchar_view v, size_t line)
{
	const char *lf = memchr(v.p + line, '\n', v.n - line);

	return lf == NULL ? v.n : (size_t)(lf - v.p);
}

/* The first quote in [i, end) without a backslash before it; end if none. */
static size_t
first_quote(struct maskchar_view v, size_t i, size_t end)
{
	for (; i < end; i++) {
		const char *q = memchr(v.p + i, '"', end - i);

		if (q == NULL)
			break;
		i = (size_t)(q - v.p);
		if (maskchar_at(v, i - 1) != '\\')
			return i;
	}
	return end;
}

/* The [ of the last " [DD/" before the first quote; end if there is none. */
static size_t
time_bracket(struct maskchar_view v, size_t line, size_t end)
{
	const size_t quote = first_quote(v, line, end);
	size_t found = end;

	for (size_t i = line; i < quote; i++) {
		const char *b = memchr(v.p + i, '[', quote - i);

		if (b == NULL)
			break;
		i = (size_t)(b - v.p);
		if (i > line && v.p[i - 1] == ' ' && quote - i > 3 &&
		    maskchar_is(v.p[i + 1], MASKCHAR_DIGIT) &&
		    maskchar_is(v.p[i + 2], MASKCHAR_DIGIT) &&
		    v.p[i + 3] == '/')
			found = i;
	}
	return found;
}

static size_t
find(struct maskchar_view v, size_t from, size_t end, char c)
{
	const char *p = from < end ? memchr(v.p + from, c, end - from) : NULL;

	return p == NULL ? end : (size_t)(p - v.p);
}

size_t
maskfield_user(const char *in, size_t n, char *out)
{
	struct maskout o = { { in, n }, out, 0, 0 };

	for (size_t line = 0, end; line < n; line = end + 1) {
		end = line_end(o.v, line);
		const size_t open = time_bracket(o.v, line, end);
		size_t user = find(o.v, line, end, ' ');

		user = find(o.v, user + 1, end, ' ') + 1;
		if (open == end || user >= open - 1)
			continue;
		if (open - 1 - user > 1 || in[user] != '-')
			maskout_put(&o, user, open - 1, "-", 1);
	}
	maskout_copy(&o, n);
	return o.n_out;
}

/* The quote that ends the string whose text begins at i; end if none does. */
static size_t
string_end(struct maskchar_view v, size_t i, size_t end)
{
	for (; i < end && v.p[i] != '"'; i++)
		i += v.p[i] == '\\';
	return i < end ? i : end;
}

/* Where " HTTP/" and digits and dots end [from, to); to if nothing such does. */
static size_t
last_http(struct maskchar_view v, size_t from, size_t to)
{
	size_t i = to;

	while (i > from && (v.p[i - 1] == '.' ||
	    maskchar_is(v.p[i - 1], MASKCHAR_DIGIT)))
		i--;
	if (i - from < 6 || memcmp(v.p + i - 6, " HTTP/", 6) != 0)
		return to;
	return i - 6;
}

/* The first ? of [from, to), or the backslashes before it, which would come to
 * stand before a quote; to if there is none. */
static size_t
question(struct maskchar_view v, size_t from, size_t to)
{
	size_t mark = find(v, from, to, '?');

	while (mark < to && mark > from && v.p[mark - 1] == '\\')
		mark--;
	return mark;
}

static void
strip_combined(struct maskout *o, size_t open, size_t end)
{
	size_t from = find(o->v, open, end, ']');

	from = first_quote(o->v, from, end) + 1;
	if (from > end)
		return;
	size_t to = string_end(o->v, from, end);
	size_t mark = question(o->v, from, to);

	if (mark < to)
		maskout_put(o, mark, last_http(o->v, mark, to), "", 0);
	if (to == end)
		return;
	from = find(o->v, to + 1, end, '"') + 1;
	if (from > end)
		return;
	to = string_end(o->v, from, end);
	mark = question(o->v, from, to);
	if (mark < to)
		maskout_put(o, mark, to, "", 0);
}

static bool
is_gap(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f || c == '"';
}

/* Where the query that begins at i ends. */
static size_t
query_end(struct maskchar_view v, size_t i, size_t end)
{
	for (; i < end; i++) {
		const char c = v.p[i];
		const char next = i + 1 < end ? v.p[i + 1] : '\n';

		if (is_gap(c) || c == '<' || c == '>')
			break;
		if (c == '\\' && next != '/' && next != 'u' && next != 'x')
			break;
	}
	return i;
}

static void
strip_anywhere(struct maskout *o, size_t line, size_t end)
{
	for (size_t i = line; i < end; ) {
		const size_t mark = find(o->v, i, end, '?');
		const size_t to = query_end(o->v, mark, end);
		const bool is = mark > line && !is_gap(o->v.p[mark - 1]) &&
		    o->v.p[mark - 1] != '\\' && to - mark > 1;

		if (mark == end)
			break;
		if (is)
			maskout_put(o, mark, to, "", 0);
		i = is ? to : mark + 1;
	}
}

size_t
maskfield_query(const char *in, size_t n, char *out)
{
	struct maskout o = { { in, n }, out, 0, 0 };

	for (size_t line = 0, end; line < n; line = end + 1) {
		end = line_end(o.v, line);
		if (memchr(in + line, '?', end - line) == NULL)
			continue;
		const size_t open = time_bracket(o.v, line, end);

		if (open < end)
			strip_combined(&o, open, end);
		else
			strip_anywhere(&o, line, end);
	}
	maskout_copy(&o, n);
	return o.n_out;
}

/* Where LOCAL begins; `at` if it is empty.  Not before `floor`. */
static size_t
local_start(struct maskchar_view v, size_t at, size_t floor)
{
	size_t i = at;

	while (i > floor && at - i < LOCAL_MOST &&
	    maskchar_is(v.p[i - 1], MASKCHAR_ATOM))
		i--;
	if (maskchar_at(v, i - 1) == '\\' && i < at)
		i += v.p[i] == 'u' ? 5 : v.p[i] == 'x' ? 3 : 1;
	while (i < at && (v.p[i] == '\'' || v.p[i] == '.' || v.p[i] == '-'))
		i++;
	return i < at ? i : at;
}

/* Where DOMAIN ends; i if there is none. */
static size_t
domain_end(struct maskchar_view v, size_t i)
{
	size_t end = i;

	for (bool first = true; ; first = false) {
		const size_t label = i;
		size_t last;

		while (maskchar_is(maskchar_at(v, i), MASKCHAR_LABEL))
			i++;
		if (i == label)
			return end;
		for (last = i; last > label && v.p[last - 1] == '-'; )
			last--;
		if (!first && last - label >= 2 &&
		    v.p[label] != '-' && !maskchar_is(v.p[label], MASKCHAR_DIGIT))
			end = last;
		if (maskchar_at(v, i) != '.')
			return end;
		i++;
	}
}

size_t
maskfield_email(const char *in, size_t n, char *out)
{
	struct maskout o = { { in, n }, out, 0, 0 };
	const char *at = memchr(in, '@', n);
	const char *coded = memmem(in, n, "%40", 3);

	while (at != NULL || coded != NULL) {
		const bool is_at = coded == NULL || (at != NULL && at < coded);
		const size_t pos = (size_t)((is_at ? at : coded) - in);
		const size_t after = pos + (is_at ? 1 : 3);
		const size_t start = local_start(o.v, pos, o.copied);
		const size_t end = domain_end(o.v, after);

		if (start < pos && end > after)
			maskout_put(&o, start, end, MAIL, sizeof MAIL - 1);
		if (is_at)
			at = memchr(in + after, '@', n - after);
		else
			coded = memmem(in + after, n - after, "%40", 3);
	}
	maskout_copy(&o, n);
	return o.n_out;
}
