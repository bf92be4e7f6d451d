/*
 * schedule - the arithmetic behind the timers of agenda.c.
 */
#include "schedule.h"

#include "retention/calendar.h"
#include "retention/judge.h"

#define MINUTE_MS INT64_C(60000)

int64_t
schedule_backoff_ms(unsigned failures)
{
	int64_t ms = SCHEDULE_LEAST_MS;

	while (failures > 1 && ms < SCHEDULE_MOST_BACKOFF_MS) {
		ms *= 2;
		failures--;
	}
	return ms < SCHEDULE_MOST_BACKOFF_MS ? ms : SCHEDULE_MOST_BACKOFF_MS;
}

int64_t
schedule_spacing_ms(int64_t cost_ms)
{
	if (cost_ms >= SCHEDULE_MOST_BACKOFF_MS / 10)
		return SCHEDULE_MOST_BACKOFF_MS;
	return cost_ms * 10 > SCHEDULE_LEAST_MS ? cost_ms * 10 :
	    SCHEDULE_LEAST_MS;
}

struct wall
schedule_window_opens(struct rule_window w, struct wall now)
{
	int64_t day = now.ms / CALENDAR_DAY_MS * CALENDAR_DAY_MS;
	struct wall opens = { day + w.from_min * MINUTE_MS };

	if (judge_in_window(w, now))
		return now;
	if (opens.ms < now.ms)
		opens.ms += CALENDAR_DAY_MS;
	return opens;
}

struct wall
schedule_earlier(struct wall a, struct wall b)
{
	if (a.ms == 0 || (b.ms != 0 && b.ms < a.ms))
		return b;
	return a;
}

int64_t
schedule_delay_ms(struct wall then, struct wall now, int64_t cost_ms)
{
	int64_t least = schedule_spacing_ms(cost_ms);

	/* Far apart enough for the difference to overflow: never mind when. */
	if (then.ms > now.ms && then.ms - SCHEDULE_MOST_BACKOFF_MS > now.ms)
		return SCHEDULE_MOST_BACKOFF_MS > least ?
		    SCHEDULE_MOST_BACKOFF_MS : least;
	return then.ms - now.ms > least ? then.ms - now.ms : least;
}
