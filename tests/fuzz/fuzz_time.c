/* Any bytes as a period, a time and a time zone's file: read or refused, and
 * what is read is used. */
#include <stdint.h>
#include <string.h>

#include "policy/zone.h"

#include "retention/calendar.h"
#include "retention/err.h"
#include "retention/judge.h"
#include "retention/period.h"
#include "retention/timetext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_text(const char *text, size_t n)
{
	char again[PERIOD_TEXT_BYTES];
	struct period p, q;
	struct wall t = { 0 };
	struct err e;
	int64_t ms, days;

	if (period_parse(text, &p, &e) == 0) {
		must(p.n > 0);
		period_text(p, again);
		must(period_parse(again, &q, &e) == 0 && q.n == p.n &&
		    q.unit == p.unit);
		must(calendar_add(t, p).ms > t.ms);
	}
	must(period_parse_ms(text, &ms, &e) == -1 || ms > 0);
	if (timetext_day(text, n, &days) == 0)
		must(timetext_iso8601(text, n, NULL, &t) == 0 &&
		    t.ms == (days + 1) * CALENDAR_DAY_MS - 1);
	if (timetext_argument(text, &t, &e) == 0)
		must(timetext_iso8601(text, strlen(text), NULL, &t) == 0);
}

/* For any period and moment: in a range exactly if over. */
static void
try_numbers(const uint8_t *data, size_t n)
{
	struct { int64_t n, now, t; } in;
	struct period p;
	struct calendar_due due;
	bool is_in = false;

	if (n < sizeof(in) + 1)
		return;
	memcpy(&in, data, sizeof(in));
	p = (struct period){ in.n < 0 ? in.n : in.n % 2000000,
		(enum period_unit)(data[sizeof(in)] % PERIOD_N_UNITS) };
	due = calendar_due(p, (struct wall){ in.now });
	for (size_t i = 0; i < due.n; i++) {
		must(due.range[i].from_ms <= due.range[i].to_ms);
		is_in = is_in || (due.range[i].from_ms <= in.t &&
		    in.t <= due.range[i].to_ms);
	}
	/* Within the years that are told apart exactly. */
	if (in.n >= 0 && in.now > -(INT64_C(1) << 50) &&
	    in.now < INT64_C(1) << 50 && in.t > -(INT64_C(1) << 50) &&
	    in.t < INT64_C(1) << 50)
		must(is_in == (calendar_add((struct wall){ in.t }, p).ms <=
		    in.now));
}

static void
try_zone(const uint8_t *data, size_t n)
{
	static const int64_t at[] = { INT64_MIN, -1, 0, INT64_C(1700000000000),
		INT64_C(4000000000000), INT64_MAX };
	struct judge_value v = { .type = RULE_T_TEXT, .text = "2024-03-31",
		.n_text = 10 };
	struct rule_timing timing = { .keep = RULE_PERIOD,
		.period = { 1, PERIOD_MONTHS }, .clock = RULE_DATE };
	struct zone *z = NULL;
	struct err e;

	if (zone_parse(data, n, &z, &e) == -1)
		return;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		(void)timetext_to_local(z, (struct wall){ at[i] });
		(void)timetext_from_local(z, at[i]);
	}
	for (size_t i = 1; i < 5; i++)
		(void)judge_value(&timing, z, &v, (struct wall){ at[i] });
	zone_free(z);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	try_text(text, size);
	try_numbers(data, size);
	try_zone(data, size);
	free(text);
	return 0;
}
