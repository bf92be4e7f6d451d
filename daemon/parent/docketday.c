#include "docketday.h"

#include "retention/calendar.h"

struct wall
docketday_end(struct wall t)
{
	int64_t day = t.ms / CALENDAR_DAY_MS - (t.ms % CALENDAR_DAY_MS < 0);

	return (struct wall){ (day + 1) * CALENDAR_DAY_MS - 1 };
}

struct wall
docketday_month(struct wall received)
{
	static const struct period month = { 1, PERIOD_MONTHS };

	return docketday_end(calendar_add(received, month));
}

bool
docketday_near(struct wall due, struct wall now)
{
	return !docketday_over(due, now) &&
	    due.ms - now.ms < DOCKETDAY_NEAR * CALENDAR_DAY_MS;
}

bool
docketday_over(struct wall due, struct wall now)
{
	return now.ms > due.ms;
}
