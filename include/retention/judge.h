/*
 * judge - one value, one rule, one instant: what is to be done.  Pure.
 *
 * The SQL predicates of store/sqlite say the same set-wise; tests compare
 * them value by value.
 */
#ifndef RETENTION_JUDGE_H
#define RETENTION_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/rule.h"

struct zone;

enum judge_verdict { JUDGE_KEPT, JUDGE_DUE, JUDGE_UNDATED, JUDGE_FUTURE };

struct judge_value {		/* a column's value */
	enum rule_type type;
	int64_t i;
	double r;
	const char *text;	/* n_text bytes, not necessarily terminated */
	size_t n_text;
};

/*
 * The instant a value stands for.  For RULE_DATE the last millisecond of the
 * day (in `z`).  -1: NULL, unreadable, before 1970, or the zero of 1970 that
 * stands for "not set"; of unix-ms and unix-us all before
 * 1970-04-26T17:46:40Z (10^10 ms), where a count of seconds would fall.
 * unix, unix-ms, unix-us take integers and finite reals, julian both as well,
 * iso8601 and date text only.
 */
int judge_instant(enum rule_clock clock, const struct zone *z,
    const struct judge_value *v, struct wall *ret_t);

/*
 * The verdict at `now`.  NULL in an `until` column is KEPT (nothing happened
 * yet); NULL in a `from` column is UNDATED.  Times after now + 1 day: FUTURE.
 * RULE_UNTIL_EVENT, RULE_UNTIL_DATE and RULE_INDEFINITELY ignore v (may be
 * NULL).
 */
enum judge_verdict judge_value(const struct rule_timing *timing,
    const struct zone *z, const struct judge_value *v, struct wall now);

/* When a readable value falls due; for event and date rules v is ignored.
 * -1: never (indefinitely, event not declared, unreadable). */
int judge_due_at(const struct rule_timing *timing, const struct zone *z,
    const struct judge_value *v, struct wall *ret_due);

/* May a pass act at `now`?  Windows may cross midnight ("22:00-05:00"). */
bool judge_in_window(struct rule_window w, struct wall now);

#endif
