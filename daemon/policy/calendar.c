#include "retention/calendar.h"

#include "retention/err.h"

/* No period beyond this many months or days is told apart: 10^8 of either is
 * many centuries, past every year that the rest of the program writes. */
#define N_MOST INT64_C(100000000)

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

static int64_t
mul_saturating(int64_t a, int64_t b)
{
	int64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
	return product;
}

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
calendar_month_days(int64_t year, int month)
{
	static const int days[12] = { 31, 28, 31, 30, 31, 30,
		31, 31, 30, 31, 30, 31 };

	must(month >= 1 && month <= 12);
	return days[month - 1] + (month == 2 && is_leap(year));
}

bool
calendar_valid(struct calendar_date d)
{
	return d.month >= 1 && d.month <= 12 && d.day >= 1 &&
	    d.day <= calendar_month_days(d.year, d.month);
}

/* The year starts in March here, so that the leap day is its last; an era is
 * the 400 years = 146097 days after which everything repeats; 719468 days lie
 * between 0000-03-01 and 1970-01-01. */
int64_t
calendar_days(struct calendar_date d)
{
	int64_t year = d.year - (d.month <= 2);
	int64_t era = floor_div(year, 400);
	int64_t year_of_era = year - era * 400;
	int64_t month = d.month > 2 ? d.month - 3 : d.month + 9;
	int64_t day_of_year = (153 * month + 2) / 5 + d.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

struct calendar_date
calendar_date(int64_t days)
{
	int64_t shifted = days + 719468;
	int64_t era = floor_div(shifted, 146097);
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 +
	    day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era +
	    year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;	/* 0 is March */
	int64_t day = day_of_year - (153 * month + 2) / 5 + 1;

	return (struct calendar_date){
		.year = era * 400 + year_of_era + (month >= 10),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)day,
	};
}

/* The corresponding day `months` later (earlier if negative), or the last of
 * its month. */
static int64_t
add_months(int64_t days, int64_t months)
{
	struct calendar_date d = calendar_date(days);
	int64_t count = d.year * 12 + (d.month - 1) + months;
	int most;

	d.year = floor_div(count, 12);
	d.month = (int)(count - d.year * 12) + 1;
	most = calendar_month_days(d.year, d.month);
	if (d.day > most)
		d.day = most;
	return calendar_days(d);
}

/* A period on the calendar, reduced to one of two steps. */
struct step {
	int64_t months;
	int64_t days;
};

static struct step
step_of(struct period p)
{
	int64_t n = p.n > N_MOST ? N_MOST : p.n;

	switch (p.unit) {
	case PERIOD_HOURS:		/* whole days, rounded up: keep */
		return (struct step){ .days = (n + 23) / 24 };
	case PERIOD_DAYS:
		return (struct step){ .days = n };
	case PERIOD_WEEKS:
		return (struct step){ .days = n * 7 };
	case PERIOD_MONTHS:
		return (struct step){ .months = n };
	case PERIOD_YEARS:
		return (struct step){ .months = n * 12 };
	case PERIOD_N_UNITS:
		break;
	}
	err_bug(__FILE__, __LINE__, "no such unit");
}

static bool
is_calendar_unit(enum period_unit u)
{
	return u == PERIOD_MONTHS || u == PERIOD_YEARS;
}

static int64_t
fixed_ms(struct period p)
{
	int64_t each = p.unit == PERIOD_HOURS ? CALENDAR_DAY_MS / 24 :
	    p.unit == PERIOD_DAYS ? CALENDAR_DAY_MS : 7 * CALENDAR_DAY_MS;

	return mul_saturating(p.n, each);
}

/* Days so far out that day arithmetic could overflow stay where they are. */
static int64_t
clamp_days(int64_t days)
{
	const int64_t most = INT64_MAX / CALENDAR_DAY_MS;

	return days > most ? most : days < -most ? -most : days;
}

struct wall
calendar_before(struct period p, struct wall now)
{
	int64_t low = 1, high = 0;	/* now - low is due, now - high not */

	while (low < INT64_C(1) << 52 &&
	    calendar_add((struct wall){ now.ms - low }, p).ms > now.ms) {
		high = low;
		low *= 2;
	}
	while (low - high > 1) {
		int64_t mid = high + (low - high) / 2;

		if (calendar_add((struct wall){ now.ms - mid }, p).ms > now.ms)
			high = mid;
		else
			low = mid;
	}
	return (struct wall){ now.ms - low };
}

int64_t
calendar_add_days(int64_t days, struct period p)
{
	struct step s;

	if (p.n < 0)			/* no such period: never over */
		return INT64_MAX;
	s = step_of(p);
	days = clamp_days(days);
	return s.months != 0 ? add_months(days, s.months) : days + s.days;
}

struct wall
calendar_add(struct wall t, struct period p)
{
	int64_t days, part;

	if (p.n == 0)
		return t;
	if (p.n < 0)
		return (struct wall){ INT64_MAX };
	if (!is_calendar_unit(p.unit))
		return (struct wall){ add_saturating(t.ms, fixed_ms(p)) };
	days = floor_div(t.ms, CALENDAR_DAY_MS);
	part = t.ms - mul_saturating(clamp_days(days), CALENDAR_DAY_MS);
	if (part < 0 || part >= CALENDAR_DAY_MS)	/* the first day of all */
		part = 0;
	days = calendar_add_days(days, p);
	return (struct wall){ add_saturating(
	    mul_saturating(days, CALENDAR_DAY_MS), part) };
}

int64_t
calendar_due_day(struct period p, int64_t today)
{
	struct step s;
	int64_t d;

	if (p.n < 0)
		return INT64_MIN;
	s = step_of(p);
	today = clamp_days(today);
	if (s.months == 0)
		return today - s.days - 1;
	/* At most three days of a month fall together on the last of a shorter
	 * one, and a clamped step back is at most three days short. */
	for (d = add_months(today, -s.months) + 4; add_months(d, s.months) >=
	    today; d--)
		;
	return d;
}

/* [from, to] after the last range, joined to it where they touch. */
static void
add_range(struct calendar_due *due, int64_t from_ms, int64_t to_ms)
{
	if (due->n > 0 && due->range[due->n - 1].to_ms == from_ms - 1) {
		due->range[due->n - 1].to_ms = to_ms;
		return;
	}
	must(due->n < CALENDAR_RANGES);
	due->range[due->n].from_ms = from_ms;
	due->range[due->n].to_ms = to_ms;
	due->n++;
}

struct calendar_due
calendar_due(struct period p, struct wall now)
{
	struct calendar_due due = { .n = 0 };
	int64_t today, part, d;

	if (p.n < 0) {
		add_range(&due, INT64_MIN, INT64_MIN);
		return due;
	}
	if (p.n == 0 || !is_calendar_unit(p.unit)) {
		add_range(&due, INT64_MIN, p.n == 0 ? now.ms :
		    add_saturating(now.ms, -fixed_ms(p)));
		return due;
	}
	today = clamp_days(floor_div(now.ms, CALENDAR_DAY_MS));
	part = now.ms - today * CALENDAR_DAY_MS;
	if (part < 0 || part >= CALENDAR_DAY_MS)
		part = 0;
	d = calendar_due_day(p, today) + 1;
	add_range(&due, INT64_MIN, add_saturating(
	    mul_saturating(d, CALENDAR_DAY_MS), -1));
	for (; calendar_add_days(d, p) == today; d++)
		add_range(&due, d * CALENDAR_DAY_MS, d * CALENDAR_DAY_MS + part);
	return due;
}
