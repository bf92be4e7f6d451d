/* gates: what a hold means for a dataset, and that a worker erases nothing
 * while it is not told, for each job anew, what is under hold (I4). */
#include "retention/gate.h"

#include "rig.h"
#include "tap.h"

static const uint8_t ann[GATE_HASH_BYTES] = { 1 };
static const uint8_t bob[GATE_HASH_BYTES] = { 2 };

static void
test_find(void)
{
	struct gates g = GATES_OPEN;
	struct err e = ERR_EMPTY;

	for (int i = 0; i < 200; i++) {
		uint8_t h[GATE_HASH_BYTES] = { (uint8_t)i, 9 };

		must(gates_add(&g, i % 2 ? "email" : "phone", h, GATE_HELD,
		    &e) == 0);
	}
	must(gates_add(&g, "email", ann, GATE_RESTRICTED, &e) == 0 &&
	    gates_add(&g, "email", ann, GATE_HELD, &e) == 0 &&
	    gates_add(&g, "email", ann, GATE_RESTRICTED, &e) == 0 &&
	    gates_add(&g, "email", bob, GATE_RESTRICTED, &e) == 0);
	gates_seal(&g);
	ok(g.n == 202, "doubles are one: %zu", g.n);
	ok(gates_find(&g, gates_kind(&g, "email"), ann) == GATE_HELD,
	    "of several the strictest");
	ok(gates_find(&g, gates_kind(&g, "email"), bob) == GATE_RESTRICTED,
	    "a restriction");
	ok(gates_find(&g, gates_kind(&g, "phone"), ann) == GATE_OPEN,
	    "of another kind: open");
	ok(gates_kind(&g, "fax") == -1, "a kind that nobody is gated by");
	for (int i = 0; i < GATE_MOST_KINDS - 2; i++) {
		char kind[8];

		(void)snprintf(kind, sizeof(kind), "k%d", i);
		must(gates_add(&g, kind, ann, GATE_HELD, &e) == 0);
	}
	ok(gates_add(&g, "more", ann, GATE_HELD, &e) == -1,
	    "too many kinds are an error, not forgotten");
	gates_release(&g);
}

static void
test_apply(void)
{
	static const struct rule_subject persons[] = { { "email", "mail" } };
	const struct rule_dataset d = { .full = "n/orders", .n_persons = 1,
		.persons = persons };
	struct rule_dataset destroy = { .full = "n/all",
		.action = RULE_DESTROY };
	const struct wall at = { 1000 };
	static const struct {
		const char *text;
		struct gate_hold h;
		enum gate_state whole;
		size_t n;
	} rows[] = {
		{ "all", { GATE_HELD, GATE_ALL, "", "", { 0 }, { 0 } },
		    GATE_HELD, 0 },
		{ "its store", { GATE_HELD, GATE_STORE, "n/site", "", { 0 },
		    { 0 } }, GATE_HELD, 0 },
		{ "another store", { GATE_HELD, GATE_STORE, "n/sit", "",
		    { 0 }, { 0 } }, GATE_OPEN, 0 },
		{ "itself", { GATE_RESTRICTED, GATE_DATASET, "n/orders", "",
		    { 0 }, { 0 } }, GATE_RESTRICTED, 0 },
		{ "another dataset", { GATE_HELD, GATE_DATASET, "n/order", "",
		    { 0 }, { 0 } }, GATE_OPEN, 0 },
		{ "a subject", { GATE_HELD, GATE_SUBJECT, "", "email", { 1 },
		    { 0 } }, GATE_OPEN, 1 },
		{ "of a kind that it does not know", { GATE_HELD,
		    GATE_SUBJECT, "", "phone", { 1 }, { 0 } }, GATE_OPEN, 0 },
		{ "a millisecond before its end", { GATE_HELD, GATE_ALL, "",
		    "", { 0 }, { 1001 } }, GATE_HELD, 0 },
		{ "at its end", { GATE_HELD, GATE_ALL, "", "", { 0 },
		    { 1000 } }, GATE_OPEN, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gates g = GATES_OPEN;
		struct err e = ERR_EMPTY;

		ok(gates_apply(&g, &rows[i].h, "n/site", &d, at, &e) == 0 &&
		    g.n == rows[i].n && gates_whole(&g, &d) == rows[i].whole,
		    "%s", rows[i].text);
		if (rows[i].h.scope == GATE_SUBJECT)
			ok(gates_apply(&g, &rows[i].h, "n/site", &destroy, at,
			    &e) == 0 && gates_whole(&g, &destroy) ==
			    GATE_HELD, "%s keeps a store that goes whole",
			    rows[i].text);
		gates_release(&g);
	}
	ok(gates_whole(NULL, &d) == GATE_OPEN, "nothing was said: open");
}

static void
test_told(void)
{
	struct gates one = GATES_OPEN;
	struct msg_job job = { .at = { 5 } };
	struct rig r;
	size_t at = 0;

	must(gates_add(&one, "email", ann, GATE_HELD, &r.e) == 0);
	fake = (struct fake){ .clause_bytes = 1 };
	ok(start_open(&r, true) && order_only(&r, WIRE_ERASE, &job) &&
	    receive(&r, WIRE_FAILED), "no word about holds: refused");
	ok(gates(&r, 0) && order_only(&r, WIRE_PLAN, &job) &&
	    receive(&r, WIRE_COUNTED) && order_only(&r, WIRE_ERASE, &job) &&
	    receive(&r, WIRE_FINISHED), "told: plan and pass");
	ok(order_only(&r, WIRE_ERASE, &job) && receive(&r, WIRE_FAILED) &&
	    end(&r) == 0, "but the next one is to hear it anew");
	ok(start_open(&r, true) && gates(&r, 2), "two are announced");
	msg_put_gated(&r.out, &one, &at);
	ok(say(&r, WIRE_GATED) && order_only(&r, WIRE_PLAN, &job) &&
	    end(&r) == 70, "one came: the link is broken");
	at = 0;
	ok(start_open(&r, true) && gates(&r, 0), "none is announced");
	msg_put_gated(&r.out, &one, &at);
	ok(say(&r, WIRE_GATED) && end(&r) == 70, "one came: broken");
	at = 0;
	ok(start_open(&r, true) && gates(&r, 1), "one is announced");
	msg_put_gated(&r.out, &one, &at);
	ok(say(&r, WIRE_GATED) && order_only(&r, WIRE_ERASE, &job) &&
	    receive(&r, WIRE_FINISHED) && end(&r) == 0, "and came");
	gates_release(&one);
}

int
main(void)
{
	test_find();
	test_apply();
	test_told();
	return tap_done();
}
