/* chosen: a worker makes a plan of what is due, and takes nothing that is not
 * in the plan it was told; without one, or with a crooked one, nothing. */
#include "rig.h"
#include "tap.h"

#include "worker/chosen.h"

#define MOST 10

static const struct commit_op plan_op = { .op = { 7 }, .key = { 9 } };
static uint8_t all[MOST][COMMIT_BYTES];

/* What the items 0..n-1 are committed to by, sorted. */
static void
commitments(size_t n, uint8_t ret_root[32])
{
	struct commit_maker *m = commit_maker_new(&plan_op, "n/site",
	    "orders");

	must(m != NULL);
	for (size_t i = 0; i < n; i++)
		must(commit_maker_item(m, &i, sizeof(i), all[i]) == 0);
	commit_maker_free(m);
	commit_root(all, n, ret_root);
}

static int
say_only(struct rig *r, uint64_t n)
{
	struct msg_only m = { .op = plan_op, .n = n };

	msg_plan_put_only(&r->out, &m);
	return say(r, WIRE_ONLY);
}

static int
say_known(struct rig *r, size_t from, size_t n)
{
	msg_put_items(&r->out, plan_op.op, (const void *)(all + from), n);
	return say(r, WIRE_KNOWN);
}

static int
say_all(struct rig *r)
{
	buf_puts(&r->out, "{}");
	return say(r, WIRE_KNOWN_ALL);
}

static int
told(struct rig *r, size_t n)
{
	return say_only(r, n) && (n == 0 || say_known(r, 0, n)) && say_all(r);
}

static int
surveyed(struct rig *r, struct msg_surveyed *ret)
{
	return receive(r, WIRE_SURVEYED) &&
	    msg_plan_get_surveyed(r->body, r->n, ret, &r->e) == 0;
}

static void
test_make(void)
{
	struct msg_surveyed m = { .n = 0 };
	struct msg_job job = { .at = { 1 } };
	uint8_t root[32];
	struct rig r;

	fake = (struct fake){ .due = MOST };
	commitments(MOST, root);
	ok(start_open(&r, false) && told(&r, 0) &&
	    order(&r, WIRE_SURVEY, &job), "a plan is asked for");
	ok(receive(&r, WIRE_ITEMS) && r.n == COMMIT_OP_BYTES + sizeof(all) &&
	    memcmp(r.body, plan_op.op, COMMIT_OP_BYTES) == 0 &&
	    memcmp(r.body + COMMIT_OP_BYTES, all, sizeof(all)) == 0,
	    "its items come sorted, under its id");
	ok(surveyed(&r, &m) && m.n == MOST && !m.more &&
	    memcmp(m.root, root, 32) == 0, "then number and root");
	ok(order(&r, WIRE_EXECUTE, &job) && receive(&r, WIRE_FAILED),
	    "what was made is not approved: nothing goes by it");
	ok(acts(&r) == 0 && end(&r) == 0, "nothing went");
	fake.due = 0;
	ok(start_open(&r, false) && told(&r, 0) &&
	    order(&r, WIRE_SURVEY, &job) && surveyed(&r, &m) && m.n == 0,
	    "nothing due: a plan of nothing");
	ok(end(&r) == 0, "and a good end");
}

static void
test_execute(void)
{
	struct msg_surveyed m = { .n = 0 };
	struct msg_job job = { .at = { 1 } };
	uint8_t root[32];
	struct rig r;

	fake = (struct fake){ .due = MOST };
	commitments(4, root);
	ok(start_open(&r, true) && told(&r, 4) && order(&r, WIRE_SURVEY, &job) &&
	    surveyed(&r, &m) && m.n == 4 && m.held == 0,
	    "of a plan of 4 all are due, of 10 that are");
	ok(order(&r, WIRE_EXECUTE, &job) && receive(&r, WIRE_FINISHED) &&
	    acts(&r) == 4, "exactly they go");
	ok(order(&r, WIRE_EXECUTE, &job) && receive(&r, WIRE_FINISHED) &&
	    acts(&r) == 4, "in the next round as well");
	ok(order_only(&r, WIRE_EXECUTE, &job) && receive(&r, WIRE_FAILED) &&
	    acts(&r) == 0, "not without hearing of holds anew");
	ok(end(&r) == 0, "a good end");
	ok(start_open(&r, false) && told(&r, 4) &&
	    order(&r, WIRE_EXECUTE, &job) && receive(&r, WIRE_FAILED) &&
	    acts(&r) == 0 && end(&r) == 0, "nor for reading only");
	ok(start_open(&r, true) && order(&r, WIRE_EXECUTE, &job) &&
	    receive(&r, WIRE_FAILED) && acts(&r) == 0, "no plan, no row");
	ok(told(&r, 0) && order(&r, WIRE_EXECUTE, &job) &&
	    receive(&r, WIRE_FAILED) && acts(&r) == 0 && end(&r) == 0,
	    "nor by an empty one");
}

static void
test_held(void)
{
	static const uint8_t hash[GATE_HASH_BYTES] = { 1 };
	struct gates g = GATES_OPEN;
	struct msg_gates m = { .n = 1, .has_key = true };
	struct msg_surveyed s = { .n = 0 };
	struct msg_job job = { .at = { 1 } };
	uint8_t root[32];
	size_t at = 0;
	struct rig r;

	fake = (struct fake){ .due = MOST, .held = 3 };
	commitments(5, root);
	must(gates_add(&g, "email", hash, GATE_HELD, &r.e) == 0);
	gates_seal(&g);
	must(start_open(&r, true) && told(&r, 5));
	msg_put_gates(&r.out, &m);
	must(say(&r, WIRE_GATES));
	msg_put_gated(&r.out, &g, &at);
	must(say(&r, WIRE_GATED));
	ok(order_only(&r, WIRE_SURVEY, &job) && surveyed(&r, &s) &&
	    s.n == 2 && s.held == 3, "of 5 in a plan 2 are due, 3 held");
	ok(acts(&r) == 0 && end(&r) == 0, "looking does nothing");
	gates_release(&g);
}

static void
test_crooked(void)
{
	uint8_t root[32];
	struct rig r;

	fake = (struct fake){ .due = MOST };
	commitments(4, root);
	ok(start_open(&r, true) && say_only(&r, 4) && say_known(&r, 0, 3) &&
	    say_all(&r) && end(&r) == 70, "fewer items than said");
	ok(start_open(&r, true) && say_only(&r, 3) && say_known(&r, 0, 4) &&
	    end(&r) == 70, "more");
	ok(start_open(&r, true) && say_only(&r, 4) && say_known(&r, 2, 2) &&
	    say_known(&r, 0, 2) && say_all(&r) && end(&r) == 70,
	    "not in order");
	ok(start_open(&r, true) && say_only(&r, 4) && say_known(&r, 0, 2) &&
	    say_known(&r, 1, 2) && say_all(&r) && end(&r) == 70, "one twice");
}

int
main(void)
{
	test_make();
	test_execute();
	test_held();
	test_crooked();
	return tap_done();
}
