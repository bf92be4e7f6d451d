/* judge: kept a second early, due on the second; what cannot be dated is
 * never due. */
#include <math.h>
#include <string.h>

#include "retention/calendar.h"
#include "retention/judge.h"
#include "retention/timetext.h"

#include "tap.h"

#define NOW INT64_C(1782907200000)	/* 2026-07-01T12:00:00Z */
#define DAY CALENDAR_DAY_MS

static struct judge_value
of_int(int64_t i)
{
	return (struct judge_value){ .type = RULE_T_INT, .i = i };
}

static struct judge_value
of_real(double r)
{
	return (struct judge_value){ .type = RULE_T_REAL, .r = r };
}

static struct judge_value
of_text(const char *text)
{
	return (struct judge_value){ .type = RULE_T_TEXT, .text = text,
		.n_text = strlen(text) };
}

static const struct judge_value null_value = { .type = RULE_T_NULL };

static struct rule_timing
two_years(enum rule_clock clock)
{
	return (struct rule_timing){ .keep = RULE_PERIOD,
		.period = { 2, PERIOD_YEARS }, .clock = clock };
}

/* KEPT at the millisecond before `due_ms`, DUE at it and after. */
static void
edge(const struct rule_timing *timing, const struct zone *z,
    const struct judge_value *v, int64_t due_ms, const char *what)
{
	struct wall at = { -1 };

	ok(judge_value(timing, z, v, (struct wall){ due_ms - 1000 }) == JUDGE_KEPT &&
	    judge_value(timing, z, v, (struct wall){ due_ms - 1 }) == JUDGE_KEPT,
	    "%s: kept a second and a millisecond early", what);
	ok(judge_value(timing, z, v, (struct wall){ due_ms }) == JUDGE_DUE &&
	    judge_value(timing, z, v, (struct wall){ due_ms + 1000 }) == JUDGE_DUE,
	    "%s: due on time and after", what);
	ok(judge_due_at(timing, z, v, &at) == 0 && at.ms == due_ms,
	    "%s: due at %lld", what, (long long)at.ms);
}

static void
test_clocks(void)
{
	/* 2024-07-01T12:00:00Z = 1719835200 */
	const struct judge_value v[RULE_N_CLOCKS] = {
		[RULE_UNIX] = of_int(1719835200),
		[RULE_UNIX_MS] = of_int(INT64_C(1719835200000)),
		[RULE_UNIX_US] = of_int(INT64_C(1719835200000000)),
		[RULE_ISO8601] = of_text("2024-07-01T13:00:00+01:00"),
		[RULE_DATE] = of_text("2024-07-01"),
		[RULE_JULIAN] = of_real(2460493.0),
	};

	for (int c = 0; c < RULE_N_CLOCKS; c++) {
		struct rule_timing t = two_years((enum rule_clock)c);

		edge(&t, NULL, &v[c], c == RULE_DATE ? NOW + DAY / 2 : NOW,
		    rule_clock_name((enum rule_clock)c));
		t.keep = RULE_UNTIL;
		edge(&t, NULL, &v[c], c == RULE_DATE ? INT64_C(1719878400000) :
		    INT64_C(1719835200000), "until");
		t.grace = (struct period){ 2, PERIOD_YEARS };
		edge(&t, NULL, &v[c], c == RULE_DATE ? NOW + DAY / 2 : NOW,
		    "until with grace");
	}
}

static void
test_reals(void)
{
	struct rule_timing t = two_years(RULE_UNIX);
	struct judge_value v = of_real(1719835200.0);

	edge(&t, NULL, &v, NOW, "unix, real");
	v = of_real(1719835200.25);
	edge(&t, NULL, &v, NOW + 250, "unix, a fraction");
	t.clock = RULE_UNIX_MS;
	v = of_real(1719835200000.5);
	edge(&t, NULL, &v, NOW + 1, "half a millisecond counts as whole");
	t.clock = RULE_UNIX_US;
	v = of_int(INT64_C(1719835200000001));
	edge(&t, NULL, &v, NOW + 1, "a microsecond counts as a millisecond");
	t.clock = RULE_JULIAN;
	v = of_int(2460493);
	edge(&t, NULL, &v, NOW, "julian, integer");
}

static void
test_undated(void)
{
	static const char *const texts[] = { "", "0", "2024-02-30",
		"1719835200", "01/07/2024", "1969-12-31T23:59:59Z", "never" };
	const struct judge_value bad[] = { of_int(-1), of_int(INT64_MIN),
		of_real(-0.5), of_real((double)NAN), of_real((double)INFINITY),
		of_real(-(double)INFINITY), of_text("1719835200"), of_text("") };
	struct wall now = { NOW }, at = { 5 };

	for (int c = 0; c < RULE_N_CLOCKS; c++) {
		struct rule_timing t = two_years((enum rule_clock)c);
		int wrong = 0;

		wrong += judge_value(&t, NULL, &null_value, now) != JUDGE_UNDATED;
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			wrong += judge_value(&t, NULL, &bad[i], now) != JUDGE_UNDATED;
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			struct judge_value v = of_text(texts[i]);

			wrong += judge_value(&t, NULL, &v, now) != JUDGE_UNDATED;
			wrong += judge_due_at(&t, NULL, &v, &at) != -1;
		}
		t.keep = RULE_UNTIL;
		wrong += judge_value(&t, NULL, &null_value, now) != JUDGE_KEPT;
		wrong += judge_value(&t, NULL, &bad[0], now) != JUDGE_UNDATED;
		ok(wrong == 0 && at.ms == 5, "%s: undated",
		    rule_clock_name((enum rule_clock)c));
	}
	{
		struct rule_timing t = two_years(RULE_JULIAN);
		struct judge_value v = of_real(2440587.5), w = of_real(2440587.50001);

		ok(judge_value(&t, NULL, &v, now) == JUDGE_UNDATED &&
		    judge_value(&t, NULL, &w, now) == JUDGE_DUE, "julian 1970");
	}
	for (int c = RULE_UNIX; c <= RULE_UNIX_US; c++) {
		static const int64_t least[] = { 1, INT64_C(10000000000),
			INT64_C(10000000000000) };
		struct rule_timing t = two_years((enum rule_clock)c);
		struct judge_value zero = of_int(0), tiny = of_real(0.5),
		    v = of_int(least[c] - (c == RULE_UNIX_US ? 1000 : 1)),
		    w = of_int(least[c]), r = of_real((double)least[c]);

		ok(judge_value(&t, NULL, &zero, now) == JUDGE_UNDATED &&
		    judge_value(&t, NULL, &tiny, now) == JUDGE_UNDATED &&
		    judge_value(&t, NULL, &v, now) == JUDGE_UNDATED &&
		    judge_value(&t, NULL, &w, now) == JUDGE_DUE &&
		    judge_value(&t, NULL, &r, now) == JUDGE_DUE, "%s: zero and "
		    "counts of another unit are no times",
		    rule_clock_name((enum rule_clock)c));
	}
	{
		struct rule_timing t = two_years(RULE_DATE);
		struct judge_value v = of_text("1970-01-01");
		struct judge_value w = of_text("1969-12-31");

		ok(judge_value(&t, NULL, &v, now) == JUDGE_DUE &&
		    judge_value(&t, NULL, &w, now) == JUDGE_UNDATED, "date 1970");
	}
}

static void
test_future(void)
{
	struct rule_timing t = two_years(RULE_UNIX_MS);
	struct judge_value v = of_int(NOW + DAY), w = of_int(NOW + DAY + 1);
	struct judge_value most = of_int(INT64_MAX), real = of_real(1e300);
	struct wall now = { NOW };

	ok(judge_value(&t, NULL, &v, now) == JUDGE_KEPT, "a day ahead is kept");
	ok(judge_value(&t, NULL, &w, now) == JUDGE_FUTURE, "more is the future");
	t.keep = RULE_UNTIL;
	ok(judge_value(&t, NULL, &v, now) == JUDGE_KEPT &&
	    judge_value(&t, NULL, &w, now) == JUDGE_FUTURE, "until, as well");
	for (int c = 0; c < RULE_N_CLOCKS; c++) {
		if (c == RULE_ISO8601 || c == RULE_DATE)
			continue;
		t.clock = (enum rule_clock)c;
		ok(judge_value(&t, NULL, &most, now) ==
		    JUDGE_FUTURE &&
		    judge_value(&t, NULL, &real, now) == JUDGE_FUTURE,
		    "%s: enormous numbers", rule_clock_name((enum rule_clock)c));
	}
	t.clock = RULE_DATE;
	v = of_text("2026-07-01");
	w = of_text("2026-07-03");
	ok(judge_value(&t, NULL, &v, now) == JUDGE_KEPT &&
	    judge_value(&t, NULL, &w, now) == JUDGE_FUTURE, "date");
}

static void
test_other_forms(void)
{
	struct rule_timing t = { .keep = RULE_UNTIL_EVENT };
	struct wall at = { 5 }, now = { NOW };

	ok(judge_value(&t, NULL, NULL, now) == JUDGE_KEPT &&
	    judge_due_at(&t, NULL, NULL, &at) == -1, "event not declared");
	t.fired = true;
	t.fired_at.ms = NOW;
	edge(&t, NULL, NULL, NOW, "event");
	t.grace = (struct period){ 1, PERIOD_MONTHS };
	edge(&t, NULL, NULL, NOW + 31 * DAY, "event with grace");
	t = (struct rule_timing){ .keep = RULE_UNTIL_DATE, .until_day = 20543 };
	edge(&t, NULL, NULL, INT64_C(20544) * DAY, "until the end of 2026-03-31");
	t = (struct rule_timing){ .keep = RULE_INDEFINITELY };
	ok(judge_value(&t, NULL, NULL, (struct wall){ INT64_MAX }) == JUDGE_KEPT &&
	    judge_due_at(&t, NULL, NULL, &at) == -1, "indefinitely");
	t = two_years(RULE_UNIX);
	ok(judge_value(&t, NULL, NULL, now) == JUDGE_UNDATED &&
	    judge_due_at(&t, NULL, NULL, &at) == -1, "a value is needed");
}

/* London: midnight of 1 July 2026 is 23:00Z of 30 June. */
static void
test_zone(void)
{
	struct rule_timing t = two_years(RULE_DATE);
	struct judge_value v = of_text("2024-06-29");
	struct zone *z = NULL;
	struct err e;

	ok(timetext_zone("Europe/London", &z, &e) == 0, "London");
	edge(&t, z, &v, INT64_C(1782774000000), "a date in London's summer");
	v = of_text("2023-12-31");
	edge(&t, z, &v, INT64_C(1767225600000), "a date in London's winter");
	t.period = (struct period){ 1, PERIOD_DAYS };
	v = of_text("2026-03-28");	/* the clocks change on the 29th */
	edge(&t, z, &v, INT64_C(1774825200000), "the day of 23 hours");
	t = two_years(RULE_ISO8601);
	v = of_text("2024-07-01T13:00:00");
	edge(&t, z, &v, NOW, "local time");
	timetext_zone_free(z);
}

/* A date is due by judge exactly when it is by calendar_due_day. */
static void
test_date_as_days(void)
{
	static const struct period p[] = { { 1, PERIOD_DAYS }, { 1, PERIOD_MONTHS },
		{ 1, PERIOD_YEARS }, { 30, PERIOD_HOURS }, { 0, PERIOD_DAYS } };
	struct rule_timing t = { .keep = RULE_PERIOD, .clock = RULE_DATE };
	int wrong = 0, n = 0;
	char text[16];

	for (int64_t today = 19000; today < 19800; today++)
		for (size_t k = 0; k < 5; k++)
			for (int64_t d = calendar_due_day(p[k], today) - 2;
			    d <= calendar_due_day(p[k], today) + 2; d++, n++) {
				struct calendar_date c = calendar_date(d);
				struct judge_value v;

				t.period = p[k];
				(void)snprintf(text, sizeof(text), "%04d-%02d-%02d",
				    (int)c.year, c.month, c.day);
				v = of_text(text);
				wrong += (judge_value(&t, NULL, &v, (struct wall){
				    today * DAY + n % 86400 * 1000 }) == JUDGE_DUE) !=
				    (d <= calendar_due_day(p[k], today));
			}
	ok(wrong == 0, "%d dates by day, %d wrong", n, wrong);
}

static void
test_window(void)
{
	const struct rule_window day = { 60, 300 }, night = { 1320, 300 };
	const struct rule_window always = { 0, 0 };
	const int64_t m = 60000;

	ok(!judge_in_window(day, (struct wall){ NOW / DAY * DAY + 60 * m - 1 }) &&
	    judge_in_window(day, (struct wall){ NOW / DAY * DAY + 60 * m }) &&
	    judge_in_window(day, (struct wall){ NOW / DAY * DAY + 300 * m - 1 }) &&
	    !judge_in_window(day, (struct wall){ NOW / DAY * DAY + 300 * m }),
	    "01:00-05:00");
	ok(!judge_in_window(night, (struct wall){ 1320 * m - 1 }) &&
	    judge_in_window(night, (struct wall){ 1320 * m }) &&
	    judge_in_window(night, (struct wall){ 0 }) &&
	    judge_in_window(night, (struct wall){ 300 * m - 1 }) &&
	    !judge_in_window(night, (struct wall){ 300 * m }) &&
	    judge_in_window(night, (struct wall){ -1 }), "22:00-05:00");
	ok(judge_in_window(always, (struct wall){ NOW }), "no window: always");
}

int
main(void)
{
	test_clocks();
	test_reals();
	test_undated();
	test_future();
	test_other_forms();
	test_zone();
	test_date_as_days();
	test_window();
	return tap_done();
}
