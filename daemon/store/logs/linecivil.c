/*
 * linecivil - see the header.
 */
#include "linecivil.h"

#include <string.h>

#include "retention/calendar.h"
#include "retention/timetext.h"

#define LEAP_CYCLE 8		/* between 29 Februaries, at most */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
ends_here(const struct linecivil_text *t)
{
	return t->p == t->end || !(is_digit(*t->p) ||
	    ((*t->p | 32) >= 'a' && (*t->p | 32) <= 'z'));
}

bool
linecivil_number(struct linecivil_text *t, int least, int most, int *ret)
{
	int x = 0;
	int n = 0;

	for (; n < most && t->p < t->end && is_digit(*t->p); n++, t->p++)
		x = x * 10 + (*t->p - '0');
	if (n < least)
		return false;
	*ret = x;
	return true;
}

bool
linecivil_letter(struct linecivil_text *t, char c)
{
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

bool
linecivil_month(struct linecivil_text *t, int *ret)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (t->end - t->p < 3)
		return false;
	for (int m = 0; m < 12; m++) {
		const char *name = names + m * 3;

		if ((t->p[0] | 32) == name[0] && (t->p[1] | 32) == name[1] &&
		    (t->p[2] | 32) == name[2]) {
			t->p += 3;
			*ret = m + 1;
			return true;
		}
	}
	return false;
}

bool
linecivil_fraction(struct linecivil_text *t, int *ret_ms)
{
	int scale = 100;
	int ms = 0;

	if (t->p == t->end || !is_digit(*t->p))
		return false;
	for (; t->p < t->end && is_digit(*t->p); t->p++, scale /= 10)
		ms += (*t->p - '0') * scale;
	*ret_ms = ms;
	return true;
}

bool
linecivil_offset(struct linecivil_text *t, struct linecivil *c)
{
	const bool west = t->p < t->end && *t->p == '-';
	int hour;
	int min = 0;

	if (linecivil_letter(t, 'Z') || linecivil_letter(t, 'z')) {
		c->has_offset = true;
		c->offset_min = 0;
		return true;
	}
	if (!west && !linecivil_letter(t, '+'))
		return false;
	t->p += west;
	if (!linecivil_number(t, 2, 2, &hour))
		return false;
	if (linecivil_letter(t, ':') || (t->p < t->end && is_digit(*t->p)))
		if (!linecivil_number(t, 2, 2, &min))
			return false;
	if (hour > 15 || min > 59)
		return false;
	c->has_offset = true;
	c->offset_min = (hour * 60 + min) * (west ? -1 : 1);
	return true;
}

static bool
clock_time(struct linecivil_text *t, struct linecivil *c)
{
	return linecivil_number(t, 2, 2, &c->hour) && linecivil_letter(t, ':') &&
	    linecivil_number(t, 2, 2, &c->min) && linecivil_letter(t, ':') &&
	    linecivil_number(t, 2, 2, &c->sec);
}

/* Text that begins as an offset does; behind a space as much of it as a plain
 * number does not have. */
static bool
like_offset(const char *p, const char *end, bool spaced)
{
	if (end - p < 2 || (*p != '+' && *p != '-') || !is_digit(p[1]))
		return false;
	return !spaced || (end - p > 2 && p[2] == ':') ||
	    (end - p > 3 && (p[3] == ':' || (is_digit(p[2]) && is_digit(p[3]))));
}

/* What may follow HH:MM[:SS...]; nothing is fine.  False: it begins as an
 * offset and is none: who knows how much later the line is. */
static bool
iso_offset(struct linecivil_text *t, struct linecivil *c)
{
	struct linecivil_text u = *t;
	struct linecivil with = *c;
	const char *from;
	bool spaced;

	while (linecivil_letter(&u, ' ') || linecivil_letter(&u, '\t'))
		continue;
	from = u.p;
	spaced = from > t->p;
	if (u.end - u.p >= 3 && (memcmp(u.p, "UTC", 3) == 0 ||
	    memcmp(u.p, "GMT", 3) == 0)) {
		u.p += 3;
		with.has_offset = true;
		with.offset_min = 0;
		if (like_offset(u.p, u.end, false))
			return false;
	} else if (!linecivil_offset(&u, &with)) {
		return !like_offset(from, u.end, spaced);
	}
	if (!ends_here(&u))
		return !like_offset(from, u.end, spaced);
	/* "+12 points": a number, or an offset that would make it older. */
	if (spaced && *from == '+' && u.p - from == 3)
		return true;
	*t = u;
	*c = with;
	return true;
}

/* HH:MM[:SS[.,FRACTION]] and an offset; false: t and c are as they were. */
static bool
iso_time(struct linecivil_text *t, struct linecivil *c)
{
	struct linecivil_text u = *t;
	struct linecivil with = *c;

	if (!linecivil_number(&u, 2, 2, &with.hour) ||
	    !linecivil_letter(&u, ':') ||
	    !linecivil_number(&u, 2, 2, &with.min))
		return false;
	if (linecivil_letter(&u, ':')) {
		if (!linecivil_number(&u, 2, 2, &with.sec))
			return false;
		with.ms = 0;
		if (u.end - u.p > 1 && (*u.p == '.' || *u.p == ',') &&
		    is_digit(u.p[1])) {
			u.p++;
			(void)linecivil_fraction(&u, &with.ms);
		}
	}
	if (!iso_offset(&u, &with))
		return false;
	*t = u;
	*c = with;
	return true;
}

bool
linecivil_iso(struct linecivil_text *t, struct linecivil *c)
{
	struct linecivil_text u;

	if (!linecivil_number(t, 4, 4, &c->year) || !linecivil_letter(t, '-') ||
	    !linecivil_number(t, 2, 2, &c->month) ||
	    !linecivil_letter(t, '-') || !linecivil_number(t, 2, 2, &c->day))
		return false;
	if (linecivil_letter(t, 'T') || linecivil_letter(t, 't'))
		return iso_time(t, c) && ends_here(t);
	if (!ends_here(t))
		return false;
	for (u = *t; linecivil_letter(&u, ' '); )
		continue;
	if (u.p > t->p && u.end - u.p > 2 && is_digit(*u.p) && u.p[2] == ':') {
		if (!iso_time(&u, c))
			return false;
		*t = u;
	}
	return ends_here(t);
}

bool
linecivil_clf(struct linecivil_text *t, struct linecivil *c)
{
	if (!linecivil_number(t, 2, 2, &c->day) || !linecivil_letter(t, '/') ||
	    !linecivil_month(t, &c->month) || !linecivil_letter(t, '/') ||
	    !linecivil_number(t, 4, 4, &c->year) || !linecivil_letter(t, ':') ||
	    !clock_time(t, c) || !linecivil_letter(t, ' '))
		return false;
	c->ms = 0;
	return linecivil_offset(t, c);
}

bool
linecivil_bsd(struct linecivil_text *t, struct linecivil *c)
{
	if (!linecivil_month(t, &c->month) || !linecivil_letter(t, ' '))
		return false;
	(void)linecivil_letter(t, ' ');
	if (!linecivil_number(t, 1, 2, &c->day) || !linecivil_letter(t, ' ') ||
	    !clock_time(t, c))
		return false;
	c->ms = 0;
	if (linecivil_letter(t, '.') && !linecivil_fraction(t, &c->ms))
		return false;
	return ends_here(t);
}

/* Local milliseconds of c in `year`, as if UTC. */
static int64_t
local_ms(const struct linecivil *c, int64_t year)
{
	const int64_t days = calendar_days((struct calendar_date){ year,
	    c->month, c->day });
	const int hour = c->hour == -1 ? 23 : c->hour;
	const int min = c->min == -1 ? 59 : c->min;
	const int sec = c->sec == -1 ? 59 : c->sec;
	const int ms = c->ms != -1 ? c->ms : c->sec == -1 ? 999 : 0;

	return days * CALENDAR_DAY_MS +
	    ((hour * 60 + min) * 60 + sec) * INT64_C(1000) + ms;
}

static struct wall
instant_in(const struct linecivil *c, const struct zone *z, int64_t year)
{
	const int64_t local = local_ms(c, year);

	if (!c->has_offset)
		return timetext_from_local(z, local);
	return (struct wall){ local - c->offset_min * INT64_C(60000) };
}

bool
linecivil_instant(const struct linecivil *c, const struct zone *z,
    struct wall near, struct wall *ret)
{
	struct calendar_date d = { c->year, c->month, c->day };
	int64_t last;

	if (c->hour > 23 || c->min > 59 || c->sec > 60 || c->month < 1 ||
	    c->day < 1)
		return false;
	if (c->year != -1) {
		if (!calendar_valid(d))
			return false;
		*ret = instant_in(c, z, c->year);
		return true;
	}
	/* A file that nobody gave a time says nothing about a year. */
	if (near.ms < LINECIVIL_UNIX_LEAST * 1000 ||
	    near.ms > INT64_C(250000000000000))
		return false;
	last = calendar_date(near.ms / CALENDAR_DAY_MS).year + 1;
	for (d.year = last; d.year >= last - LEAP_CYCLE - 1; d.year--) {
		if (!calendar_valid(d))
			continue;
		*ret = instant_in(c, z, d.year);
		if (ret->ms <= near.ms + CALENDAR_DAY_MS)
			return true;
	}
	return false;
}
