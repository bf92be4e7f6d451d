/* retentionctl: what is shown is aligned, complete, and harmless to a
 * terminal. */
#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/pool.h"

#include "ctl/cli_events.h"
#include "ctl/cli_findings.h"
#include "ctl/cli_history.h"
#include "ctl/cli_out.h"
#include "ctl/cli_plan.h"
#include "ctl/cli_table.h"

#include "tap.h"

static void
is(struct buf *b, const char *want, const char *what)
{
	ok(strcmp(buf_text(b), want) == 0, "%s", what);
	if (strcmp(buf_text(b), want) != 0)
		printf("# got:  %s\n# want: %s\n", buf_text(b), want);
	buf_release(b);
}

static void
test_safe(void)
{
	static const struct { const char *in, *out, *what; } rows[] = {
		{ "plain \xc3\xa9\xe2\x82\xac", "plain \xc3\xa9\xe2\x82\xac",
		    "letters stay" },
		{ "a\x1b[2Jb", "a?[2Jb", "escape sequences" },
		{ "a\r\n\tb\x7f", "a?" "?" "?b?", "controls" },
		{ "a\xc2\x9b" "31m", "a?31m", "C1 controls" },
		{ "a\xff\xc3(b\xc3", "a?\?(b?", "broken UTF-8" },
		{ "\xc0\xaf\xed\xa0\x80", "?" "?" "?" "?" "?", "overlong and surrogates" },
		{ "a\xe2\x80\xae" "b", "a?b", "turned direction" },
		{ "", "", "nothing" },
	};
	struct buf b = BUF_EMPTY;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cli_out_safe(&b, rows[i].in);
		is(&b, rows[i].out, rows[i].what);
	}
	cli_out_safe_lines(&b, "a\nb\r");
	is(&b, "a\nb?", "lines stay where they may");
	ok(cli_out_width("a\xc3\xa9\xe2\x82\xac") == 3, "width in characters");
}

static void
test_table(void)
{
	static const char *const heads[] = { "name", ">n", "notes" };
	struct cli_table *t = cli_table_new(heads, 3);
	struct buf b = BUF_EMPTY;

	if (!ok(t != NULL, "a table"))
		return;
	cli_table_print(t, &b);
	is(&b, "", "no rows, no heads");
	cli_table_text(t, "a");
	cli_table_count(t, 12345);
	cli_table_text(t, "x\x1by");
	cli_table_text(t, "l\xc3\xa4nger");
	cli_table_text(t, NULL);
	cli_table_text(t, "");
	cli_table_print(t, &b);
	is(&b, "name        n  notes\n"
	    "a       12345  x?y\n"
	    "l\xc3\xa4nger      -\n", "aligned, no blanks at the end");
	cli_table_free(t);
}

static void
test_findings(void)
{
	struct pool *p = pool_new();
	struct cli_findings f = { .pool = p };
	struct buf b = BUF_EMPTY;
	struct jsonw w = JSONW(&b);

	cli_findings_add(&f, &(struct cli_finding){ .severity = CLI_NOTE,
	    .code = "no-state", .text = "a" });
	f.about = "n/d";
	cli_findings_add(&f, &(struct cli_finding){ .severity = CLI_WARNING,
	    .code = "no-index", .text = "slow", .fix = "CREATE INDEX" });
	cli_findings_add(&f, &(struct cli_finding){
	    .severity = (enum cli_severity)9, .code = "odd", .text = "t" });
	cli_findings_text(&f, &b);
	is(&b, "configuration\n  note     no-state: a\nn/d\n"
	    "  warning  no-index: slow\n           fix: CREATE INDEX\n"
	    "  error    odd: t\n", "findings under what they are about");
	cli_findings_count(&f, &b);
	is(&b, "1 error, 1 warning, 1 note", "counted, unknown is an error");
	f.n[CLI_NOTE] = 2;
	cli_findings_count(&f, &b);
	is(&b, "1 error, 1 warning, 2 notes", "plural");
	cli_findings_json(&f, &w);
	is(&b, "\"findings\":[{\"about\":\"configuration\",\"severity\":\"note\","
	    "\"code\":\"no-state\",\"text\":\"a\",\"fix\":null},"
	    "{\"about\":\"n/d\",\"severity\":\"warning\",\"code\":\"no-index\","
	    "\"text\":\"slow\",\"fix\":\"CREATE INDEX\"},"
	    "{\"about\":\"n/d\",\"severity\":\"error\",\"code\":\"odd\","
	    "\"text\":\"t\",\"fix\":null}]", "as JSON");
	pool_free(p);
}

#define OP "000102030405060708090a0b0c0d0e0f"
#define INTENT "{\"t\":\"T1\",\"type\":\"intent\",\"op\":\"" OP "\"," \
	"\"dataset\":\"n/d\",\"action\":\"delete\",\"store\":\"n/s\"," \
	"\"object\":\"feedback\",\"basis\":\"period 2 years\",\"n\":3}"
#define DONE "{\"t\":\"T2\",\"type\":\"done\",\"op\":\"" OP "\",\"n\":3," \
	"\"erased\":2,\"left\":0,\"skipped\":{\"drift\":1},\"method\":\"m\"}"

static bool
line(struct cli_history *h, const char *record, struct buf *out)
{
	return cli_history_line(h, record, strlen(record), out);
}

static void
test_history(void)
{
	struct cli_history_filter f = { .dataset = NULL };
	struct cli_history *h = cli_history_new(&f);
	struct buf b = BUF_EMPTY;

	ok(line(h, INTENT, &b), "an intent");
	is(&b, "T1  intent   n/d: delete 3 of feedback, period 2 years",
	    "intent in words");
	ok(line(h, DONE, &b), "its outcome");
	is(&b, "T2  done     n/d: 2 of 3 done, 0 left, 1 skipped, by m",
	    "the outcome knows its dataset");
	(void)line(h, DONE, &b);
	is(&b, "T2  done     2 of 3 done, 0 left, 1 skipped, by m",
	    "and forgets it");
	(void)line(h, "{\"t\":\"T\",\"type\":\"event\",\"name\":\"e\x7f\","
	    "\"at\":\"A\",\"who\":{\"uid\":0,\"user\":\"root\"}}", &b);
	is(&b, "T  event    e? at A, declared by root", "an event");
	(void)line(h, "{\"t\":\"T\",\"type\":\"policy\",\"added\":[\"a\",\"b\"],"
	    "\"shortened\":[\"c\"],\"who\":{\"uid\":7}}", &b);
	is(&b, "T  policy   taken by uid 7, 2 added, 1 SHORTENED", "a policy");
	(void)line(h, "{\"t\":\"T\",\"type\":\"hold\",\"matter\":\"m\"}", &b);
	is(&b, "T  hold     m ", "a type without a row");
	ok(!line(h, "{\"type\":1}", &b) && !line(h, "[]", &b) &&
	    !line(h, "{", &b) && b.n == 0, "no records, no lines");
	cli_history_free(h);
}

static void
test_filter(void)
{
	struct cli_history_filter f = { .dataset = "n/d" };
	struct cli_history *h = cli_history_new(&f);
	struct buf b = BUF_EMPTY;

	ok(line(h, INTENT, &b) && line(h, DONE, &b),
	    "intent and outcome of the dataset");
	ok(!line(h, "{\"t\":\"T\",\"type\":\"stop\"}", &b), "not of it");
	cli_history_free(h);
	f = (struct cli_history_filter){ .dataset = "n/e", .type = "done" };
	h = cli_history_new(&f);
	ok(!line(h, INTENT, &b) && !line(h, DONE, &b), "of another dataset");
	cli_history_free(h);
	f = (struct cli_history_filter){ .dataset = "n/d", .type = "done" };
	h = cli_history_new(&f);
	ok(!line(h, INTENT, &b) && line(h, DONE, &b), "type and dataset");
	cli_history_free(h);
	buf_release(&b);
}

static void
test_brake(void)
{
	struct rule_brake standard = { .rows = 10, .share = 0.5 };
	struct rule_dataset d = { .brake = { .rows = -1 } };
	struct msg_counted c = { .total = 20, .due = 11 };

	ok(cli_plan_brakes(&d, &standard, &c), "more than both");
	c.due = 10;
	ok(!cli_plan_brakes(&d, &standard, &c), "not more rows");
	c = (struct msg_counted){ .total = 22, .due = 11 };
	ok(!cli_plan_brakes(&d, &standard, &c), "not more than the share");
	c = (struct msg_counted){ .total = 21, .due = 11 };
	ok(cli_plan_brakes(&d, &standard, &c), "just more than the share");
	d.brake = (struct rule_brake){ .rows = 11, .share = 0.5 };
	ok(!cli_plan_brakes(&d, &standard, &c), "the dataset's own");
	d.brake.rows = 0;
	ok(cli_plan_brakes(&d, &standard, &c), "own brake at no row");
	d.timing.keep = RULE_UNTIL_EVENT;
	ok(!cli_plan_brakes(&d, &standard, &c), "a declaration is approval");
}

static int
parse_events(const char *json, struct pool *p, struct cli_events *ret)
{
	struct err e = ERR_EMPTY;
	char text[256];

	(void)snprintf(text, sizeof(text), "{\"events\":%s}", json);
	return cli_events_parse(text, strlen(text), p, ret, &e);
}

static void
test_events(void)
{
	static const char *const bad[] = { "", "{}", "[1]", "[{}]",
		"[{\"name\":\"x\"}]", "[{\"name\":1,\"at\":5}]",
		"[{\"name\":\"x\",\"at\":\"soon\"}]", "[{\"name\":\"x\",\"at\":1}",
		"[{\"name\":\"x\",\"name\":\"y\",\"at\":1}]" };
	struct pool *p = pool_new();
	struct cli_events ev = { .n = 0 };
	const struct cli_event *one;

	ok(parse_events("[]", p, &ev) == 0 && ev.n == 0 && ev.unknown == NULL,
	    "none declared");
	ok(parse_events("[{\"name\":\"a\",\"at\":1000},{\"name\":\"b\","
	    "\"at\":\"1970-01-01T00:00:02Z\",\"user\":\"root\"}]", p, &ev) == 0 &&
	    ev.n == 2, "two");
	one = cli_events_find(&ev, "a");
	ok(one != NULL && one->at.ms == 1000, "milliseconds");
	one = cli_events_find(&ev, "b");
	ok(one != NULL && one->at.ms == 2000, "RFC 3339");
	ok(cli_events_find(&ev, "c") == NULL, "another one is not declared");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(parse_events(bad[i], p, &ev) == -1, "refused: %s", bad[i]);
	pool_free(p);
}

int
main(void)
{
	test_safe();
	test_table();
	test_findings();
	test_history();
	test_filter();
	test_brake();
	test_events();
	return tap_done();
}
