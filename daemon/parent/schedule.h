/*
 * schedule - when a store is looked at next.  Pure: numbers in, numbers out.
 */
#ifndef PARENT_SCHEDULE_H
#define PARENT_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/rule.h"

#define SCHEDULE_LEAST_MS 1000			/* between two looks */
#define SCHEDULE_MOST_BACKOFF_MS (60 * 60 * 1000)

/* How long to leave a store alone after so many failures in a row (>= 1):
 * one second, doubled each time, one hour at most. */
int64_t schedule_backoff_ms(unsigned failures);

/* The least time from the end of one look to the next, when the last took
 * cost_ms: looking never takes more than about a tenth of the time. */
int64_t schedule_spacing_ms(int64_t cost_ms);

/* The instant at or after `now` when window w is open; `now` inside it. */
struct wall schedule_window_opens(struct rule_window w, struct wall now);

/* The earlier of two instants, either of which may be absent (ms 0). */
struct wall schedule_earlier(struct wall a, struct wall b);

/* Milliseconds from `now` until `then`, at least the spacing. */
int64_t schedule_delay_ms(struct wall then, struct wall now, int64_t cost_ms);

#endif
