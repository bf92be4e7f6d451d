/*
 * ops - see the header for the states.  Nothing in here knows a row: it sees
 * random names, counts and commitments (I6).
 */
#include "ops.h"

#include <stdlib.h>
#include <string.h>

#include "retention/ledger.h"
#include "retention/log.h"
#include "retention/msg.h"
#include "retention/pool.h"
#include "retention/record.h"
#include "retention/wire.h"

#include "evidence.h"
#include "opcheck.h"

#define MOST_OPS_A_ROUND WIRE_MOST_OPS
#define ITEMS_MOST_BYTES ((size_t)COMMIT_MAX_ITEMS * COMMIT_BYTES)

void
ops_init(struct ops *o, struct evidence *ev, const struct ops_subject *subject)
{
	*o = (struct ops){ .ev = ev, .subject = *subject,
	    .items = { .most = ITEMS_MOST_BYTES } };
}

static void
clear_op(struct ops_op *op)
{
	free(op->c);
	explicit_bzero(op, sizeof(*op));
}

void
ops_release(struct ops *o)
{
	for (size_t i = 0; i < o->n; i++)
		clear_op(&o->op[i]);
	free(o->op);
	o->op = NULL;
	o->n = o->room = 0;
	buf_release(&o->items);
}

static struct ops_op *
add(struct ops *o)
{
	if (o->n == o->room) {
		size_t room = o->room != 0 ? o->room * 2 : 16;
		struct ops_op *op = calloc(room, sizeof(*op));

		if (op == NULL)
			return NULL;
		if (o->n != 0) {
			memcpy(op, o->op, o->n * sizeof(*op));
			explicit_bzero(o->op, o->n * sizeof(*op));
		}
		free(o->op);
		o->op = op;
		o->room = room;
	}
	o->op[o->n] = (struct ops_op){ .state = OPS_GIVEN };
	return &o->op[o->n++];
}

static struct ops_op *
find(struct ops *o, const uint8_t id[COMMIT_OP_BYTES])
{
	for (size_t i = 0; i < o->n; i++)
		if (memcmp(o->op[i].id.op, id, COMMIT_OP_BYTES) == 0)
			return &o->op[i];
	return NULL;
}

int
ops_give(struct ops *o, size_t n, struct buf *out, struct err *e)
{
	struct commit_op fresh[MOST_OPS_A_ROUND];
	int rc = -1;

	if (n == 0 || n > MOST_OPS_A_ROUND)
		return err_set(e, ERR_PROTOCOL, "asked for %zu operations, "
		    "1 to %d can be had", n, MOST_OPS_A_ROUND);
	if (evidence_ops(o->ev, n, fresh, e) == -1)
		goto out;
	for (size_t i = 0; i < n; i++) {
		struct ops_op *op = add(o);

		if (op == NULL) {
			(void)err_set(e, ERR_MEMORY, "no memory");
			goto out;
		}
		op->id = fresh[i];
	}
	msg_put_ops(out, fresh, n);
	rc = 0;
out:
	explicit_bzero(fresh, sizeof(fresh));
	return rc;
}

int
ops_items(struct ops *o, const void *body, size_t n, struct err *e)
{
	const uint8_t *bytes = body;

	if (n <= COMMIT_OP_BYTES || (n - COMMIT_OP_BYTES) % COMMIT_BYTES != 0)
		return err_set(e, ERR_PROTOCOL, "%zu bytes", n);
	if (o->items.n == 0)
		memcpy(o->items_op, bytes, COMMIT_OP_BYTES);
	if (memcmp(o->items_op, bytes, COMMIT_OP_BYTES) != 0)
		return err_set(e, ERR_PROTOCOL, "of another operation than "
		    "the one under way");
	buf_add(&o->items, bytes + COMMIT_OP_BYTES, n - COMMIT_OP_BYTES);
	if (buf_failed(&o->items))
		return err_set(e, ERR_PROTOCOL, "more than %d of one "
		    "operation", COMMIT_MAX_ITEMS);
	return 0;
}

/* The commitments are what the worker says they are. */
static int
check_intend(struct ops *o, const struct msg_intend *m,
    const struct ops_op *op, struct err *e)
{
	const uint8_t (*c)[COMMIT_BYTES] = (const void *)o->items.data;
	uint8_t root[32];

	if (op == NULL || op->state != OPS_GIVEN)
		return err_set(e, ERR_PROTOCOL, "not an operation to be had");
	if (o->items.n == 0 || memcmp(o->items_op, m->op, COMMIT_OP_BYTES) ||
	    m->n != o->items.n / COMMIT_BYTES)
		return err_set(e, ERR_PROTOCOL, "items and count differ");
	for (size_t i = 1; i < m->n; i++)
		if (memcmp(c[i - 1], c[i], COMMIT_BYTES) >= 0)
			return err_set(e, ERR_PROTOCOL, "items not in order");
	commit_root((void *)o->items.data, m->n, root);
	if (memcmp(root, m->root, sizeof(root)) != 0)
		return err_set(e, ERR_PROTOCOL, "items and root differ");
	return 0;
}

/* I1, first half: job text and commitments durable, intent appended. */
static int
promise(struct ops *o, struct ops_op *op, const uint8_t root[32],
    struct err *e)
{
	const uint8_t (*c)[COMMIT_BYTES] = (const void *)o->items.data;
	const struct ops_subject *s = &o->subject;
	struct buf payload = BUF_EMPTY;
	size_t n = op->info.n;
	int rc = -1;
	struct record_intent r = {
		.op = op->id.op, .dataset = s->dataset, .action = s->action,
		.store = s->store, .object = op->info.object,
		.basis = s->basis, .policy = s->policy, .cutoff = s->cutoff, .plan = s->plan,
		.agreement = s->agreement, .n = n, .croot = root, .c = c, .gate = s->gate,
		.cause = s->cause, .request = s->request };

	if (evidence_off(o->ev))
		return err_set(e, ERR_TRAIL, "the trail is out of order");
	if (opcheck_remember(o->ev->ledger, &op->id, s->job_text, s->path,
	    e) == -1)
		goto out;
	if (n > RECORD_C_IN_LINE &&
	    trail_items(o->ev->trail, op->id.op, c, n, e) == -1)
		goto out;
	record_intent(&payload, &r);
	rc = evidence_append(o->ev, RECORD_INTENT, &payload, e);
out:
	buf_release(&payload);
	if (rc == -1)
		evidence_fail(o->ev, e);
	return rc;
}

int
ops_intend(struct ops *o, const char *body, size_t n, struct err *e)
{
	struct pool *p = pool_new();
	struct err trouble = ERR_EMPTY;
	struct trail_open_op *info;
	struct msg_intend m;
	struct ops_op *op;
	int rc = -1;

	if (p == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (msg_get_intend(body, n, p, &m, e) == -1)
		goto out;
	op = find(o, m.op);
	if (check_intend(o, &m, op, e) == -1)
		goto out;
	info = &op->info;
	memcpy(info->op, m.op, COMMIT_OP_BYTES);
	info->n = m.n;
	info->ep = trail_epoch(o->ev->trail);
	info->cutoff = o->subject.cutoff;
	(void)snprintf(info->dataset, sizeof(info->dataset), "%s",
	    o->subject.dataset);
	(void)snprintf(info->store, sizeof(info->store), "%s", o->subject.store);
	(void)snprintf(info->object, sizeof(info->object), "%s", m.object);
	(void)snprintf(info->action, sizeof(info->action), "%s",
	    o->subject.action);
	if (m.n <= RECORD_C_IN_LINE && (op->c = malloc(o->items.n)) != NULL)
		memcpy(op->c, o->items.data, o->items.n);
	memcpy(op->root, m.root, sizeof(op->root));
	op->state = OPS_INTENDED;
	(void)promise(o, op, m.root, &trouble);	/* seen at READY */
	buf_reset(&o->items);
	rc = 0;
out:
	pool_free(p);
	return rc;
}

/* What is durably closed needs no job text any more, and no memory. */
static void
forget_closed(struct ops *o)
{
	struct err e = ERR_EMPTY;
	size_t kept = 0;

	for (size_t i = 0; i < o->n; i++) {
		struct ops_op *op = &o->op[i];

		if (op->state != OPS_CLOSED) {
			if (kept != i) {
				o->op[kept] = *op;
				explicit_bzero(op, sizeof(*op));
			}
			kept++;
			continue;
		}
		if (ledger_op_drop(o->ev->ledger, op->id.op, &e) == -1)
			log_line(LOG_WARN, "ledger: %s", e.text);
		clear_op(op);
	}
	o->n = kept;
}

bool
ops_ready(struct ops *o, bool may)
{
	struct err e = ERR_EMPTY;
	/* I1, second half: nothing goes before this has returned 0. */
	bool go = evidence_sync(o->ev, &e) == 0 && may;
	if (!evidence_off(o->ev))
		forget_closed(o);
	for (size_t i = 0; i < o->n; i++)
		if (o->op[i].state == OPS_INTENDED)
			o->op[i].state = go ? OPS_GONE : OPS_STOPPED;
	return go;
}

static int
record_result(struct ops *o, struct ops_op *op, const struct msg_done *m,
    struct err *e)
{
	struct buf payload = BUF_EMPTY;
	struct record_outcome r = {
		.op = op->id.op, .n = m->n, .erased = m->erased,
		.left = m->left, .skipped_drift = m->skipped_drift,
		.method = m->method, .assurance = m->assurance,
		.verify = "requery", .ms = m->ms,
		.recovered = o->subject.job_text == NULL,
		.pseudonymous = m->pseudonymous, .error = m->error,
	};
	int rc;

	(m->error != NULL ? record_fail : record_done)(&payload, &r);
	rc = evidence_append(o->ev, m->error != NULL ? RECORD_FAIL :
	    RECORD_DONE, &payload, e);
	buf_release(&payload);
	if (rc == 0)
		op->state = OPS_CLOSED;
	return rc;
}

static void
count(struct ops *o, const struct msg_done *m)
{
	o->erased += m->erased;
	o->skipped += m->skipped_drift;
	o->left += m->left;
	if (m->error == NULL)
		return;
	if (!o->failed)
		(void)snprintf(o->error, sizeof(o->error), "%s",
		    m->error_text != NULL ? m->error_text : m->error);
	o->failed = true;
}

/* A resumed operation needs no leave when there is nothing left to do. */
static bool
may_close(const struct ops *o, const struct ops_op *op)
{
	return op->state == OPS_GONE || op->state == OPS_STOPPED ||
	    (op->state == OPS_INTENDED && o->subject.job_text == NULL);
}

int
ops_done(struct ops *o, const char *body, size_t n, struct err *e)
{
	struct err trouble = ERR_EMPTY;
	struct pool *p = pool_new();
	struct ops_op *op;
	struct msg_done m;
	int rc = -1;

	if (p == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (msg_get_done(body, n, p, &m, e) == -1)
		goto out;
	op = find(o, m.op);
	if (op == NULL || !may_close(o, op))
		(void)err_set(e, ERR_PROTOCOL, "not an operation under way");
	else if (m.n != op->info.n || m.erased > m.n || m.left > m.n ||
	    m.skipped_drift > m.n ||
	    m.erased + m.left + m.skipped_drift != m.n)
		(void)err_set(e, ERR_PROTOCOL, "counts do not add up");
	else if (op->state == OPS_STOPPED && m.erased != 0 &&
	    o->subject.job_text != NULL)
		(void)err_set(e, ERR_PROTOCOL, "erased without leave");
	else
		rc = 0;
	if (rc == -1)
		goto out;
	count(o, &m);
	if (m.error == NULL && m.left != 0)
		m.error = op->state == OPS_STOPPED ? "stopped" : "left";
	(void)record_result(o, op, &m, &trouble);
out:
	pool_free(p);
	return rc;
}

void
ops_finish(struct ops *o, const struct err *why)
{
	struct err e = ERR_EMPTY;

	for (size_t i = 0; i < o->n; i++) {
		struct ops_op *op = &o->op[i];
		struct msg_done m = { .n = op->info.n, .left = op->info.n,
		    .method = "none", .error = why->code != ERR_NONE ?
		    err_class(why->code) : "stopped" };

		/* A resumed one may have been at work in another life. */
		if (o->subject.job_text != NULL &&
		    (op->state == OPS_INTENDED || op->state == OPS_STOPPED))
			(void)record_result(o, op, &m, &e);
		else if (op->state == OPS_GIVEN)
			op->state = OPS_CLOSED;
	}
	if (!evidence_off(o->ev) && evidence_sync(o->ev, &e) == 0)
		forget_closed(o);
}

int
ops_adopt(struct ops *o, const struct trail_open_op *info,
    uint8_t (*c)[COMMIT_BYTES], struct err *e)
{
	struct ops_op *op = add(o);

	if (op == NULL) {
		free(c);
		return err_set(e, ERR_MEMORY, "no memory");
	}
	op->state = OPS_INTENDED;
	op->info = *info;
	op->c = c;
	memcpy(op->id.op, info->op, COMMIT_OP_BYTES);
	return evidence_op_key(o->ev, info->ep, &op->id, e);
}

int
ops_abandon(struct evidence *ev, const struct trail_open_op *info,
    const char *class, struct err *e)
{
	struct buf payload = BUF_EMPTY;
	struct record_outcome r = {
		.op = info->op, .n = info->n, .left = info->n,
		.method = "none", .verify = "none", .recovered = true,
		.error = class,
	};
	int rc;

	record_fail(&payload, &r);
	rc = evidence_append(ev, RECORD_FAIL, &payload, e);
	buf_release(&payload);
	if (rc == 0)
		rc = evidence_sync(ev, e);
	if (rc == 0)
		rc = ledger_op_drop(ev->ledger, info->op, e);
	return rc;
}
