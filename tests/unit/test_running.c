/* Proves that the running rules and the explanation of a row survive their
 * text, and that half of it, or more than is known, is refused. */
#include <string.h>

#include "retention/buf.h"
#include "retention/msg.h"
#include "retention/pool.h"
#include "retention/running.h"

#include "tap.h"

static void
test_running(struct pool *p)
{
	struct rule_store store = { .name = "s", .full = "n/s",
		.path = "/x/s.db" };
	struct rule_dataset d = { .name = "d", .full = "n/d", .store = "s",
		.timing = { .keep = RULE_PERIOD, .period = { 2,
		PERIOD_YEARS }, .from = "at" }, .brake.rows = -1 };
	struct rule_notice n = { .id = "n", .n_stores = 1, .stores = &store,
		.n_datasets = 1, .datasets = &d };
	struct running r = { .n_notices = 1, .notices = &n }, got;
	struct buf b = BUF_EMPTY, c = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	size_t taken = 0;

	memset(r.digest, 9, sizeof(r.digest));
	running_put(&b, &r);
	ok(!buf_failed(&b) && running_get(buf_text(&b), b.n, p, &got,
	    &e) == 0, "read back: %s", e.text);
	running_put(&c, &got);
	ok(b.n == c.n && memcmp(buf_text(&b), buf_text(&c), b.n) == 0,
	    "nothing is lost");
	for (size_t i = 0; i < b.n; i++)
		taken += running_get(buf_text(&b), i, p, &got, &e) == 0;
	ok(taken == 0, "no part of it is taken for the whole");
	buf_reset(&b);
	d.store = "other";
	running_put(&b, &r);
	ok(running_get(buf_text(&b), b.n, p, &got, &e) == -1,
	    "a dataset without its store: %s", e.text);
	buf_release(&b);
	buf_release(&c);
}

static void
test_explain(struct pool *p)
{
	static const char *const key[] = { "x", "7" };
	struct explain_rival rival = { .dataset = "n/r", .matches = true };
	struct explain x = { .rows = 1, .clock = EXPLAIN_DATED,
		.has_time = true, .time = { 5 }, .n_rivals = 1,
		.rivals = &rival, .gate = GATE_HELD, .needs = true }, back;
	struct msg_explain m = { .at = { 3 }, .dataset = { .name = "d",
		.full = "n/d", .store = "s" }, .n_key = 2, .key = key }, q;
	struct buf b = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	char *bad;

	msg_explain_put(&b, &m);
	ok(msg_explain_get(buf_text(&b), b.n, p, &q, &e) == 0 &&
	    q.n_key == 2 && strcmp(q.key[1], "7") == 0 && q.at.ms == 3,
	    "the question: %s", e.text);
	buf_reset(&b);
	msg_explain_put_answer(&b, &x);
	ok(msg_explain_get_answer(buf_text(&b), b.n, p, &back, &e) == 0 &&
	    back.gate == GATE_HELD && back.n_rivals == 1 && back.has_time &&
	    !back.has_due_at && !back.goes && back.rivals[0].matches,
	    "the answer: %s", e.text);
	bad = pool_dupn(p, buf_text(&b), b.n);
	bad[strstr(bad, "\"clock\":1") - bad + 8] = '5';
	ok(msg_explain_get_answer(bad, b.n, p, &back, &e) == -1,
	    "a clock that does not exist: %s", e.text);
	buf_release(&b);
}

int
main(void)
{
	struct pool *p = pool_new();

	must(p != NULL);
	test_running(p);
	test_explain(p);
	pool_free(p);
	return tap_done();
}
