#include "retention/judge.h"

#include <math.h>

#include "retention/calendar.h"
#include "retention/err.h"
#include "retention/timetext.h"

#define MINUTE_MS INT64_C(60000)
/* 0 is "not set"; and seconds taken for milliseconds or microseconds would all
 * be of early 1970.  None of them is a time. */
#define LEAST_UNIX_MS INT64_C(1000)
#define LEAST_COUNT_MS INT64_C(10000000000)	/* 26 April 1970 */
#define JULIAN_EPOCH_MS INT64_C(210866760000000)	/* 2440587.5 days */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Half milliseconds count as whole: later is safer. */
static int64_t
ms_from_real(double ms)
{
	return ms >= 9e18 ? INT64_MAX : (int64_t)ceil(ms);
}

static int64_t
ms_from_int(int64_t i, int64_t ms_each, int64_t per_ms)
{
	int64_t ms;

	if (__builtin_mul_overflow(i, ms_each, &ms))
		return INT64_MAX;
	return ms / per_ms + (ms % per_ms > 0);
}

/* A count of seconds, milliseconds or microseconds since 1970. */
static int
from_unix(enum rule_clock clock, const struct judge_value *v, int64_t *ret_ms)
{
	int64_t ms_each = clock == RULE_UNIX ? 1000 : 1;
	int64_t per_ms = clock == RULE_UNIX_US ? 1000 : 1;

	if (v->type == RULE_T_INT && v->i >= 0) {
		*ret_ms = ms_from_int(v->i, ms_each, per_ms);
		return 0;
	}
	if (v->type == RULE_T_REAL && isfinite(v->r) && v->r >= 0) {
		*ret_ms = ms_from_real(v->r * (double)ms_each / (double)per_ms);
		return 0;
	}
	return -1;
}

/* As SQLite reads a Julian day number: rounded to the millisecond. */
static int
from_julian(const struct judge_value *v, int64_t *ret_ms)
{
	double r;

	if (v->type == RULE_T_INT)
		r = (double)v->i;
	else if (v->type == RULE_T_REAL && isfinite(v->r))
		r = v->r;
	else
		return -1;
	if (r < 0)
		return -1;
	*ret_ms = r > 1e11 ? INT64_MAX :
	    (int64_t)(r * 86400000.0 + 0.5) - JULIAN_EPOCH_MS;
	return 0;
}

int
judge_instant(enum rule_clock clock, const struct zone *z,
    const struct judge_value *v, struct wall *ret_t)
{
	struct wall t = { -1 };
	int64_t days;
	int rc = -1;

	switch (clock) {
	case RULE_UNIX:
	case RULE_UNIX_MS:
	case RULE_UNIX_US:
		rc = from_unix(clock, v, &t.ms);
		if (t.ms < (clock == RULE_UNIX ? LEAST_UNIX_MS :
		    LEAST_COUNT_MS))
			rc = -1;
		break;
	case RULE_ISO8601:
		if (v->type == RULE_T_TEXT)
			rc = timetext_iso8601(v->text, v->n_text, z, &t);
		break;
	case RULE_DATE:
		if (v->type == RULE_T_TEXT)
			rc = timetext_day(v->text, v->n_text, &days);
		if (rc == 0)
			t.ms = days < 0 ? -1 : timetext_from_local(z,
			    (days + 1) * CALENDAR_DAY_MS).ms - 1;
		break;
	case RULE_JULIAN:
		rc = from_julian(v, &t.ms);
		break;
	case RULE_N_CLOCKS:
		err_bug(__FILE__, __LINE__, "no such clock");
	}
	if (rc == -1 || t.ms <= 0)
		return -1;
	*ret_t = t;
	return 0;
}

/* Dates go day by day on the zone's calendar, all else by the instant. */
static int
due_of_value(const struct rule_timing *timing, const struct zone *z,
    const struct judge_value *v, struct wall *ret_due)
{
	struct period p = timing->keep == RULE_PERIOD ? timing->period :
	    timing->grace;
	struct wall t;
	int64_t days;

	if (judge_instant(timing->clock, z, v, &t) == -1)
		return -1;
	if (timing->clock != RULE_DATE) {
		*ret_due = calendar_add(t, p);
		return 0;
	}
	must(timetext_day(v->text, v->n_text, &days) == 0);
	if (p.n < 0)
		return -1;
	ret_due->ms = timetext_from_local(z,
	    (calendar_add_days(days, p) + 1) * CALENDAR_DAY_MS).ms;
	return 0;
}

int
judge_due_at(const struct rule_timing *timing, const struct zone *z,
    const struct judge_value *v, struct wall *ret_due)
{
	switch (timing->keep) {
	case RULE_PERIOD:
	case RULE_UNTIL:
		return v == NULL ? -1 : due_of_value(timing, z, v, ret_due);
	case RULE_UNTIL_EVENT:
		if (!timing->fired)
			return -1;
		*ret_due = calendar_add(timing->fired_at, timing->grace);
		return 0;
	case RULE_UNTIL_DATE:
		ret_due->ms = (timing->until_day + 1) * CALENDAR_DAY_MS;
		return 0;
	case RULE_INDEFINITELY:
	case RULE_N_KEEPS:
		break;
	}
	return -1;
}

enum judge_verdict
judge_value(const struct rule_timing *timing, const struct zone *z,
    const struct judge_value *v, struct wall now)
{
	bool by_value = timing->keep == RULE_PERIOD ||
	    timing->keep == RULE_UNTIL;
	struct wall due, t;

	if (by_value && (v == NULL || v->type == RULE_T_NULL))
		return timing->keep == RULE_UNTIL ? JUDGE_KEPT : JUDGE_UNDATED;
	if (by_value && judge_instant(timing->clock, z, v, &t) == -1)
		return JUDGE_UNDATED;
	if (by_value && (now.ms < INT64_MIN + CALENDAR_DAY_MS ||
	    t.ms - CALENDAR_DAY_MS > now.ms))
		return JUDGE_FUTURE;
	if (judge_due_at(timing, z, v, &due) == -1)
		return JUDGE_KEPT;
	return due.ms <= now.ms ? JUDGE_DUE : JUDGE_KEPT;
}

bool
judge_in_window(struct rule_window w, struct wall now)
{
	int64_t ms = now.ms - floor_div(now.ms, CALENDAR_DAY_MS) *
	    CALENDAR_DAY_MS;
	int64_t minute = ms / MINUTE_MS;

	if (w.from_min == w.to_min)
		return true;
	if (w.from_min < w.to_min)
		return minute >= w.from_min && minute < w.to_min;
	return minute >= w.from_min || minute < w.to_min;
}
