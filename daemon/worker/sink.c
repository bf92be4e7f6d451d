/*
 * sink - WANT, ITEMS, INTEND, READY and DONE in the order of a pass.
 *
 * I1: go() gives 1 on GO alone; a parent that is gone, says STOP or says
 * something else never means yes.
 */
#include "sink.h"

#include <poll.h>
#include <string.h>

#include "retention/msg.h"
#include "retention/msg_print.h"
#include "retention/msg_sweep.h"
#include "retention/pool.h"

static int
read_ops(const char *body, size_t n_body, size_t n, struct commit_op *ret,
    struct err *e)
{
	struct pool *p = pool_new();
	struct commit_op *ops = NULL;
	size_t got = 0;
	int rc = -1;

	if (p == NULL)
		return err_set(e, ERR_MEMORY, "no memory for operations");
	if (msg_get_ops(body, n_body, p, &ops, &got, e) == -1)
		goto out;
	if (got != n) {
		(void)err_set(e, ERR_PROTOCOL,
		    "%zu operations came; %zu were wanted", got, n);
		goto out;
	}
	memcpy(ret, ops, n * sizeof(*ret));
	rc = 0;
out:
	pool_free(p);		/* wipes the keys */
	return rc;
}

static int
want(struct link *l, size_t n, struct commit_op *ret, struct err *e)
{
	enum wire_type type;
	const char *body;
	size_t n_body;

	msg_put_want(&l->out, n);
	if (link_send(l, WIRE_WANT, e) == -1 ||
	    link_answer(l, &type, &body, &n_body, e) == -1)
		return -1;
	if (read_ops(body, n_body, n, ret, e) == -1)
		return e->code == ERR_PROTOCOL ? link_broken(l) : -1;
	return 0;
}

static int
on_ops(void *ctx, size_t n, struct commit_op *ret, struct err *e)
{
	const struct sink *s = ctx;

	while (n != 0) {
		size_t part = n < WIRE_MOST_OPS ? n : WIRE_MOST_OPS;

		if (want(s->link, part, ret, e) == -1)
			return -1;
		ret += part;
		n -= part;
	}
	return 0;
}

static int
on_intend(void *ctx, const struct commit_op *op, const char *object,
    const uint8_t (*c)[COMMIT_BYTES], size_t n, const uint8_t root[32],
    struct err *e)
{
	struct link *l = ((const struct sink *)ctx)->link;
	struct msg_intend m = { .object = object, .n = n };

	if (n == 0 || n > COMMIT_MAX_ITEMS)
		return err_set(e, ERR_REFUSED, "an operation of %zu items", n);
	for (size_t at = 0; at < n; at += WIRE_ITEMS_A_PACKET) {
		size_t part = n - at < WIRE_ITEMS_A_PACKET ? n - at :
		    WIRE_ITEMS_A_PACKET;

		msg_put_items(&l->out, op->op, c + at, part);
		if (link_send(l, WIRE_ITEMS, e) == -1)
			return -1;
	}
	memcpy(m.op, op->op, sizeof(m.op));
	memcpy(m.root, root, sizeof(m.root));
	msg_put_intend(&l->out, &m);
	return link_send(l, WIRE_INTEND, e);
}

/* READY, whose body stands in the link. */
static int
ready(struct sink *s, const char **ret_body, size_t *ret_n, struct err *e)
{
	enum wire_type type;

	if (link_send(s->link, WIRE_READY, e) == -1 ||
	    link_answer(s->link, &type, ret_body, ret_n, e) == -1)
		return -1;
	if (type == WIRE_GO)
		return 1;
	s->sum.stopped = true;
	return 0;
}

static int
on_go(void *ctx, struct err *e)
{
	struct sink *s = ctx;
	const char *body;
	size_t n;

	buf_puts(&s->link->out, "{}");
	return ready(s, &body, &n, e);
}

static int
go_asking(struct sink *s, uint64_t dev, uint64_t ino, struct msg_go *ret,
    struct err *e)
{
	const char *body;
	size_t n;
	int rc;

	*ret = (struct msg_go){ .appends = false };
	msg_put_ready(&s->link->out, dev, ino);
	rc = ready(s, &body, &n, e);
	if (rc == 1 && msg_get_go(body, n, ret, e) == -1)
		return link_broken(s->link);
	return rc;
}

static int
on_go_appends(void *ctx, uint64_t dev, uint64_t ino, bool *ret_appends,
    struct err *e)
{
	struct msg_go m;
	int rc = go_asking(ctx, dev, ino, &m, e);

	*ret_appends = m.appends;
	return rc;
}

static int
on_go_alone(void *ctx, uint64_t dev, uint64_t ino, bool *ret_alone,
    struct err *e)
{
	struct msg_go m;
	int rc = go_asking(ctx, dev, ino, &m, e);

	*ret_alone = m.alone;
	return rc;
}

static int
on_done(void *ctx, const struct store_outcome *o, struct err *e)
{
	struct sink *s = ctx;
	bool failed = o->err.code != ERR_NONE;
	struct msg_done m = { .n = o->n, .erased = o->erased, .left = o->left,
	    .skipped_drift = o->skipped_drift, .method = o->method,
	    .assurance = o->assurance, .pseudonymous = o->pseudonymous,
	    .ms = o->ms > 0 ? o->ms : 0,
	    .error = failed ? err_class(o->err.code) : NULL,
	    .error_text = failed ? o->err.text : NULL };

	memcpy(m.op, o->op, sizeof(m.op));
	msg_put_done(&s->link->out, &m);
	if (link_send(s->link, WIRE_DONE, e) == -1)
		return -1;
	s->sum.erased += o->erased;
	s->sum.left += o->left;
	s->sum.skipped_drift += o->skipped_drift;
	return 0;
}

/* A parent that wants the end of it, or is gone, has closed its half. */
static bool
on_halted(void *ctx)
{
	const struct sink *s = ctx;
	struct pollfd p = { .fd = s->link->channel.fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && p.revents != 0;
}

/* Twice a second; what cannot be sent is found out by the next message. */
static void
on_swept(void *ctx, uint64_t n, uint64_t of)
{
	struct sink *s = ctx;
	struct mono now = clock_mono();
	struct err ignored;

	if (s->has_said && clock_since_ms(s->said, now) < 500)
		return;
	s->said = now;
	s->has_said = true;
	msg_sweep_put(&s->link->out, &(struct msg_swept){ n, of });
	(void)link_send(s->link, WIRE_SWEPT, &ignored);
}

static int
on_prints(void *ctx, const uint8_t file[16], const struct store_print *list,
    size_t n, struct err *e)
{
	const struct sink *s = ctx;
	struct msg_print page[64];

	while (n != 0) {
		size_t part = n < 64 ? n : 64;

		for (size_t i = 0; i < part; i++) {
			page[i].person = list[i].person;
			memcpy(page[i].print, list[i].print, PRINT_BYTES);
		}
		msg_print_put_done(&s->link->out, file, page, part);
		if (link_send(s->link, WIRE_PRINTED, e) == -1)
			return -1;
		list += part;
		n -= part;
	}
	return 0;
}

struct store_sink
sink_of(struct sink *s)
{
	return (struct store_sink){ .ctx = s, .ops = on_ops,
	    .intend = on_intend, .go = on_go, .done = on_done,
	    .halted = on_halted, .go_appends = on_go_appends,
	    .go_alone = on_go_alone, .swept = on_swept,
	    .prints = on_prints };
}
