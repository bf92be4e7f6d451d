/* period: exactly the stated forms are read, all else is refused in words. */
#include <string.h>

#include "retention/period.h"
#include "retention/rule.h"

#include "tap.h"

static const struct {
	const char *text;
	struct period p;
} good[] = {
	{ "1 hour", { 1, PERIOD_HOURS } }, { "24 hours", { 24, PERIOD_HOURS } },
	{ "1 day", { 1, PERIOD_DAYS } }, { "120 days", { 120, PERIOD_DAYS } },
	{ "2 weeks", { 2, PERIOD_WEEKS } }, { "1 week", { 1, PERIOD_WEEKS } },
	{ "6 months", { 6, PERIOD_MONTHS } }, { "1 month", { 1, PERIOD_MONTHS } },
	{ "2 years", { 2, PERIOD_YEARS } }, { "1 year", { 1, PERIOD_YEARS } },
	{ "1 years", { 1, PERIOD_YEARS } }, { "3  days", { 3, PERIOD_DAYS } },
	{ "1000000 days", { 1000000, PERIOD_DAYS } },
};

static const char *const bad[] = {
	"", " ", "0 days", "00 days", "01 day", "-1 days", "+1 days", "1", "1day",
	"1 d", "1 days ", " 1 day", "1\tday", "days", "two years", "1.5 years",
	"1 Year", "none", "never", "1000001 days", "18446744073709551617 days",
	"99999999999999999999 years", "1 fortnight", "1 second", "1 minutes",
	"1 yearss", "1 year 2 months", "0x10 days",
};

static void
test_parse(void)
{
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct period p = { 0 };

		ok(period_parse(good[i].text, &p, &e) == 0 && p.n == good[i].p.n &&
		    p.unit == good[i].p.unit, "\"%s\"", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct period p = { 77, PERIOD_WEEKS };

		ok(period_parse(bad[i], &p, &e) == -1 && p.n == 77 &&
		    p.unit == PERIOD_WEEKS && e.code == ERR_CONFIG &&
		    strstr(e.text, "hours|days|weeks|months|years") != NULL,
		    "refused: \"%s\"", bad[i]);
	}
}

static void
test_text(void)
{
	static const struct period p[] = { { 1, PERIOD_DAYS },
		{ 2, PERIOD_YEARS }, { 1, PERIOD_MONTHS }, { 36, PERIOD_HOURS },
		{ 5, PERIOD_WEEKS } };
	static const char *const want[] = { "1 day", "2 years", "1 month",
		"36 hours", "5 weeks" };
	char text[PERIOD_TEXT_BYTES];
	struct period back;
	struct err e;

	for (size_t i = 0; i < 5; i++) {
		period_text(p[i], text);
		ok(strcmp(text, want[i]) == 0 &&
		    period_parse(text, &back, &e) == 0 && back.n == p[i].n &&
		    back.unit == p[i].unit, "%s, and back", text);
	}
	period_text((struct period){ INT64_MIN, PERIOD_MONTHS }, text);
	ok(strcmp(text, "-9223372036854775808 months") == 0, "room: %s", text);
}

static void
test_ms(void)
{
	static const struct { const char *text; int64_t ms; } spans[] = {
		{ "10 ms", 10 }, { "60 seconds", 60000 }, { "1 second", 1000 },
		{ "5 minutes", 300000 }, { "26 hours", 93600000 },
		{ "1 day", 86400000 }, { "2 weeks", 1209600000 },
		{ "1000000 weeks", -1 }, { "0 ms", -1 }, { "1 month", -1 },
		{ "60", -1 }, { "", -1 }, { "1 year", -1 },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		int64_t ms = -1;
		int rc = period_parse_ms(spans[i].text, &ms, &e);

		ok(ms == spans[i].ms && rc == (ms == -1 ? -1 : 0),
		    "span \"%s\"", spans[i].text);
	}
}

static void
test_names(void)
{
	int right = 0;

	for (int i = 0; i < RULE_N_KEEPS; i++)
		right += rule_keep_find(rule_keep_name((enum rule_keep)i)) == i;
	for (int i = 0; i < RULE_N_CLOCKS; i++)
		right += rule_clock_find(rule_clock_name((enum rule_clock)i)) == i;
	for (int i = 0; i < RULE_N_MODES; i++)
		right += rule_mode_find(rule_mode_name((enum rule_mode)i)) == i;
	for (int i = 0; i < RULE_N_ACTIONS; i++)
		right += rule_action_find(rule_action_name((enum rule_action)i)) == i;
	for (int i = 0; i < RULE_N_KINDS; i++)
		right += rule_kind_find(rule_kind_name((enum rule_kind)i)) == i;
	for (int i = 0; i < RULE_N_METHODS; i++)
		right += rule_method_find(rule_method_name((enum rule_method)i)) == i;
	for (int i = 0; i < RULE_N_UNITS; i++)
		right += rule_unit_find(rule_unit_name((enum rule_unit)i)) == i;
	ok(right == RULE_N_KEEPS + RULE_N_CLOCKS + RULE_N_MODES + RULE_N_ACTIONS +
	    RULE_N_KINDS + RULE_N_METHODS + RULE_N_UNITS, "%d names, and back",
	    right);
	ok(rule_mode_find("Enforce") == -1 && rule_mode_find("") == -1 &&
	    rule_method_find("set:1") == -1, "no other names");
	ok(strcmp(rule_method_name(RULE_IP_PREFIX), "ip-prefix") == 0 &&
	    strcmp(rule_action_name(RULE_ANONYMISE), "anonymise") == 0 &&
	    strcmp(rule_clock_name(RULE_UNIX_US), "unix-us") == 0,
	    "names as documented");
	ok(rule_method_keyed(RULE_PSEUDONYM) && !rule_method_keyed(RULE_REDACT),
	    "pseudonyms are keyed, a marker is not");
	ok(rule_path_is_glob("/a/b*.db") && rule_path_is_glob("/a/[bc]") &&
	    rule_path_is_glob("/a?") && !rule_path_is_glob("/a/b.db"), "globs");
}

static void
test_files(void)
{
	static const struct {
		const char *pattern, *path, *file;
	} t[] = {
		{ "/a/b*.db", "/a/b1.db", "b1.db" },
		{ "/a/*/s.db", "/a/one/s.db", "one/s.db" },
		{ "/a/x[12]/y/*.db", "/a/x1/y/z.db", "x1/y/z.db" },
		{ "/*/s.db", "/one/s.db", "one/s.db" },
		{ "/a/?", "/a/b", "b" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		ok(strcmp(rule_path_file(t[i].pattern, t[i].path),
		    t[i].file) == 0, "%s: %s", t[i].pattern, t[i].file);
}

int
main(void)
{
	test_parse();
	test_text();
	test_ms();
	test_names();
	test_files();
	return tap_done();
}
