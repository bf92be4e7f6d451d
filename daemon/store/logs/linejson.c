/*
 * linejson - no parser: it knows strings, nesting, and which strings are keys.
 */
#include "linejson.h"

#include <string.h>

struct scan {
	const char *p, *end;
	const struct linejson_path *path;
	size_t depth;		/* of objects and arrays */
	size_t matched;		/* parts matched by the objects around */
};

bool
linejson_path(const char *text, struct linejson_path *ret)
{
	*ret = (struct linejson_path){ .whole = text, .n_whole = strlen(text) };
	for (const char *p = text; ; p++) {
		const size_t n = strcspn(p, ".");

		if (n == 0 || ret->n == LINEJSON_PARTS)
			return false;
		ret->part[ret->n].p = p;
		ret->part[ret->n++].n = n;
		p += n;
		if (*p == '\0')
			return true;
	}
}

static void
skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
	    *s->p == '\r' || *s->p == '\n'))
		s->p++;
}

static int
hex4(const char *p)
{
	int x = 0;

	for (int i = 0; i < 4; i++) {
		const char c = p[i];
		const char low = (char)(c | 32);

		if (c >= '0' && c <= '9')
			x = x * 16 + (c - '0');
		else if (low >= 'a' && low <= 'f')
			x = x * 16 + (low - 'a') + 10;
		else
			return -1;
	}
	return x;
}

/* One character of a string at p, escaped or not; -1: none of ASCII. */
static int
unescape(const char **p, const char *end)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char c = *(*p)++;
	const char *at;

	if (c != '\\')
		return (unsigned char)c;
	if (*p == end)
		return -1;
	if (**p == 'u') {
		int x = end - *p < 5 ? -1 : hex4(*p + 1);

		*p += x == -1 ? 1 : 5;
		return x < 0x80 ? x : -1;
	}
	at = **p == '\0' ? NULL : strchr(from, **p);
	(*p)++;
	return at == NULL ? -1 : to[at - from];
}

/* Moves past the string that s stands on; false: it does not end. */
static bool
read_string(struct scan *s, const char **ret_text, const char **ret_end)
{
	*ret_text = ++s->p;
	while (s->p < s->end) {
		const char *q = memchr(s->p, '"', (size_t)(s->end - s->p));
		size_t back = 0;

		if (q == NULL)
			break;
		while (q - back > *ret_text && q[-1 - (ptrdiff_t)back] == '\\')
			back++;
		s->p = q + 1;
		if (back % 2 == 0) {
			*ret_end = q;
			return true;
		}
	}
	s->p = s->end;
	return false;
}

static bool
same(const char *p, const char *end, const char *want, size_t n)
{
	size_t i = 0;

	if ((size_t)(end - p) < n)
		return false;
	while (p < end && i < n) {
		if (unescape(&p, end) != (unsigned char)want[i++])
			return false;
	}
	return p == end && i == n;
}

static bool
string_value(const char *p, const char *end, struct linejson_value *v)
{
	v->is_text = true;
	v->n = 0;
	while (p < end) {
		const int c = unescape(&p, end);

		if (c == -1 || v->n == sizeof v->text)
			return false;
		v->text[v->n++] = (char)c;
	}
	return true;
}

static bool
number_value(struct scan *s, struct linejson_value *v)
{
	v->is_text = false;
	v->n = 0;
	while (s->p < s->end && *s->p != '\0' &&
	    strchr("0123456789+-.eE", *s->p) != NULL) {
		if (v->n == sizeof v->text)
			return false;
		v->text[v->n++] = *s->p++;
	}
	return v->n > 0;
}

/* Is [p, end), a key of the present object, the one looked for?  When it is
 * an object on the way there, *ret_way. */
static bool
is_wanted(const struct scan *s, const char *p, const char *end, bool *ret_way)
{
	const struct linejson_path *w = s->path;
	const size_t k = s->matched;

	*ret_way = false;
	if (s->depth == 1 && w->n > 1 && same(p, end, w->whole, w->n_whole))
		return true;
	if (s->depth != k + 1 || k >= w->n ||
	    !same(p, end, w->part[k].p, w->part[k].n))
		return false;
	*ret_way = k + 1 < w->n;
	return !*ret_way;
}

static void
on_string(struct scan *s, linejson_fn *found, void *ctx)
{
	struct linejson_value v;
	const char *text;
	const char *end;
	bool way;

	if (!read_string(s, &text, &end))
		return;
	skip_space(s);
	if (s->p == s->end || *s->p != ':')
		return;
	s->p++;
	skip_space(s);
	if (is_wanted(s, text, end, &way) && s->p < s->end) {
		if (*s->p == '"') {
			if (read_string(s, &text, &end) &&
			    string_value(text, end, &v))
				found(ctx, &v);
		} else if (number_value(s, &v)) {
			found(ctx, &v);
		}
	} else if (way && s->p < s->end && *s->p == '{') {
		s->matched = s->depth++;
		s->p++;
	}
}

/* Is there nothing from s on?  Lines of an array may end in a comma. */
static bool
is_end(struct scan *s)
{
	skip_space(s);
	if (s->p < s->end && *s->p == ',') {
		s->p++;
		skip_space(s);
	}
	return s->p == s->end;
}

/* The line ended within its object: was it cut, or did it seem complete to
 * its writer? */
static bool
is_cut(struct scan *s, const char *line)
{
	const char *p = s->end;

	while (p > line && strchr(" \t\r\n,", p[-1]) != NULL && p[-1] != '\0')
		p--;
	return p == line || p[-1] != '}';
}

bool
linejson_find(const struct linejson_path *path, const char *line, size_t n,
    linejson_fn *found, void *ctx)
{
	struct scan s = { line, line + n, path, 0, 0 };

	skip_space(&s);
	if (s.p == s.end || *s.p != '{')
		return false;
	while (s.p < s.end) {
		const char c = *s.p;

		if (c == '"') {
			on_string(&s, found, ctx);
			continue;
		}
		s.p++;
		if (c == '{' || c == '[') {
			s.depth++;
		} else if (c == '}' || c == ']') {
			if (s.depth-- <= 1)
				return is_end(&s);
			if (s.matched > s.depth - 1)
				s.matched = s.depth - 1;
		}
	}
	return is_cut(&s, line);
}
