/* Proves the order of decision: what never acts, what waits, what may. */
#include "parent/decide.h"

#include "tap.h"

static struct rule_dataset
enforced(void)
{
	return (struct rule_dataset){
		.mode = RULE_ENFORCE, .timing.keep = RULE_PERIOD,
		.brake.rows = -1,
	};
}

static struct decide_case
due_of(const struct rule_dataset *d, uint64_t due, uint64_t total)
{
	return (struct decide_case){ .dataset = d, .due = due, .total = total,
	    .brake = { 1000, 0.20 }, .may_enforce = true,
	    .now = { INT64_C(86400000) * 20000 + 12 * 3600000 } };
}

static enum decide_verdict
verdict(const struct rule_dataset *d, uint64_t due, uint64_t total)
{
	struct decide_case c = due_of(d, due, total);

	return decide_dataset(&c);
}

static enum decide_verdict
fresh(const struct rule_dataset *d, uint64_t due, uint64_t total)
{
	struct decide_case c = due_of(d, due, total);

	c.fresh = true;
	return decide_dataset(&c);
}

static void
test_brake(void)
{
	struct rule_dataset d = enforced();

	ok(verdict(&d, 1000, 1000) == DECIDE_ACT,
	    "1,000 of 1,000: not more than rows");
	ok(verdict(&d, 1001, 5005) == DECIDE_ACT,
	    "1,001 of 5,005: not more than a fifth");
	ok(verdict(&d, 1001, 5004) == DECIDE_BRAKE,
	    "1,001 of 5,004: both exceeded");
	ok(verdict(&d, UINT64_MAX, UINT64_MAX) == DECIDE_BRAKE,
	    "everything of a huge table");
	d.timing.keep = RULE_UNTIL_EVENT;
	ok(verdict(&d, 1001, 1001) == DECIDE_ACT,
	    "a declared event is its own approval");
	ok(fresh(&d, 1001, 1001) == DECIDE_BRAKE &&
	    fresh(&d, 1000, 1000) == DECIDE_ACT,
	    "but not of rules that came after it");
	d.timing.keep = RULE_UNTIL;
	ok(verdict(&d, 1001, 1001) == DECIDE_BRAKE, "until a row's event: not");
	d.brake = (struct rule_brake){ 5, 0.5 };
	ok(verdict(&d, 6, 12) == DECIDE_ACT, "the dataset's own, at the edge");
	ok(verdict(&d, 6, 11) == DECIDE_BRAKE, "the dataset's own, beyond");
	d.brake = (struct rule_brake){ 0, 0.0 };
	ok(verdict(&d, 1, 100) == DECIDE_BRAKE, "rows = 0 stops the first");
}

static void
test_modes(void)
{
	struct rule_dataset d = enforced();

	ok(verdict(&d, 1, 100) == DECIDE_ACT, "enforce acts");
	ok(verdict(&d, 0, 100) == DECIDE_NOTHING, "not when nothing is due");
	d.mode = RULE_REPORT;
	ok(verdict(&d, 1, 100) == DECIDE_REPORT, "report never acts");
	d.mode = RULE_REVIEW;
	ok(verdict(&d, 1, 100) == DECIDE_REVIEW, "review waits");
	ok(verdict(&d, 0, 100) == DECIDE_NOTHING, "but not for nothing");
	d.mode = RULE_ENFORCE;
	d.timing.keep = RULE_INDEFINITELY;
	ok(verdict(&d, 1, 100) == DECIDE_NEVER, "indefinitely never acts");
}

static void
test_stopped(void)
{
	struct rule_dataset d = enforced();
	struct decide_case c = due_of(&d, 1, 100);

	c.may_enforce = false;
	ok(decide_dataset(&c) == DECIDE_STOPPED,
	    "nothing without a trail or a clock");
	c.may_enforce = true;
	d.window = (struct rule_window){ 60, 720 };
	ok(decide_dataset(&c) == DECIDE_WINDOW, "noon: the window has closed");
	c.now.ms--;
	ok(decide_dataset(&c) == DECIDE_ACT, "a moment before: open");
	d.brake = (struct rule_brake){ 0, 0 };
	d.window = (struct rule_window){ 60, 61 };
	ok(decide_dataset(&c) == DECIDE_BRAKE,
	    "the brake is told before the window opens");
}

static void
test_persons(void)
{
	ok(decide_needs_person(DECIDE_BRAKE) &&
	    decide_needs_person(DECIDE_REVIEW) &&
	    decide_needs_person(DECIDE_STOPPED), "these need a person");
	ok(!decide_needs_person(DECIDE_ACT) &&
	    !decide_needs_person(DECIDE_WINDOW) &&
	    !decide_needs_person(DECIDE_NEVER), "these do not");
}

int
main(void)
{
	test_brake();
	test_modes();
	test_stopped();
	test_persons();
	return tap_done();
}
