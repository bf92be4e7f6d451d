/*
 * linetime - the named formats, and the choice between them.
 */
#include "linetime.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "linecivil.h"
#include "lineend.h"
#include "linefmt.h"
#include "linehead.h"
#include "linejson.h"

typedef bool read_fn(struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret);

/* [DD/Mon/YYYY:HH:MM:SS +HHMM] */
#define STAMP 28
#define STAMP_DAY 13			/* bytes before the time of day */
#define STAMP_ZONE 21			/* where the offset is, with its space */

/* The last day and offset that were read: most lines have the same. */
struct memo {
	char text[STAMP];
	int64_t midnight_ms;
};

struct linetime {
	read_fn *read;
	const struct zone *z;		/* borrowed */
	char *format;			/* owned */
	struct linefmt fmt;
	struct linejson_path path;
	struct memo memo;
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

/* The time of day of a stamp, HH:MM:SS, all eight bytes at once; -1: none. */
static int64_t
day_ms(const char *stamp)
{
	uint64_t x;
	uint64_t twos;

	memcpy(&x, stamp + STAMP_DAY, sizeof x);
	x = le64toh(x) ^ UINT64_C(0x30303a30303a3030);
	/* Is one more than 9, or 0 in the place of a colon? */
	if (((x | (x + UINT64_C(0x76767f76767f7676))) &
	    UINT64_C(0x8080808080808080)) != 0)
		return -1;
	twos = x * 10 + (x >> 8);
	const unsigned hour = twos & 0xff;
	const unsigned min = twos >> 24 & 0xff;
	const unsigned sec = twos >> 48 & 0xff;

	if (hour > 23 || min > 59 || sec > 60)
		return -1;
	return ((hour * 60 + min) * 60 + sec) * INT64_C(1000);
}

/* As bracketed(), for the only bracket: of the day that was read last, the
 * time of day is enough. */
static bool
stamped(struct linetime *lt, const char *p, const char *end, struct wall near,
    struct wall *ret)
{
	struct memo *m = &lt->memo;
	int64_t ms;

	if (end - p < STAMP || (ms = day_ms(p)) == -1)
		return bracketed(lt, (struct linecivil_text){ p, end }, near,
		    ret);
	if (memcmp(p, m->text, STAMP_DAY) == 0 && memcmp(p + STAMP_ZONE,
	    m->text + STAMP_ZONE, STAMP - STAMP_ZONE) == 0) {
		ret->ms = m->midnight_ms + ms;
		return true;
	}
	if (!bracketed(lt, (struct linecivil_text){ p, end }, near, ret))
		return false;
	if (p[STAMP - 1] == ']') {
		memcpy(m->text, p, STAMP);
		m->midnight_ms = ret->ms - ms;
	}
	return true;
}

static bool
read_combined(struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	const char *end = line + n;
	const char *only = linehead_bracket(line, n, &end);
	bool found = false;

	if (only != NULL)
		return stamped(lt, only, end, near, ret);
	end = line + n;
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
read_iso(struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	const bool open = n > 0 && (line[0] == '[' || line[0] == '(' ||
	    line[0] == '"' || line[0] == '<');

	return iso_at(lt, (struct linecivil_text){ line + open, line + n },
	    near, ret);
}

static bool
read_syslog(struct linetime *lt, const char *line, size_t n,
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
read_json(struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	struct latest l = { lt, near, false, { 0 } };

	if (!linejson_find(&lt->path, line, n, on_field, &l) || !l.found)
		return false;
	*ret = l.t;
	return true;
}

static bool
read_format(struct linetime *lt, const char *line, size_t n,
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
linetime_of(struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret)
{
	return lt->read(lt, line, n, near, ret);
}

/* A line whose first bracket holds a stamp like the last: in such a stamp
 * there is neither bracket nor quote, nor a line feed.  False: it may be of
 * any kind. */
static bool
same_day(const struct memo *m, const char *line, int64_t *ret_ms)
{
	const char *b = linehead_first(line);

	if (b == NULL || memcmp(b, m->text, STAMP_DAY) != 0 ||
	    memcmp(b + STAMP_ZONE, m->text + STAMP_ZONE,
	    STAMP - STAMP_ZONE) != 0 || memcmp(b + STAMP, " \"", 2) != 0)
		return false;
	*ret_ms = day_ms(b);
	return *ret_ms != -1;
}

size_t
linetime_run(const struct linetime *lt, const char *p, size_t n,
    const struct wall span[2], uint64_t *ret_lines, struct wall *ret_first)
{
	const struct memo *m = &lt->memo;
	const int64_t from = span[0].ms - m->midnight_ms;
	const int64_t to = span[1].ms - m->midnight_ms;
	int64_t earliest = INT64_MAX;
	size_t done = 0;

	*ret_lines = 0;
	if (lt->read != read_combined || m->text[0] != '[')
		return 0;
	while (n - done >= LINEHEAD_BYTES + STAMP + 2) {
		/* It ends behind the stamp, but need not wait for that. */
		const char *lf = lineend_find(p + done + STAMP,
		    n - done - STAMP);
		int64_t ms;

		if (lf == NULL || !same_day(m, p + done, &ms) || ms < from ||
		    ms > to)
			break;
		earliest = ms < earliest ? ms : earliest;
		done = (size_t)(lf - p) + 1;
		++*ret_lines;
	}
	if (done > 0)
		ret_first->ms = m->midnight_ms + earliest;
	return done;
}
