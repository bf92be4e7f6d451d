/* Proves when a store is looked at again: delays, spacing, windows. */
#include "parent/schedule.h"

#include "retention/calendar.h"

#include "tap.h"

#define HOUR INT64_C(3600000)

static void
test_backoff(void)
{
	static const struct { unsigned failures; int64_t ms; } cases[] = {
		{ 1, 1000 }, { 2, 2000 }, { 3, 4000 }, { 12, 2048000 },
		{ 13, HOUR }, { 14, HOUR }, { 4000000000U, HOUR },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(schedule_backoff_ms(cases[i].failures) == cases[i].ms,
		    "failure %u waits %lld ms", cases[i].failures,
		    (long long)cases[i].ms);
}

static void
test_spacing(void)
{
	ok(schedule_spacing_ms(0) == 1000, "a free look: one second apart");
	ok(schedule_spacing_ms(100) == 1000, "100 ms: still a second");
	ok(schedule_spacing_ms(101) == 1010, "101 ms: ten times the cost");
	ok(schedule_spacing_ms(INT64_MAX / 2) == HOUR, "an hour at most");
}

static struct wall
at(int hour, int minute)
{
	return (struct wall){ 20000 * CALENDAR_DAY_MS + hour * HOUR +
	    minute * INT64_C(60000) };
}

static void
test_window(void)
{
	struct rule_window night = { 22 * 60, 5 * 60 };
	struct rule_window early = { 60, 300 };
	struct rule_window always = { 0, 0 };
	struct wall t = at(3, 0);

	ok(schedule_window_opens(always, t).ms == t.ms, "always: now");
	ok(schedule_window_opens(early, t).ms == t.ms, "inside: now");
	ok(schedule_window_opens(early, at(0, 59)).ms == at(1, 0).ms,
	    "a minute before it opens: today");
	ok(schedule_window_opens(early, at(5, 0)).ms ==
	    at(1, 0).ms + CALENDAR_DAY_MS, "when it has closed: tomorrow");
	ok(schedule_window_opens(night, t).ms == t.ms,
	    "across midnight, after it: now");
	ok(schedule_window_opens(night, at(12, 0)).ms == at(22, 0).ms,
	    "across midnight, at noon: tonight");
}

static void
test_delay(void)
{
	struct wall now = at(12, 0), none = { 0 };

	ok(schedule_delay_ms((struct wall){ now.ms + 5000 }, now, 1) == 5000,
	    "five seconds ahead: five seconds");
	ok(schedule_delay_ms((struct wall){ now.ms + 1 }, now, 1) == 1000,
	    "a moment ahead: the spacing");
	ok(schedule_delay_ms((struct wall){ now.ms - HOUR }, now, 500) == 5000,
	    "past: the spacing, by cost");
	ok(schedule_delay_ms((struct wall){ INT64_MAX }, now, 1) == HOUR,
	    "never: an hour, without overflow");
	ok(schedule_earlier(none, now).ms == now.ms &&
	    schedule_earlier(now, none).ms == now.ms, "absent is no instant");
	ok(schedule_earlier(now, at(11, 0)).ms == at(11, 0).ms, "the earlier");
}

int
main(void)
{
	test_backoff();
	test_spacing();
	test_window();
	test_delay();
	return tap_done();
}
