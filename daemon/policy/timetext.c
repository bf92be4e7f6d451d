#include "retention/timetext.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/fd.h"

#include "zone.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"
#define ZONE_FILE_MOST ((size_t)1 << 20)
#define ZONE_NAME_MOST 64
#define DAY_S INT64_C(86400)

static bool
is_zone_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+-_/";
	size_t n = strlen(name);

	return n > 0 && n <= ZONE_NAME_MOST && strspn(name, letters) == n &&
	    name[0] != '/' && name[n - 1] != '/' && strstr(name, "//") == NULL;
}

int
timetext_zone(const char *name, struct zone **ret, struct err *e)
{
	char path[sizeof(ZONE_FOLDER) + ZONE_NAME_MOST];
	struct buf b = BUF_EMPTY;
	struct zone *z = NULL;
	int rc = -1;

	if (strcmp(name, "UTC") == 0) {
		*ret = NULL;
		return 0;
	}
	if (!is_zone_name(name))
		return err_set(e, ERR_CONFIG, "\"%.40s\" is no time zone; expected "
		    "\"UTC\" or a name such as \"Europe/London\"", name);
	(void)snprintf(path, sizeof(path), "%s%s", ZONE_FOLDER, name);
	if (fd_read_file(path, ZONE_FILE_MOST, &b, e) == -1)
		goto out;
	if (zone_parse(buf_text(&b), b.n, &z, e) == -1)
		goto out;
	*ret = z;
	rc = 0;
out:
	buf_release(&b);
	return rc == 0 ? 0 : err_wrap(e, "time zone \"%s\"", name);
}

void
timetext_zone_free(struct zone *z)
{
	zone_free(z);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
add_saturating(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

int64_t
timetext_to_local(const struct zone *z, struct wall t)
{
	if (z == NULL)
		return t.ms;
	return add_saturating(t.ms, 1000 * zone_offset(z,
	    floor_div(t.ms, 1000)));
}

/*
 * The offsets that hold a day or so before and after, and those at the
 * instants these give, are all that can hold at a local time (no zone changes
 * twice within two days).  Of the instants that really read `local_ms` the
 * last; in a gap, where there is none, the later of the two readings.
 */
struct wall
timetext_from_local(const struct zone *z, int64_t local_ms)
{
	int64_t s = floor_div(local_ms, 1000);
	int64_t offset[4], best = INT64_MIN, latest = INT64_MIN;

	if (z == NULL)
		return (struct wall){ local_ms };
	offset[0] = zone_offset(z, s - 26 * 3600);
	offset[1] = zone_offset(z, s + 26 * 3600);
	offset[2] = zone_offset(z, s - offset[0]);
	offset[3] = zone_offset(z, s - offset[1]);
	for (size_t i = 0; i < 4; i++) {
		int64_t t = add_saturating(local_ms, -1000 * offset[i]);

		if (t > latest)
			latest = t;
		if (t > best && zone_offset(z, floor_div(t, 1000)) == offset[i])
			best = t;
	}
	return (struct wall){ best != INT64_MIN ? best : latest };
}

int64_t
timetext_today(const struct zone *z, struct wall now)
{
	int64_t day = floor_div(timetext_to_local(z, now), CALENDAR_DAY_MS);

	if (timetext_from_local(z, day * CALENDAR_DAY_MS).ms > now.ms)
		day--;
	return day;
}

struct text {
	const char *at, *end;
};

static bool
take(struct text *t, const char *any_of)
{
	if (t->at == t->end || *t->at == '\0' ||
	    strchr(any_of, *t->at) == NULL)
		return false;
	t->at++;
	return true;
}

/* Exactly `width` digits, at most `most`. */
static int
digits(struct text *t, int width, int most, int *ret)
{
	int n = 0;

	if (t->end - t->at < width)
		return -1;
	for (int i = 0; i < width; i++) {
		char c = *t->at++;

		if (c < '0' || c > '9')
			return -1;
		n = n * 10 + (c - '0');
	}
	if (n > most)
		return -1;
	*ret = n;
	return 0;
}

static int
date(struct text *t, int64_t *ret_days)
{
	struct calendar_date d;
	int year;

	if (digits(t, 4, 9999, &year) == -1 || !take(t, "-") ||
	    digits(t, 2, 12, &d.month) == -1 || !take(t, "-") ||
	    digits(t, 2, 31, &d.day) == -1)
		return -1;
	d.year = year;
	if (!calendar_valid(d))
		return -1;
	*ret_days = calendar_days(d);
	return 0;
}

/* HH:MM[:SS[.fraction]], the fraction cut to milliseconds. */
static int
time_of_day(struct text *t, int64_t *ret_ms)
{
	int h, m, s = 0;
	int64_t ms = 0, weight = 100;
	const char *start;

	if (digits(t, 2, 23, &h) == -1 || !take(t, ":") ||
	    digits(t, 2, 59, &m) == -1)
		return -1;
	if (take(t, ":")) {
		if (digits(t, 2, 59, &s) == -1)
			return -1;
		if (take(t, ".")) {
			for (start = t->at; t->at < t->end && *t->at >= '0' &&
			    *t->at <= '9'; t->at++, weight /= 10)
				ms += (*t->at - '0') * weight;
			if (t->at == start)
				return -1;
		}
	}
	*ret_ms = ((h * 60 + m) * 60 + s) * INT64_C(1000) + ms;
	return 0;
}

/* [ ][Z|z|+HH:MM|-HH:MM] up to the end of the text; SQLite's most is 14:59. */
static int
offset(struct text *t, bool *ret_has, int64_t *ret_ms)
{
	int h, m;
	bool east;

	*ret_has = t->at < t->end;
	if (!*ret_has)
		return 0;
	(void)take(t, " ");
	if (take(t, "Zz")) {
		*ret_ms = 0;
		return t->at == t->end ? 0 : -1;
	}
	east = t->at < t->end && *t->at == '+';
	if (!take(t, "+-") || digits(t, 2, 14, &h) == -1 || !take(t, ":") ||
	    digits(t, 2, 59, &m) == -1 || t->at != t->end)
		return -1;
	*ret_ms = (east ? 1 : -1) * (h * 60 + m) * INT64_C(60000);
	return 0;
}

struct parts {
	int64_t days;
	bool has_time, has_offset;
	int64_t time_ms, offset_ms;
};

static int
parts_of(const char *text, size_t n, struct parts *ret)
{
	struct text t = { text, text + n };
	struct parts p = { .has_time = false };

	if (date(&t, &p.days) == -1)
		return -1;
	p.has_time = t.at < t.end;
	if (p.has_time && (!take(&t, "T ") ||
	    time_of_day(&t, &p.time_ms) == -1 ||
	    offset(&t, &p.has_offset, &p.offset_ms) == -1))
		return -1;
	*ret = p;
	return 0;
}

int
timetext_iso8601(const char *text, size_t n, const struct zone *z,
    struct wall *ret_t)
{
	struct parts p;
	int64_t local;

	if (parts_of(text, n, &p) == -1)
		return -1;
	local = p.days * CALENDAR_DAY_MS +
	    (p.has_time ? p.time_ms : CALENDAR_DAY_MS - 1);
	if (p.has_offset)
		ret_t->ms = local - p.offset_ms;
	else
		*ret_t = timetext_from_local(z, local);
	return 0;
}

int
timetext_day(const char *text, size_t n, int64_t *ret_days)
{
	struct text t = { text, text + n };
	int64_t days;

	if (date(&t, &days) == -1 || t.at != t.end)
		return -1;
	*ret_days = days;
	return 0;
}

int
timetext_argument(const char *text, struct wall *ret_t, struct err *e)
{
	struct parts p;

	if (parts_of(text, strlen(text), &p) == -1 ||
	    (p.has_time && !p.has_offset))
		return err_set(e, ERR_INPUT, "\"%.40s\" is no time; expected "
		    "\"2026-11-22T10:00:00Z\" or \"2026-11-22\"", text);
	ret_t->ms = p.days * CALENDAR_DAY_MS + p.time_ms - p.offset_ms;
	return 0;
}
