/* calendar: agrees with counting day by day, for every day of 1970-2100 and
 * many periods; the due ranges are exact to the millisecond. */
#include <stdlib.h>
#include <string.h>

#include "retention/calendar.h"

#include "tap.h"

#define DAY CALENDAR_DAY_MS
/* The oracle's days: 1600-03-01 .. 2499-12-31, one after the other. */
#define LEAST_YEAR 1600
#define MOST_YEAR 2499
#define N_DAYS ((MOST_YEAR - LEAST_YEAR + 1) * 366)

static struct { int y, m, d; } day_of[N_DAYS];
static int index_of[MOST_YEAR - LEAST_YEAR + 1][13][32];
static int n_days, epoch;

static int
naive_month_days(int y, int m)
{
	if (m == 2) {
		if (y % 400 == 0)
			return 29;
		if (y % 100 == 0)
			return 28;
		return y % 4 == 0 ? 29 : 28;
	}
	return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

static void
count_days(void)
{
	for (int y = LEAST_YEAR; y <= MOST_YEAR; y++)
		for (int m = 1; m <= 12; m++)
			for (int d = 1; d <= naive_month_days(y, m); d++) {
				if (y == 1970 && m == 1 && d == 1)
					epoch = n_days;
				index_of[y - LEAST_YEAR][m][d] = n_days;
				day_of[n_days].y = y;
				day_of[n_days].m = m;
				day_of[n_days++].d = d;
			}
}

static int moved[N_DAYS];	/* what the period in hand does to each day */

/* Month by month, day by day; -1 past the oracle's end. */
static int
naive_move(int i, struct period p)
{
	int y = day_of[i].y, m = day_of[i].m, d = day_of[i].d;
	int64_t months = p.unit == PERIOD_MONTHS ? p.n :
	    p.unit == PERIOD_YEARS ? 12 * p.n : 0;

	if (p.unit == PERIOD_DAYS)
		return i + (int)p.n;
	if (p.unit == PERIOD_WEEKS)
		return i + 7 * (int)p.n;
	if (p.unit == PERIOD_HOURS)
		return i + (int)p.n / 24 + (p.n % 24 != 0);
	for (; months >= 12; months -= 12)
		y++;
	for (; months > 0; months--) {
		if (++m == 13) {
			m = 1;
			y++;
		}
	}
	if (y > MOST_YEAR)
		return -1;
	while (d > naive_month_days(y, m))
		d--;
	return index_of[y - LEAST_YEAR][m][d];
}

static const struct period periods[] = {
	{ 1, PERIOD_HOURS }, { 24, PERIOD_HOURS }, { 36, PERIOD_HOURS },
	{ 1, PERIOD_DAYS }, { 28, PERIOD_DAYS }, { 120, PERIOD_DAYS },
	{ 365, PERIOD_DAYS }, { 1, PERIOD_WEEKS }, { 6, PERIOD_WEEKS },
	{ 1, PERIOD_MONTHS }, { 2, PERIOD_MONTHS }, { 3, PERIOD_MONTHS },
	{ 6, PERIOD_MONTHS }, { 11, PERIOD_MONTHS }, { 12, PERIOD_MONTHS },
	{ 13, PERIOD_MONTHS }, { 120, PERIOD_MONTHS }, { 1, PERIOD_YEARS },
	{ 2, PERIOD_YEARS }, { 3, PERIOD_YEARS }, { 4, PERIOD_YEARS },
	{ 7, PERIOD_YEARS }, { 100, PERIOD_YEARS },
};
#define N_PERIODS (sizeof(periods) / sizeof(periods[0]))

static void
test_days(void)
{
	int wrong = 0;

	for (int i = 0; i < n_days; i++) {
		struct calendar_date d = { day_of[i].y, day_of[i].m, day_of[i].d };
		struct calendar_date back = calendar_date(i - epoch);

		if (calendar_days(d) != i - epoch || back.year != d.year ||
		    back.month != d.month || back.day != d.day ||
		    !calendar_valid(d))
			wrong++;
	}
	ok(wrong == 0, "%d days there and back, %d wrong", n_days, wrong);
	wrong = 0;
	for (int y = LEAST_YEAR; y <= MOST_YEAR; y++)
		for (int m = 1; m <= 12; m++)
			wrong += calendar_valid((struct calendar_date){ y, m,
			    naive_month_days(y, m) + 1 });
	ok(wrong == 0, "no month has one day more");
	ok(!calendar_valid((struct calendar_date){ 2024, 13, 1 }) &&
	    !calendar_valid((struct calendar_date){ 2024, 0, 1 }) &&
	    !calendar_valid((struct calendar_date){ 2024, 1, 0 }),
	    "no month 13 or 0, no day 0");
}

static struct wall
at_ms(int i, int64_t part, struct period p)
{
	if (p.unit == PERIOD_HOURS)
		return (struct wall){ (i - epoch) * DAY + part + p.n * 3600000 };
	return (struct wall){ (moved[i] - epoch) * DAY + part };
}

static bool
in_ranges(const struct calendar_due *due, int64_t ms)
{
	for (size_t i = 0; i < due->n; i++)
		if (due->range[i].from_ms <= ms && ms <= due->range[i].to_ms)
			return true;
	return false;
}

static bool
ranges_ascend(const struct calendar_due *due)
{
	if (due->n < 1 || due->n > CALENDAR_RANGES ||
	    due->range[0].from_ms != INT64_MIN)
		return false;
	for (size_t i = 0; i < due->n; i++)
		if (due->range[i].from_ms > due->range[i].to_ms || (i > 0 &&
		    due->range[i].from_ms <= due->range[i - 1].to_ms + 1))
			return false;
	return true;
}

/* Each instant around midnight and the time of day, on the days around the
 * one that corresponds, is in a range if and only if it is due. */
static int
wrong_around(int now_day, int64_t part, struct period p)
{
	struct wall now = { (now_day - epoch) * DAY + part };
	struct calendar_due due = calendar_due(p, now);
	int64_t last = calendar_due_day(p, now_day - epoch);
	int wrong = !ranges_ascend(&due);
	int64_t at[] = { 0, 1, part - 1, part, part + 1, DAY - 1 };

	for (int i = (int)last + epoch - 3; i <= last + epoch + 6; i++)
		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
			int64_t t = (i - epoch) * DAY + at[k];

			if (at[k] < 0 || at[k] >= DAY)
				continue;
			wrong += in_ranges(&due, t) !=
			    (at_ms(i, at[k], p).ms <= now.ms);
		}
	return wrong;
}

static void
test_period(struct period p)
{
	static const int64_t parts[] = { 0, 1, 43200000, DAY - 1 };
	int from = index_of[1970 - LEAST_YEAR][1][1];
	int to = index_of[2100 - LEAST_YEAR][12][31];
	int wrong_add = 0, wrong_due = 0, wrong_day = 0;

	for (int i = 0; i < n_days; i++)
		moved[i] = naive_move(i, p);
	for (int i = from; i <= to; i++) {
		int64_t last = calendar_due_day(p, i - epoch);

		if (calendar_add_days(i - epoch, p) != moved[i] - epoch)
			wrong_add++;
		if (moved[last + epoch] >= i ||
		    moved[last + epoch + 1] < i)
			wrong_day++;
		for (int k = 0; k < 4; k++) {
			struct wall t = { (i - epoch) * DAY + parts[k] };

			wrong_add += calendar_add(t, p).ms !=
			    at_ms(i, parts[k], p).ms;
		}
		wrong_due += wrong_around(i, parts[i % 4], p);
		if (day_of[i].d >= 27 || day_of[i].d == 1)
			for (int k = 0; k < 4; k++)
				wrong_due += wrong_around(i, parts[k], p);
	}
	ok(wrong_add == 0 && wrong_due == 0 && wrong_day == 0,
	    "%d x unit %d: %d days, wrong: add %d, ranges %d, last day %d",
	    (int)p.n, (int)p.unit, to - from + 1, wrong_add, wrong_due, wrong_day);
}

static int64_t
day(int y, int m, int d)
{
	return calendar_days((struct calendar_date){ y, m, d });
}

static void
test_examples(void)
{
	const struct period month = { 1, PERIOD_MONTHS }, year = { 1, PERIOD_YEARS };
	struct calendar_due due;

	ok(day(1970, 1, 1) == 0 && day(2000, 3, 1) == 11017 &&
	    day(1969, 12, 31) == -1, "known days");
	ok(calendar_add_days(day(2023, 1, 31), month) == day(2023, 2, 28) &&
	    calendar_add_days(day(2024, 1, 31), month) == day(2024, 2, 29),
	    "31 January + 1 month");
	ok(calendar_add_days(day(2024, 2, 29), year) == day(2025, 2, 28),
	    "29 February + 1 year");
	due = calendar_due(month, (struct wall){ day(2023, 2, 28) * DAY + 100 });
	ok(due.n == 4 && due.range[0].to_ms == day(2023, 1, 28) * DAY + 100 &&
	    due.range[3].from_ms == day(2023, 1, 31) * DAY &&
	    due.range[3].to_ms == day(2023, 1, 31) * DAY + 100,
	    "28..31 January are due by their own time of day");
	due = calendar_due(month, (struct wall){ day(2023, 2, 28) * DAY + DAY - 1 });
	ok(due.n == 1 && due.range[0].to_ms == day(2023, 2, 1) * DAY - 1,
	    "at the last millisecond they are one range");
}

static void
test_edges(void)
{
	const struct period none = { 0, PERIOD_DAYS };
	const struct period bad = { -1, PERIOD_DAYS };
	const struct period huge = { INT64_MAX, PERIOD_YEARS };
	const struct wall ends[] = { { INT64_MIN }, { INT64_MAX }, { 0 } };
	int wrong = 0;

	ok(calendar_add((struct wall){ 5 }, none).ms == 5 &&
	    calendar_due(none, (struct wall){ 5 }).range[0].to_ms == 5 &&
	    calendar_due_day(none, 5) == 4, "no period: the time itself");
	ok(calendar_add((struct wall){ 5 }, bad).ms == INT64_MAX &&
	    calendar_add_days(5, bad) == INT64_MAX && calendar_due_day(bad, 5)
	    == INT64_MIN && calendar_due(bad, (struct wall){ 5 }).range[0].to_ms
	    == INT64_MIN, "a negative period is never over");
	for (size_t i = 0; i < 3; i++) {
		struct period p = huge;

		for (int u = 0; u < PERIOD_N_UNITS; u++) {
			struct calendar_due due;

			p.unit = (enum period_unit)u;
			due = calendar_due(p, ends[i]);
			wrong += calendar_add(ends[i], p).ms < ends[i].ms;
			wrong += due.n < 1 || due.range[0].from_ms != INT64_MIN;
			wrong += due.range[due.n - 1].to_ms > ends[i].ms;
		}
	}
	ok(wrong == 0, "the ends of time saturate");
}

int
main(void)
{
	count_days();
	test_days();
	test_examples();
	for (size_t i = 0; i < N_PERIODS; i++)
		test_period(periods[i]);
	test_edges();
	return tap_done();
}
