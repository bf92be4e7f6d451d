/*
 * linecivil - dates and times of day as they stand in log lines, and the
 * instants they stand for.  Pure; any bytes.
 *
 * When in doubt the later instant: what is missing of a time of day counts to
 * its end, a repeated or skipped local time is the later one, a missing year
 * is the latest one possible.
 */
#ifndef STORE_LOGS_LINECIVIL_H
#define STORE_LOGS_LINECIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"

struct zone;

/* Smaller numbers (before March 1973) are years, durations or counters, but no
 * seconds since 1970 that a log was written in. */
#define LINECIVIL_UNIX_LEAST INT64_C(100000000)

struct linecivil_text {		/* what is still to be read */
	const char *p, *end;
};

struct linecivil {
	int year;		/* -1: not given */
	int month, day;		/* 1.. */
	int hour, min, sec, ms;	/* -1: not given; sec up to 60 */
	bool has_offset;
	int offset_min;		/* east of UTC */
};

#define LINECIVIL_EMPTY ((struct linecivil){ -1, -1, -1, -1, -1, -1, -1, \
	false, 0 })

/* Each reads from t and moves it on; false: not there, and t is anywhere. */
bool linecivil_number(struct linecivil_text *t, int least, int most, int *ret);
bool linecivil_letter(struct linecivil_text *t, char c);
bool linecivil_month(struct linecivil_text *t, int *ret);	/* "Nov" */
bool linecivil_fraction(struct linecivil_text *t, int *ret_ms);
/* Z, +HH, +HHMM or +HH:MM, at most 15:59 */
bool linecivil_offset(struct linecivil_text *t, struct linecivil *c);

/*
 * YYYY-MM-DD, then perhaps T, t or spaces and HH:MM[:SS[.,FRACTION]] and,
 * perhaps after spaces, an offset, "UTC" or "GMT".  No letter or digit may
 * follow.  Behind spaces +HH alone is taken for a number.  What begins as an
 * offset and is none makes it unreadable.
 */
bool linecivil_iso(struct linecivil_text *t, struct linecivil *c);

/* DD/Mon/YYYY:HH:MM:SS +HHMM */
bool linecivil_clf(struct linecivil_text *t, struct linecivil *c);

/* Mon D HH:MM:SS, the day padded with a space or zero or not */
bool linecivil_bsd(struct linecivil_text *t, struct linecivil *c);

/*
 * The instant of c, in `z` (NULL: UTC) when it has no offset.  Without a year
 * the latest that is not later than `near` plus one day: a line is a little
 * younger than its file when a clock was set back, never a year older; if
 * `near` is before LINECIVIL_UNIX_LEAST there is none.
 * False: no such day or time.
 */
bool linecivil_instant(const struct linecivil *c, const struct zone *z,
    struct wall near, struct wall *ret);

#endif
