/* A person's request says nothing about age: no entry of a log store may go by
 * it, not even over lines that are due and bear nobody's name. */
#include "retention/gate.h"

#include "logstest.h"
#include "tap.h"

static void
test_wanted(enum rule_action action, int64_t before)
{
	static const char name[] = "access.log.1";
	const struct gates open = GATES_OPEN;
	const struct rule_person ann = { .kind = "email", .hash = { 1 },
		.before = { before } };
	const struct store_pick pick = { .ctx = NULL };
	static const uint8_t none[1][COMMIT_BYTES];
	const struct store_pending op = { .n = 1, .c = none,
		.object = "line" };
	struct store_counts c;
	struct store_result r;
	struct told t;
	struct logs l;
	bool due;

	logs_open(&l, action);
	logs_put(&l, name, "o", 5);
	l.d.gates = &open;
	l.d.n_wanted = 1;
	l.d.wanted = &ann;
	ok(logs_erase(&l, &t, &r) == -1 && l.e.code == ERR_REFUSED &&
	    t.gos == 0 && t.ops == 0, "a person's request: %s", l.e.text);
	struct store_sink sink = told_sink(&t);

	ok(store_resume(l.st, &l.d, logs_now, &op, 1, true, &sink, &l.e) ==
	    -1 && l.e.code == ERR_REFUSED && t.gos == 0, "nor is it gone on "
	    "with");
	ok(store_survey(l.st, &l.d, logs_now, &pick, &l.e) == -1 &&
	    l.e.code == ERR_REFUSED, "no plan is saved of it");
	ok(store_peek(l.st, &l.d, logs_now, &due, &l.e) == -1 &&
	    l.e.code == ERR_REFUSED && store_plan(l.st, &l.d, logs_now, &c,
	    &l.e) == -1 && l.e.code == ERR_REFUSED, "nor is it counted");
	ok(logs_lines(&l, name, "192") == 5 && logs_lines(&l, name, "") == 5,
	    "all lines are as they were");
	l.d.n_wanted = 0;
	ok(logs_erase(&l, &t, &r) == 0 && r.erased == 5, "by their age they go");
	logs_close(&l);
}

int
main(void)
{
	test_wanted(RULE_DELETE, 0);
	/* Masking whom it names is right, but not up to a time alone. */
	test_wanted(RULE_ANONYMISE, 1700000000000);
	return tap_done();
}
