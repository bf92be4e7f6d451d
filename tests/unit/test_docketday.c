/* docketday: the last day to answer, the second before and the second after. */
#include "parent/docketday.h"
#include "retention/calendar.h"

#include "tap.h"

static struct wall
at(int64_t year, int month, int day, int64_t ms)
{
	struct calendar_date d = { year, month, day };

	return (struct wall){ calendar_days(d) * CALENDAR_DAY_MS + ms };
}

int
main(void)
{
	static const struct { int y, m, d, to_y, to_m, to_d; } months[] = {
		{ 2026, 11, 23, 2026, 12, 23 }, { 2026, 12, 31, 2027, 1, 31 },
		{ 2027, 1, 31, 2027, 2, 28 }, { 2028, 1, 30, 2028, 2, 29 },
		{ 2027, 2, 28, 2027, 3, 28 }, { 1969, 12, 31, 1970, 1, 31 },
	};
	struct wall due = at(2026, 12, 23, CALENDAR_DAY_MS - 1);

	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++)
		for (int k = 0; k < 2; k++) {
			struct wall from = at(months[i].y, months[i].m,
			    months[i].d, k * (CALENDAR_DAY_MS - 1));
			struct wall want = at(months[i].to_y, months[i].to_m,
			    months[i].to_d, CALENDAR_DAY_MS - 1);

			ok(docketday_month(from).ms == want.ms,
			    "%d-%02d-%02d, %s of the day", months[i].y,
			    months[i].m, months[i].d, k ? "end" : "beginning");
		}
	ok(docketday_end((struct wall){ -1 }).ms == -1 &&
	    docketday_end((struct wall){ 0 }).ms == CALENDAR_DAY_MS - 1,
	    "the end of a day, before 1970 as well");
	ok(!docketday_over(due, due) &&
	    docketday_over(due, (struct wall){ due.ms + 1 }),
	    "overdue when the day has ended, not before");
	ok(docketday_near(due, due) &&
	    !docketday_near(due, (struct wall){ due.ms + 1 }),
	    "near until then, and overdue instead of near after it");
	ok(!docketday_near(due, at(2026, 12, 16, CALENDAR_DAY_MS - 1)) &&
	    docketday_near(due, at(2026, 12, 17, 0)),
	    "near from seven days before its end");
	return tap_done();
}
