/* msg_sweep: the messages of a scrub come back as they went. */
#include <string.h>

#include "retention/buf.h"
#include "retention/msg_sweep.h"
#include "retention/pool.h"

#include "tap.h"

static void
test_sweep(struct buf *b, struct pool *p, struct err *e)
{
	struct msg_swept s = { 5, 9 }, s2 = { 0 };
	struct msg_swept_all a = { .files = 1, .left = 2, .pages = 3,
	    .strange = 4, .locks = 5, .longest_ms = 6, .ms = 7,
	    .sealed = true, .why = "busy", .why_text = "locked" }, a2 = { 0 };

	for (int i = 0; i < DEAD_N; i++)
		a.dead[i] = (uint64_t)(100 + i);
	msg_sweep_put(b, &s);
	ok(msg_sweep_get(b->data, b->n, &s2, e) == 0 && s2.n == 5 &&
	    s2.of == 9, "swept");
	buf_reset(b);
	msg_sweep_put_all(b, &a);
	ok(msg_sweep_get_all(b->data, b->n, p, &a2, e) == 0 &&
	    memcmp(a.dead, a2.dead, sizeof(a.dead)) == 0 && a2.files == 1 &&
	    a2.left == 2 && a2.pages == 3 && a2.strange == 4 &&
	    a2.locks == 5 && a2.longest_ms == 6 && a2.ms == 7 && a2.sealed &&
	    strcmp(a2.why, "busy") == 0 && a2.assurance == NULL &&
	    strcmp(a2.why_text, "locked") == 0, "all swept");
	b->data[b->n - 1] = ',';
	ok(msg_sweep_get_all(b->data, b->n, p, &a2, e) == -1, "cut short");
	buf_reset(b);
}

int
main(void)
{
	struct buf b = BUF_EMPTY;
	struct pool *p = pool_new();
	struct err e = ERR_EMPTY;

	test_sweep(&b, p, &e);
	pool_free(p);
	buf_release(&b);
	return tap_done();
}
