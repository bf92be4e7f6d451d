/*
 * linetime - the named formats, and the choice between them.
 */
#include "linetime.h"

#include <stdlib.h>
#include <string.h>

#include "linecivil.h"
#include "linefmt.h"
#include "linejson.h"

typedef bool read_fn(const struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret);

struct linetime {
	read_fn *read;
	const struct zone *z;		/* borrowed */
	char *format;			/* owned */
	struct linefmt fmt;
	struct linejson_path path;
};

/* The [ ... ] at b, if it holds a time. */
static bool
bracketed(const struct linetime *lt, struct linecivil_text t, struct wall near,
    struct wall *ret)
{
	struct linecivil c = LINECIVIL_EMPTY;

	return linecivil_letter(&t, '[') && linecivil_clf(&t, &c) &&
	    linecivil_letter(&t, ']') &&
	    linecivil_instant(&c, lt->z, near, ret);
}

static bool
read_combined(const struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	const char *end = line + n;
	bool found = false;

	for (const char *p = line; p < end; p++) {
		const char *quote = memchr(p, '"', (size_t)(end - p));

		if (quote == NULL)
			break;
		if (quote == line || quote[-1] != '\\') {
			end = quote;
			break;
		}
		p = quote;
	}
	for (const char *p = line; p < end; p++) {
		p = memchr(p, '[', (size_t)(end - p));
		if (p == NULL)
			break;
		if (bracketed(lt, (struct linecivil_text){ p, end }, near, ret))
			found = true;
	}
	return found;
}

static bool
iso_at(const struct linetime *lt, struct linecivil_text t, struct wall near,
    struct wall *ret)
{
	struct linecivil c = LINECIVIL_EMPTY;

	return linecivil_iso(&t, &c) && linecivil_instant(&c, lt->z, near, ret);
}

static bool
read_iso(const struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	const bool open = n > 0 && (line[0] == '[' || line[0] == '(' ||
	    line[0] == '"' || line[0] == '<');

	return iso_at(lt, (struct linecivil_text){ line + open, line + n },
	    near, ret);
}

static bool
read_syslog(const struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	struct linecivil_text t = { line, line + n };
	struct linecivil_text u;
	struct linecivil c = LINECIVIL_EMPTY;
	int ignored;

	if (linecivil_letter(&t, '<') && (!linecivil_number(&t, 1, 3, &ignored) ||
	    !linecivil_letter(&t, '>')))
		return false;
	u = t;
	if (linecivil_bsd(&u, &c))
		return linecivil_instant(&c, lt->z, near, ret);
	u = t;
	if (linecivil_number(&u, 1, 2, &ignored) && linecivil_letter(&u, ' '))
		t = u;
	return iso_at(lt, t, near, ret);
}

struct latest {
	const struct linetime *lt;
	struct wall near;
	bool found;
	struct wall t;
};

/* Digits, perhaps with a fraction; the size says which unit. */
static bool
unix_number(const struct linejson_value *v, struct wall *ret)
{
	struct linecivil_text t = { v->text, v->text + v->n };
	int64_t x = 0;
	int ms = 0;

	if (v->n == 0 || v->text[0] < '0' || v->text[0] > '9')
		return false;
	for (; t.p < t.end && *t.p >= '0' && *t.p <= '9'; t.p++) {
		if (x > INT64_MAX / 10 - 1)
			return false;
		x = x * 10 + (*t.p - '0');
	}
	if (linecivil_letter(&t, '.') && !linecivil_fraction(&t, &ms))
		return false;
	if (t.p != t.end)
		return false;
	if (x < LINECIVIL_UNIX_LEAST)
		return false;
	if (x < INT64_C(100000000000))
		ret->ms = x * 1000 + ms;
	else if (x < INT64_C(100000000000000))
		ret->ms = x;
	else if (x < INT64_C(100000000000000000))
		ret->ms = x / 1000;
	else
		ret->ms = x / 1000000;
	return true;
}

static void
on_field(void *ctx, const struct linejson_value *v)
{
	struct latest *l = ctx;
	struct linecivil_text t = { v->text, v->text + v->n };
	struct linecivil c = LINECIVIL_EMPTY;
	struct wall w;

	if (!(v->is_text && linecivil_iso(&t, &c) && t.p == t.end &&
	    linecivil_instant(&c, l->lt->z, l->near, &w)) &&
	    !unix_number(v, &w))
		return;
	if (!l->found || w.ms > l->t.ms)
		l->t = w;
	l->found = true;
}

static bool
read_json(const struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	struct latest l = { lt, near, false, { 0 } };

	if (!linejson_find(&lt->path, line, n, on_field, &l) || !l.found)
		return false;
	*ret = l.t;
	return true;
}

static bool
read_format(const struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	struct linecivil c;
	int64_t unix_s;
	bool is_unix;

	if (!linefmt_read(&lt->fmt, line, n, &c, &is_unix, &unix_s))
		return false;
	if (!is_unix)
		return linecivil_instant(&c, lt->z, near, ret);
	if (unix_s < LINECIVIL_UNIX_LEAST)
		return false;
	*ret = (struct wall){ unix_s * 1000 };
	return true;
}

static const struct {
	const char *name;
	read_fn *read;
} named[] = {
	{ "combined", read_combined }, { "common", read_combined },
	{ "iso8601", read_iso }, { "syslog", read_syslog },
};

static int
choose(struct linetime *lt, struct err *e)
{
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
		if (strcmp(named[i].name, lt->format) == 0) {
			lt->read = named[i].read;
			return 0;
		}
	if (strncmp(lt->format, "json:", 5) == 0) {
		lt->read = read_json;
		if (!linejson_path(lt->format + 5, &lt->path))
			return err_set(e, ERR_CONFIG, "\"%.80s\": expected "
			    "json:FIELD, at most %d names joined by dots",
			    lt->format, LINEJSON_PARTS);
		return 0;
	}
	if (strchr(lt->format, '%') == NULL)
		return err_set(e, ERR_CONFIG, "unknown time format \"%.80s\"; "
		    "expected combined, common, iso8601, syslog, json:FIELD "
		    "or a format with %%", lt->format);
	lt->read = read_format;
	return linefmt_compile(lt->format, &lt->fmt, e);
}

int
linetime_new(const char *format, const struct zone *z, struct linetime **ret,
    struct err *e)
{
	struct linetime *lt = calloc(1, sizeof *lt);

	if (lt == NULL || (lt->format = strdup(format)) == NULL) {
		free(lt);
		return err_set(e, ERR_MEMORY, "no memory for a time format");
	}
	lt->z = z;
	if (choose(lt, e) == -1) {
		linetime_free(lt);
		return -1;
	}
	*ret = lt;
	return 0;
}

void
linetime_free(struct linetime *lt)
{
	if (lt == NULL)
		return;
	free(lt->format);
	free(lt);
}

bool
linetime_of(const struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	return lt->read(lt, line, n, near, ret);
}
