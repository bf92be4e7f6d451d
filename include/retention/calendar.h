/*
 * calendar - Gregorian days and what a period does to them.  Pure.
 *
 * Days are counted from 1970-01-01 = 0.  The conversion follows the era
 * method of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
#ifndef RETENTION_CALENDAR_H
#define RETENTION_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/period.h"

#define CALENDAR_DAY_MS INT64_C(86400000)

struct calendar_date {
	int64_t year;
	int month;		/* 1..12 */
	int day;		/* 1..31 */
};

int64_t calendar_days(struct calendar_date d);
struct calendar_date calendar_date(int64_t days);
bool calendar_valid(struct calendar_date d);
int calendar_month_days(int64_t year, int month);

/* t + p; n == 0 gives t.  Saturates far outside the years 0..9999. */
struct wall calendar_add(struct wall t, struct period p);
/* The last instant t with t + p <= now. */
struct wall calendar_before(struct period p, struct wall now);
int64_t calendar_add_days(int64_t days, struct period p);

/*
 * The instants t with t + p <= now, exactly, as ascending disjoint closed
 * ranges of milliseconds.  The first starts at INT64_MIN.  There is more than
 * one only where days of different months end on one day (28..31 January + 1
 * month = 28 February): such days are due by their own time of day.
 */
#define CALENDAR_RANGES 5
struct calendar_due {
	size_t n;		/* 1..CALENDAR_RANGES */
	struct { int64_t from_ms, to_ms; } range[CALENDAR_RANGES];
};
struct calendar_due calendar_due(struct period p, struct wall now);

/* The last day d with d + p < `today` (its corresponding day has ended). */
int64_t calendar_due_day(struct period p, int64_t today);

#endif
