#include "footer.h"

#include "retention/calendar.h"

#define DAY_S INT64_C(86400)

struct text {
	const char *at, *end;
};

static bool
take(struct text *t, char c)
{
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

static int
number(struct text *t, int least, int most, int *ret)
{
	const char *start = t->at;
	int n = 0;

	for (; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++) {
		n = n * 10 + (*t->at - '0');
		if (n > most)
			return -1;
	}
	if (t->at == start || n < least)
		return -1;
	*ret = n;
	return 0;
}

/* Three or more letters, or anything within < >. */
static int
name(struct text *t)
{
	const char *start = t->at;

	if (take(t, '<')) {
		while (t->at < t->end && *t->at != '>')
			t->at++;
		return take(t, '>') ? 0 : -1;
	}
	while (t->at < t->end && ((*t->at >= 'A' && *t->at <= 'Z') ||
	    (*t->at >= 'a' && *t->at <= 'z')))
		t->at++;
	return t->at - start >= 3 ? 0 : -1;
}

/* [+-]h[hh][:mm[:ss]] in seconds. */
static int
clock_time(struct text *t, int most_hours, int64_t *ret_s)
{
	bool negative = take(t, '-');
	int h, m = 0, s = 0;

	if (!negative)
		(void)take(t, '+');
	if (number(t, 0, most_hours, &h) == -1)
		return -1;
	if (take(t, ':')) {
		if (number(t, 0, 59, &m) == -1)
			return -1;
		if (take(t, ':') && number(t, 0, 59, &s) == -1)
			return -1;
	}
	*ret_s = (negative ? -1 : 1) * (INT64_C(3600) * h + 60 * m + s);
	return 0;
}

/* ,Mm.w.d[/time] or ,Jn[/time] or ,n[/time] */
static int
rule_day(struct text *t, struct footer_day *ret)
{
	struct footer_day d = { .form = 'N', .time_s = 7200 };
	int rc;

	if (!take(t, ','))
		return -1;
	if (take(t, 'M')) {
		d.form = 'M';
		if (number(t, 1, 12, &d.month) == -1 || !take(t, '.') ||
		    number(t, 1, 5, &d.week) == -1 || !take(t, '.'))
			return -1;
		rc = number(t, 0, 6, &d.day);
	} else if (take(t, 'J')) {
		d.form = 'J';
		rc = number(t, 1, 365, &d.day);
	} else {
		rc = number(t, 0, 365, &d.day);
	}
	if (rc == -1 || (take(t, '/') && clock_time(t, 167, &d.time_s) == -1))
		return -1;
	*ret = d;
	return 0;
}

int
footer_parse(const char *bytes, size_t n, struct footer *ret)
{
	struct text t = { bytes, bytes + n };
	struct footer f = { .has_summer = false };
	int64_t west;

	if (name(&t) == -1 || clock_time(&t, 24, &west) == -1)
		return -1;
	f.standard_s = -west;
	if (t.at == t.end) {
		*ret = f;
		return 0;
	}
	f.has_summer = true;
	f.summer_s = f.standard_s + 3600;
	if (name(&t) == -1)
		return -1;
	if (t.at < t.end && *t.at != ',') {
		if (clock_time(&t, 24, &west) == -1)
			return -1;
		f.summer_s = -west;
	}
	if (rule_day(&t, &f.start) == -1 || rule_day(&t, &f.end) == -1 ||
	    t.at != t.end)
		return -1;
	*ret = f;
	return 0;
}

/* Local seconds since 1970 at which the day's time comes in `year`. */
static int64_t
change_in(const struct footer_day *d, int64_t year)
{
	int64_t first = calendar_days((struct calendar_date){ year, 1, 1 });
	int64_t month_first, day;

	if (d->form == 'N')
		return (first + d->day) * DAY_S + d->time_s;
	if (d->form == 'J')
		return (first + d->day - 1 + (d->day >= 60 &&
		    calendar_month_days(year, 2) == 29)) * DAY_S + d->time_s;
	month_first = calendar_days((struct calendar_date){ year, d->month, 1 });
	/* 1970-01-01 was a Thursday; Sunday is 0. */
	day = (d->day - (month_first + 4) % 7 + 14) % 7 + 7 * (d->week - 1);
	while (day >= calendar_month_days(year, d->month))
		day -= 7;
	return (month_first + day) * DAY_S + d->time_s;
}

int64_t
footer_offset(const struct footer *f, int64_t utc_s)
{
	int64_t local, year, start, end;
	bool summer;

	if (!f->has_summer)
		return f->standard_s;
	local = utc_s + f->standard_s;
	year = calendar_date(local / DAY_S - (local % DAY_S < 0)).year;
	start = change_in(&f->start, year) - f->standard_s;
	end = change_in(&f->end, year) - f->summer_s;
	summer = start < end ? utc_s >= start && utc_s < end :
	    utc_s >= start || utc_s < end;
	return summer ? f->summer_s : f->standard_s;
}
