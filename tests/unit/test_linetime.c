/* linetime: every format gives the instant meant, the later one in doubt, and
 * anything else gives none; no text in a line can make it older. */
#include <stdlib.h>
#include <string.h>

#include "retention/calendar.h"
#include "retention/timetext.h"

#include "store/logs/linetime.h"

#include "tap.h"

struct row {
	const char *format;
	const char *line;
	const char *want;	/* NULL: no time */
};

/* near is 2026-11-22T12:00:00Z */
static const struct row utc[] = {
#define C "combined"
	{ C, "192.0.2.1 - - [22/Nov/2026:10:00:00 +0100] \"GET / HTTP/1.1\" 200",
		"2026-11-22T09:00:00.000Z" },
	{ "common", "h - - [01/jan/1999:00:00:00 -0930] \"",
		"1999-01-01T09:30:00.000Z" },
	{ C, "h - - [22/Nov/2026:10:00:00 +0000]", "2026-11-22T10:00:00.000Z" },
	{ C, "h - - [22/Nov/2026:10:00:60 +0000] \"", "2026-11-22T10:01:00.000Z" },
	{ C, "h - x [01/Jan/2000:00:00:00 +0000] [22/Nov/2026:10:00:00 +0000] \"",
		"2026-11-22T10:00:00.000Z" },
	{ C, "h - \\\"[01/Jan/2000:00:00:00 +0000] \\\" [22/Nov/2026:10:00:00 "
		"+0000] \"[01/Jan/2001:00:00:00 +0000]\"",
		"2026-11-22T10:00:00.000Z" },
	{ C, "h - - [x] \"[22/Nov/2026:10:00:00 +0000]\"", NULL },
	{ C, "h - - [31/Nov/2026:10:00:00 +0000] \"", NULL },
	{ C, "h - - [29/Feb/2027:10:00:00 +0000] \"", NULL },
	{ C, "h - - [29/Feb/2028:10:00:00 +0000] \"", "2028-02-29T10:00:00.000Z" },
	{ C, "h - - [22/Nov/2026:24:00:00 +0000] \"", NULL },
	{ C, "h - - [22/Nov/2026:10:60:00 +0000] \"", NULL },
	{ C, "h - - [22/Nov/2026:10:00:61 +0000] \"", NULL },
	{ C, "h - - [22/Nov/2026:10:00:00 +1600] \"", NULL },
	{ C, "h - - [22/Nov/2026:10:00:00 +0100", NULL },
	{ C, "h - - [22/Nov/2026:10:00:00] \"", NULL },
	{ C, "h - - [22/Nob/2026:10:00:00 +0000] \"", NULL },
	{ C, "[", NULL }, { C, "", NULL }, { C, "\"", NULL },
#define I "iso8601"
	{ I, "2026-11-22T10:00:00Z x", "2026-11-22T10:00:00.000Z" },
	{ I, "2026-11-22 10:00:00,123 INFO", "2026-11-22T10:00:00.123Z" },
	{ I, "[2026-11-22 10:00:00.123456] x", "2026-11-22T10:00:00.123Z" },
	{ I, "2026-11-22T10:00:00.9+01:00", "2026-11-22T09:00:00.900Z" },
	{ I, "2026-11-22T10:00:00-0130 x", "2026-11-22T11:30:00.000Z" },
	{ I, "2026-11-22 10:00:00 +0200 x", "2026-11-22T08:00:00.000Z" },
	{ I, "2026-11-22 10:00:00 UTC x", "2026-11-22T10:00:00.000Z" },
	{ I, "2026-11-22 10:00:00 GMT x", "2026-11-22T10:00:00.000Z" },
	{ I, "2026-11-22 10:00:00 +02:00", "2026-11-22T08:00:00.000Z" },
	{ I, "2026-11-22 10:00:00 -05:00 x", "2026-11-22T15:00:00.000Z" },
	{ I, "2026-11-22 10:00:00  -05:00 x", "2026-11-22T15:00:00.000Z" },
	{ I, "2026-11-22 10:00:00\t-0500 x", "2026-11-22T15:00:00.000Z" },
	{ I, "2026-11-22 10:00:00.5 -05 x", "2026-11-22T15:00:00.500Z" },
	{ I, "2026-11-22T10:00-05:00", "2026-11-22T15:00:59.999Z" },
	{ I, "2026-11-22 10:00:00 +12 points", "2026-11-22T10:00:00.000Z" },
	{ I, "2026-11-22 10:00:00 -1 is wrong", "2026-11-22T10:00:00.000Z" },
	{ I, "2026-11-22 10:00:00 -5:00 x", NULL },
	{ I, "2026-11-22 10:00:00 -0500x", NULL },
	{ I, "2026-11-22 10:00:00 -05:00x", NULL },
	{ I, "2026-11-22 10:00:00 -99:00 x", NULL },
	{ I, "2026-11-22T10:00:00-05:00x", NULL },
	{ I, "2026-11-22T10:00:00-5", NULL },
	{ I, "2026-11-22 10:00:00 UTC-05:00", NULL },
	{ I, "2026-11-22 9 o'clock", "2026-11-22T23:59:59.999Z" },
	{ I, "2026-11-22 10:00:00 +5 items", "2026-11-22T10:00:00.000Z" },
	{ I, "2026-11-22T10:00 x", "2026-11-22T10:00:59.999Z" },
	{ I, "2026-11-22 backup", "2026-11-22T23:59:59.999Z" },
	{ I, "2026-11-22 10 rows", "2026-11-22T23:59:59.999Z" },
	{ I, "2026-11-22", "2026-11-22T23:59:59.999Z" },
	{ I, "2026-11-22x", NULL }, { I, "2026-11-22T", NULL },
	{ I, "2026-11-22T10:00:00x", NULL }, { I, "2026-02-30", NULL },
	{ I, "2026-11-22T24:00:00Z", NULL }, { I, "12026-11-22", NULL },
	{ I, " 2026-11-22", NULL }, { I, "\tat x", NULL },
#define S "syslog"
	{ S, "Nov 22 10:00:00 host x", "2026-11-22T10:00:00.000Z" },
	{ S, "<34>Nov  2 10:00:00 host", "2026-11-02T10:00:00.000Z" },
	{ S, "Nov 22 12:00:01 host", "2026-11-22T12:00:01.000Z" },
	{ S, "Nov 23 12:00:00 host", "2026-11-23T12:00:00.000Z" },
	{ S, "Nov 23 12:00:01 host", "2025-11-23T12:00:01.000Z" },
	{ S, "Dec 31 23:59:59 host", "2025-12-31T23:59:59.000Z" },
	{ S, "Feb 29 00:00:00 host", "2024-02-29T00:00:00.000Z" },
	{ S, "<34>1 2026-11-22T10:00:00.003Z host app - - - m",
		"2026-11-22T10:00:00.003Z" },
	{ S, "2026-11-22T10:00:00.123456+01:00 host", "2026-11-22T09:00:00.123Z" },
	{ S, "<3456>Nov 22 10:00:00 h", NULL }, { S, "Nov 31 10:00:00 h", NULL },
	{ S, "<34>1 - host", NULL }, { S, "<34", NULL }, { S, "Nov", NULL },
#define J "json:time"
	{ J, "{\"time\":\"2026-11-22T10:00:00Z\"}", "2026-11-22T10:00:00.000Z" },
	{ J, " {\"a\":{\"time\":1},\"b\":[\"time\",{\"time\":2}], \"time\" : "
		"1795341600 }", "2026-11-22T10:00:00.000Z" },
	{ J, "{\"m\":\"\\\",\\\"time\\\":1000000000\",\"time\":1795341600.5}",
		"2026-11-22T10:00:00.500Z" },
	{ J, "{\"m\":\"\\\\\",\"time\":1795341600123}", "2026-11-22T10:00:00.123Z" },
	{ J, "{\"time\":1795341600123456}", "2026-11-22T10:00:00.123Z" },
	{ J, "{\"time\":1795341600123456789}", "2026-11-22T10:00:00.123Z" },
	{ J, "{\"time\":\"2026-11-22T10:00:00\\u002b01:00\"}",
		"2026-11-22T09:00:00.000Z" },
	{ J, "{\"ti\\u006de\":\"1795341600\"}", "2026-11-22T10:00:00.000Z" },
	{ J, "{\"time\":1795341600,\"time\":1000000000}",
		"2026-11-22T10:00:00.000Z" },
	/* what somebody wrote into an earlier field of a log without escapes */
	{ J, "{\"a\":\"\",\"time\":1000000000}\",\"time\":1795341600}", NULL },
	{ J, "{\"a\":\"\",\"time\":1000000000,\"b\":{\"c\":\"\",\"time\":1795341600}",
		NULL },
	{ J, "{\"a\":\"\",\"time\":1000000000,\"b\\\",\"time\":1795341600,\"c\":\"\"}\r",
		NULL },
	{ J, "{\"a\":\"\",\"time\":1000000000,\"b\":\",\"time\":1795341600,\"c\":\"\"}",
		NULL },
	{ J, "{\"time\":1795341600}, \r", "2026-11-22T10:00:00.000Z" },
	{ J, "{\"time\":1795341600} x", NULL },
	{ J, "{\"time\":1795341600,\"a\":{\"b\":\"cut", "2026-11-22T10:00:00.000Z" },
	{ J, "{\"time\":0.25}", NULL }, { J, "{\"time\":2026}", NULL },
	{ J, "{\"time\":1.7e9}", NULL }, { J, "{\"time\":-1795341600}", NULL },
	{ J, "{\"time\":null}", NULL }, { J, "{\"x\":\"time\"}", NULL },
	{ J, "{\"time\":\"2026-11-22T10:00:00Z x\"}", NULL },
	{ J, "{\"time\":\"now\"", NULL }, { J, "{\"time\"", NULL },
	{ J, "{\"time\":", NULL }, { J, "[{\"time\":1795341600}]", NULL },
	{ J, "{}{\"time\":1795341600}", NULL }, { J, "x", NULL }, { J, "", NULL },
	{ J, "{\"a\":\"\\", NULL }, { J, "{\"times\":1795341600}", NULL },
	{ "json:a.b", "{\"a\":{\"c\":{\"b\":1},\"b\":1795341600}}",
		"2026-11-22T10:00:00.000Z" },
	{ "json:a.b", "{\"a.b\":1795341600}", "2026-11-22T10:00:00.000Z" },
	{ "json:a.b", "{\"a\":[{\"b\":1795341600}]}", NULL },
	{ "json:a.b", "{\"b\":1795341600,\"a\":{},\"x\":{\"b\":1795341600}}", NULL },
	{ "json:a.b", "{\"x\":{\"a\":{\"b\":1795341600}}}", NULL },
	{ "%Y/%m/%d %H:%M:%S", "2026/11/22 10:00:00 [error]",
		"2026-11-22T10:00:00.000Z" },
	{ "[%d/%b/%Y:%T %z]", "[22/Nov/2026:10:00:00 +01:00]",
		"2026-11-22T09:00:00.000Z" },
	{ "%F %T,%f", "2026-11-22  10:00:00,5 x", "2026-11-22T10:00:00.500Z" },
	{ "%F %T,%f", "2026-11-22 10:00:00,x", NULL },
	{ "%s", "1795341600 x", "2026-11-22T10:00:00.000Z" },
	{ "%s", "1795341600x", NULL }, { "%s", "2026", NULL },
	{ "%y%m%d %H", "261122 10", "2026-11-22T10:59:59.999Z" },
	{ "%y%m%d", "991231", "1999-12-31T23:59:59.999Z" },
	{ "%y%m%d", "9912311", NULL },
	{ "%Y %j", "2024 366", "2024-12-31T23:59:59.999Z" },
	{ "%Y %j", "2026 366", NULL }, { "%Y %j", "2026 000", NULL },
	{ "%b %e %T", "Dec  1 00:00:00", "2025-12-01T00:00:00.000Z" },
	{ "100%% %F", "100% 2026-11-22", "2026-11-22T23:59:59.999Z" },
};

/* Europe/London: +1 in summer; 2026-10-25 01:30 is there twice, and
 * 2026-03-29 01:30 never. */
static const struct row london[] = {
	{ I, "2026-07-01T10:00:00", "2026-07-01T09:00:00.000Z" },
	{ I, "2026-07-01T10:00:00Z", "2026-07-01T10:00:00.000Z" },
	{ I, "2026-10-25 01:30:00", "2026-10-25T01:30:00.000Z" },
	{ I, "2026-03-29 01:30:00", "2026-03-29T01:30:00.000Z" },
	{ S, "Jul  1 10:00:00 h", "2026-07-01T09:00:00.000Z" },
	{ "%F %T", "2026-07-01 10:00:00", "2026-07-01T09:00:00.000Z" },
	{ C, "h - - [01/Jul/2026:10:00:00 +0000] \"", "2026-07-01T10:00:00.000Z" },
};

static bool
read_line(const struct row *r, const struct zone *z, struct wall *ret)
{
	const struct wall near = { INT64_C(1795348800000) };
	const size_t n = strlen(r->line);
	struct linetime *lt;
	struct err e = ERR_EMPTY;
	char *exact = malloc(n + 1);
	bool found;

	if (linetime_new(r->format, z, &lt, &e) == -1) {
		printf("# %s\n", e.text);
		free(exact);
		return false;
	}
	memcpy(exact, r->line, n);
	exact = realloc(exact, n == 0 ? 1 : n);
	found = linetime_of(lt, exact, n, near, ret);
	free(exact);
	linetime_free(lt);
	return found;
}

static void
test_rows(const struct row *rows, size_t n, const struct zone *z)
{
	for (size_t i = 0; i < n; i++) {
		struct wall t = { 0 };
		char text[CLOCK_TEXT_BYTES] = "none";
		const bool found = read_line(&rows[i], z, &t);

		if (found)
			clock_text_ms(t, text);
		ok(found ? rows[i].want != NULL && strcmp(text, rows[i].want) == 0 :
		    rows[i].want == NULL, "%s: %s: %s", rows[i].format,
		    rows[i].line, text);
	}
}

static void
test_refused(void)
{
	static const char *const bad[] = { "", "apache", "json:", "json:a..b",
		"json:.a", "json:a.b.c.d.e.f.g.h.i", "%Q", "%", "%H:%M:%S",
		"%m %d %m", "%F %M", "%F %s", "%F %Y", "%Y %b", "%j", "%F %f",
		"%m %d %e", "%F%F", "%Y-%m-%d %Z" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct linetime *lt = NULL;
		struct err e = ERR_EMPTY;

		ok(linetime_new(bad[i], NULL, &lt, &e) == -1 && lt == NULL &&
		    e.code == ERR_CONFIG && strlen(e.text) > 20,
		    "refused: '%s': %s", bad[i], e.text);
	}
	linetime_free(NULL);
}

/* Whatever is cut off a line, it gets no older by a second. */
static void
test_truncated(void)
{
	static const struct row lines[] = {
		{ C, "h - u [22/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 1",
			NULL },
		{ J, "{\"a\":{\"b\":[1,\"x\\\"y\"]},\"time\":\"2026-11-22T10:00:00Z\"}",
			NULL },
		{ S, "<34>1 2026-11-22T10:00:00.003Z host", NULL },
	};
	int older = 0;
	int none = 0;

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct wall full;
		char cut[80];

		ok(read_line(&lines[i], NULL, &full), "whole: %s",
		    lines[i].line);
		for (size_t n = 0; n < strlen(lines[i].line); n++) {
			struct row r = { lines[i].format, cut, NULL };
			struct wall t;

			memcpy(cut, lines[i].line, n);
			cut[n] = '\0';
			if (!read_line(&r, NULL, &t))
				none++;
			else if (t.ms / 1000 < full.ms / 1000)
				older++;
		}
	}
	ok(older == 0, "cut short, never older: %d", older);
	ok(none > 60, "cut before the time: none, %d times", none);
}

int
main(void)
{
	struct zone *z = NULL;
	struct err e = ERR_EMPTY;

	test_rows(utc, sizeof utc / sizeof utc[0], NULL);
	ok(timetext_zone("Europe/London", &z, &e) == 0, "zone %s", e.text);
	test_rows(london, sizeof london / sizeof london[0], z);
	timetext_zone_free(z);
	test_refused();
	test_truncated();
	return tap_done();
}
