/* serve: the worker's side of every dialogue, with a store that is a script.
 * I1: without GO the store never gets to act. */
#include "retention/msg_sweep.h"

#include "rig.h"
#include "tap.h"

static void
test_questions(void)
{
	struct msg_event ev = { { 100 }, { .name = "x", .query = "SELECT 1" } };
	struct msg_counted c = { 0 };
	struct msg_finding f = { 0 };
	struct msg_job job = { .at = { 5 } };
	struct wall at = { 0 };
	struct rig r;
	int64_t pid = 0;
	bool yes = false;

	fake = (struct fake){ .clause_bytes = 20 };
	start(&r);
	ok(receive(&r, WIRE_HELLO) && msg_get_hello(r.body, r.n, &pid, &r.e) ==
	    0 && pid == r.pid && end(&r) == 0, "hello says its pid");
	ok(start_open(&r, false), "opened");
	ok(order(&r, WIRE_PLAN, &job) && receive(&r, WIRE_COUNTED) &&
	    msg_get_counted(r.body, r.n, r.pool, &c, &r.e) == 0 &&
	    c.total == 3 && c.due == 1 && c.kept == 2 && c.has_next &&
	    c.next_due.ms == 6 && !c.has_oldest && strlen(c.clause) == 20,
	    "plan is counted");
	ok(order(&r, WIRE_PEEK, &job) && receive(&r, WIRE_PEEKED) &&
	    msg_get_peeked(r.body, r.n, &yes, &r.e) == 0 && yes, "peek");
	ok(order(&r, WIRE_CHECK, &job) && receive(&r, WIRE_FINDING) &&
	    msg_get_finding(r.body, r.n, r.pool, &f, &r.e) == 0 &&
	    f.severity == STORE_WARNING && strcmp(f.fix, "CREATE INDEX x") ==
	    0 && receive(&r, WIRE_FINDING) && receive(&r, WIRE_CHECKED),
	    "check: two findings");
	msg_put_event(&r.out, &ev);
	ok(say(&r, WIRE_EVENT) && receive(&r, WIRE_FIRED) &&
	    msg_get_fired(r.body, r.n, &yes, &at, &r.e) == 0 && yes &&
	    at.ms == 99, "event");
	ok(say(&r, WIRE_BYE) && end(&r) == 0, "bye");
}

static void
test_failures(void)
{
	struct msg_job job = { .dataset.full = "n/else" };
	struct err why = ERR_EMPTY;
	struct rig r;

	fake = (struct fake){ .open_fails = ERR_STORE };
	start(&r);
	ok(open_store(&r, true) && receive(&r, WIRE_FAILED), "not opened");
	ok(order_only(&r, WIRE_PLAN, &job) && receive(&r, WIRE_FAILED),
	    "and nothing to plan");
	msg_get_failed(r.body, r.n, &why);
	ok(why.code == ERR_REFUSED && end(&r) == 0, "because: %s", why.text);

	fake = (struct fake){ .clause_bytes = WIRE_MOST_BYTES };
	ok(start_open(&r, false), "opened to read");
	ok(order(&r, WIRE_PLAN, &job) && receive(&r, WIRE_FAILED), "busy");
	msg_get_failed(r.body, r.n, &why);
	ok(why.code == ERR_BUSY && strcmp(why.text, "locked") == 0,
	    "the store's own reason: %s", why.text);
	job.dataset.full = NULL;
	ok(order(&r, WIRE_PLAN, &job) && receive(&r, WIRE_FAILED),
	    "a reply that is too long");
	msg_get_failed(r.body, r.n, &why);
	ok(why.code == ERR_REFUSED, "is a failure: %s", why.text);
	ok(order(&r, WIRE_ERASE, &job) && receive(&r, WIRE_FAILED) &&
	    acts(&r) == 0, "I9: no erasing when opened to read");
	ok(order(&r, WIRE_PEEK, &job) && receive(&r, WIRE_PEEKED) &&
	    end(&r) == 0, "the next order is served");
}

static int
order_sweep(struct rig *r)
{
	buf_puts(&r->out, "{}");
	return say(r, WIRE_SWEEP);
}

static void
test_sweep(void)
{
	struct msg_swept_all m;
	struct msg_swept s;
	struct rig r;

	fake = (struct fake){ .open_fails = ERR_NONE };
	ok(start_open(&r, false) && order_sweep(&r) &&
	    receive(&r, WIRE_FAILED) && end(&r) == 0,
	    "I9: no overwriting when opened to read");
	ok(start_open(&r, true) && order_sweep(&r) &&
	    receive(&r, WIRE_SWEPT) && msg_sweep_get(r.body, r.n, &s, &r.e) ==
	    0 && s.n == 1 && s.of == 2, "it goes on");
	ok(receive(&r, WIRE_SWEPT_ALL) && msg_sweep_get_all(r.body, r.n,
	    r.pool, &m, &r.e) == 0 && m.pages == 2 && m.dead[DEAD_GAP] == 7 &&
	    m.sealed && end(&r) == 0, "and is done");
}

/* Gives k operations as they are wanted. */
static int
give(struct rig *r, size_t off_by)
{
	struct commit_op ops[WIRE_MOST_OPS] = { 0 };
	size_t k = 0;

	if (!receive(r, WIRE_WANT) ||
	    msg_get_want(r->body, r->n, &k, &r->e) == -1)
		return 0;
	for (size_t i = 0; i < k; i++)
		ops[i].op[0] = (uint8_t)(i + 1);
	msg_put_ops(&r->out, ops, k - off_by);
	return say(r, WIRE_OPS) ? (int)k : 0;
}

/* One operation of n items: its packets and its intent. */
static int
intended(struct rig *r, size_t n)
{
	uint8_t op[COMMIT_OP_BYTES];
	const uint8_t (*c)[COMMIT_BYTES];
	struct msg_intend m;
	size_t got = 0, part = 0;

	while (got < n) {
		if (!receive(r, WIRE_ITEMS) || msg_get_items(r->body, r->n,
		    op, &c, &part, &r->e) == -1)
			return 0;
		got += part;
	}
	return got == n && receive(r, WIRE_INTEND) && msg_get_intend(r->body,
	    r->n, r->pool, &m, &r->e) == 0 && m.n == n &&
	    strcmp(m.object, "orders") == 0 && memcmp(op, m.op, 16) == 0;
}

static int
outcome(struct rig *r, uint64_t erased, uint64_t left)
{
	struct msg_done m;

	return receive(r, WIRE_DONE) && msg_get_done(r->body, r->n, r->pool,
	    &m, &r->e) == 0 && m.erased == erased && m.left == left;
}

static int
finished(struct rig *r, uint64_t erased, bool stopped)
{
	struct msg_finished m;

	return receive(r, WIRE_FINISHED) && msg_get_finished(r->body, r->n,
	    r->pool, &m, &r->e) == 0 && m.erased == erased &&
	    m.stopped == stopped;
}

static void
test_erase(void)
{
	struct msg_job job = { .at = { 5 } };
	struct rig r;

	fake = (struct fake){ .rounds = 2, .ops = 2, .items = 4500 };
	ok(start_open(&r, true) && order(&r, WIRE_ERASE, &job), "erase");
	for (int round = 0; round < 2; round++) {
		ok(give(&r, 0) == 2 && intended(&r, 4500) &&
		    intended(&r, 4500) && receive(&r, WIRE_READY) &&
		    acts(&r) == 0, "round %d: intended, not acted", round);
		ok(say(&r, WIRE_GO) && outcome(&r, 4500, 0) &&
		    outcome(&r, 4500, 0) && acts(&r) == 2, "go: acted");
	}
	ok(finished(&r, 18000, false), "finished");
	ok(order(&r, WIRE_ERASE, &job) && give(&r, 0) == 2 &&
	    intended(&r, 4500) && intended(&r, 4500) &&
	    receive(&r, WIRE_READY) && say(&r, WIRE_STOP) &&
	    outcome(&r, 0, 4500) && outcome(&r, 0, 4500) &&
	    finished(&r, 0, true) && acts(&r) == 0 && end(&r) == 0,
	    "STOP: nothing is erased");

	fake = (struct fake){ .rounds = 1, .ops = 70, .items = 1 };
	ok(start_open(&r, true) && order(&r, WIRE_ERASE, &job) &&
	    give(&r, 0) == 64 && give(&r, 0) == 6 && intended(&r, 1),
	    "many operations are wanted in portions");
	ok(end(&r) == 0, "gone among the items: exit 0");

	fake = (struct fake){ .erase_fails = ERR_CHANGED };
	ok(start_open(&r, true) && order(&r, WIRE_ERASE, &job) &&
	    receive(&r, WIRE_FAILED), "a pass that fails");
	fake = (struct fake){ .rounds = 0 };
	ok(end(&r) == 0 && start_open(&r, true) && order(&r, WIRE_ERASE,
	    &job) && finished(&r, 0, false) && end(&r) == 0, "nothing due");
}

/* Gone or wrong at the moment of truth: I5, nothing is erased. */
static void
test_broken_off(void)
{
	struct msg_job job = { .at = { 5 } };
	struct rig r;
	int told;

	fake = (struct fake){ .rounds = 1, .ops = 1, .items = 3 };
	ok(start_open(&r, true) && order(&r, WIRE_ERASE, &job) &&
	    give(&r, 0) == 1 && intended(&r, 3) && receive(&r, WIRE_READY),
	    "ready");
	told = dup(r.told[0]);
	ok(end(&r) == 0, "the parent goes instead of GO: exit 0");
	r.told[0] = told;
	ok(acts(&r) == 0, "and nothing was erased");
	(void)close(told);

	ok(start_open(&r, true) && order(&r, WIRE_ERASE, &job) &&
	    give(&r, 0) == 1 && intended(&r, 3) && receive(&r, WIRE_READY),
	    "ready");
	r.link.state = WIRE_IDLE;
	ok(order_only(&r, WIRE_PLAN, &job) && channel_receive(&r.link, &r.type,
	    &r.body, &r.n, &r.e) == 0 && acts(&r) == 0 && end(&r) == 70,
	    "PLAN instead of GO: exit 70");

	ok(start_open(&r, true) && order(&r, WIRE_ERASE, &job) &&
	    give(&r, 1) == 1 && channel_receive(&r.link, &r.type, &r.body,
	    &r.n, &r.e) == 0 && end(&r) == 70, "fewer operations than wanted");

	start(&r);
	buf_puts(&r.out, "{\"store\":1}");
	ok(receive(&r, WIRE_HELLO) && say(&r, WIRE_OPEN) &&
	    channel_receive(&r.link, &r.type, &r.body, &r.n, &r.e) == 0 &&
	    end(&r) == 70, "an OPEN that cannot be read: exit 70");
}

/* n commitments of operation `op`, counting up from `first`. */
static int
known(struct rig *r, uint8_t op_byte, uint8_t first, size_t n)
{
	uint8_t op[COMMIT_OP_BYTES] = { op_byte };
	uint8_t c[8][COMMIT_BYTES] = { 0 };

	for (size_t i = 0; i < n; i++)
		c[i][0] = (uint8_t)(first + i);
	msg_put_items(&r->out, op, (const uint8_t (*)[COMMIT_BYTES])c, n);
	return say(r, WIRE_KNOWN);
}

static int
resume(struct rig *r, bool act)
{
	static const struct msg_op ops[2] = {
		{ .op.op = { 1 }, .n = 3, .object = "orders" },
		{ .op.op = { 2 }, .n = 2, .object = "orders" } };
	struct msg_job job = { .at = { 5 }, .act = act, .n_ops = 2,
	    .ops = ops };

	return start_open(r, true) && order(r, WIRE_RESUME, &job);
}

static void
test_resume(void)
{
	struct rig r;

	fake = (struct fake){ .look_first = true };
	ok(resume(&r, false) && known(&r, 1, 0, 2) && known(&r, 1, 2, 1) &&
	    known(&r, 2, 0, 2) && say(&r, WIRE_KNOWN_ALL) &&
	    outcome(&r, 0, 3) && outcome(&r, 0, 2) && finished(&r, 0, false) &&
	    acts(&r) == 0 && end(&r) == 0, "looking only");
	ok(resume(&r, true) && known(&r, 1, 0, 3) && known(&r, 2, 0, 2) &&
	    say(&r, WIRE_KNOWN_ALL) && outcome(&r, 0, 3) &&
	    receive(&r, WIRE_READY) && acts(&r) == 0, "acting waits for GO");
	ok(say(&r, WIRE_GO) && outcome(&r, 2, 0) && finished(&r, 2, false) &&
	    acts(&r) == 1 && end(&r) == 0, "and acts on it");
	fake.look_first = false;
	ok(resume(&r, true) && known(&r, 1, 0, 3) && known(&r, 2, 0, 2) &&
	    say(&r, WIRE_KNOWN_ALL) && receive(&r, WIRE_READY) &&
	    say(&r, WIRE_STOP) && outcome(&r, 0, 3) && outcome(&r, 0, 2) &&
	    finished(&r, 0, true) && acts(&r) == 0 && end(&r) == 0, "STOP");
	ok(resume(&r, true) && known(&r, 1, 0, 3) && end(&r) == 0,
	    "gone among the items: exit 0");
}

static void
test_resume_refused(void)
{
	struct rig r;

	ok(resume(&r, true) && known(&r, 1, 0, 4) && end(&r) == 70,
	    "an item too many");
	ok(resume(&r, true) && known(&r, 2, 0, 2) && end(&r) == 70,
	    "another operation first");
	ok(resume(&r, true) && known(&r, 1, 0, 2) && known(&r, 1, 1, 1) &&
	    end(&r) == 70, "an item twice");
	ok(resume(&r, true) && known(&r, 1, 5, 2) && known(&r, 1, 1, 1) &&
	    end(&r) == 70, "out of order");
	ok(resume(&r, true) && known(&r, 1, 0, 3) && say(&r, WIRE_KNOWN_ALL) &&
	    end(&r) == 70, "an operation without items");
	ok(resume(&r, true) && known(&r, 1, 0, 3) && known(&r, 2, 0, 2) &&
	    known(&r, 2, 2, 1) && end(&r) == 70, "items beyond the last");
}

int
main(void)
{
	test_questions();
	test_failures();
	test_sweep();
	test_erase();
	test_broken_off();
	test_resume();
	test_resume_refused();
	return tap_done();
}
