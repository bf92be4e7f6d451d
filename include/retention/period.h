/*
 * period - a length of time as policies state it, on the calendar.
 *
 * "N hours|days|weeks|months|years", N >= 1 (singular forms accepted).  All
 * calendar arithmetic is done on UTC's Gregorian calendar.  A month or year
 * later is the corresponding day, or the last day of the month where there is
 * none: 31 January + 1 month = 28 or 29 February, 29 February + 1 year =
 * 28 February; the time of day stays.
 */
#ifndef RETENTION_PERIOD_H
#define RETENTION_PERIOD_H

#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

enum period_unit { PERIOD_HOURS, PERIOD_DAYS, PERIOD_WEEKS, PERIOD_MONTHS,
	PERIOD_YEARS, PERIOD_N_UNITS };

struct period {
	int64_t n;		/* 0: no period (an absent grace); else >= 1 */
	enum period_unit unit;
};

#define PERIOD_TEXT_BYTES 40

/* On failure *ret_p is left alone; the text says what was expected. */
int period_parse(const char *text, struct period *ret_p, struct err *e);

/* "2 years", "1 day". */
void period_text(struct period p, char ret_text[PERIOD_TEXT_BYTES]);

/*
 * Durations for settings that are no calendar matter ("60 seconds",
 * "26 hours", "1 day"): ms, seconds, minutes, hours, days,
 * weeks; the result is in ms.
 */
int period_parse_ms(const char *text, int64_t *ret_ms, struct err *e);

#endif
