/*
 * dialogue - ERASE and RESUME: the store works, the sink asks, and FINISHED
 * ends it.
 */
#include "dialogue.h"

#include <string.h>

#include "retention/msg_sweep.h"
#include "retention/pool.h"
#include "retention/store.h"

#include "sink.h"

static int
finish(struct link *l, const struct store_result *r, struct err *e)
{
	struct msg_finished m = { .erased = r->erased, .left = r->left,
	    .skipped_drift = r->skipped_drift, .more = r->more,
	    .stopped = r->stopped };

	msg_put_finished(&l->out, &m);
	return link_send(l, WIRE_FINISHED, e);
}

/* I4: nothing is erased while it is not known what is under hold.  What was
 * said is good for one job: the next hears what came up meanwhile. */
static int
take_gates(struct link *l, struct err *e)
{
	if (!l->has_gates)
		return err_set(e, ERR_REFUSED, "the holds in force are not "
		    "known: nothing is erased");
	l->has_gates = false;
	return 0;
}

static int
say_left(struct link *l, const char *clean, struct err *e)
{
	if (clean[0] == '\0')
		return 0;
	msg_clean_put(&l->out, clean);
	return link_send(l, WIRE_LEFT, e);
}

static int
erase(struct link *l, const struct msg_job *job,
    const struct store_pick *pick, struct err *e)
{
	char clean[MSG_CLEAN_BYTES];
	struct sink s = { .link = l };
	struct store_sink sink = sink_of(&s);
	struct store_result r = { 0 };

	if (!l->may_write)	/* I9 */
		return err_set(e, ERR_REFUSED,
		    "the store was opened for reading only");
	if (take_gates(l, e) == -1)
		return -1;
	sink.pick = pick;
	memcpy(clean, l->clean, sizeof(clean));
	sink.clean = clean;
	l->clean[0] = '\0';
	if (store_erase(l->store, &job->dataset, job->at, &sink, &r, e) == -1)
		return -1;
	if (say_left(l, r.clean, e) == -1)
		return -1;
	return finish(l, &r, e);
}

int
dialogue_erase(struct link *l, const struct msg_job *job, struct err *e)
{
	return erase(l, job, NULL, e);
}

int
dialogue_execute(struct link *l, const struct msg_job *job, struct err *e)
{
	struct store_pick pick = chosen_only(&l->only);

	if (!l->has_only || l->only.n == 0)
		return err_set(e, ERR_REFUSED, "no plan was told: nothing is "
		    "erased");
	return erase(l, job, &pick, e);
}

static int
receive_only(struct link *l, uint64_t awaited, struct err *e)
{
	const uint8_t (*c)[COMMIT_BYTES];
	uint8_t op[COMMIT_OP_BYTES];
	enum wire_type type;
	const char *body;
	size_t n, k;

	for (;;) {
		if (link_answer(l, &type, &body, &n, e) == -1)
			return -1;
		if (type == WIRE_KNOWN_ALL)
			break;
		if (msg_get_items(body, n, op, &c, &k, e) == -1)
			return -1;
		if (memcmp(op, l->only.op.op, sizeof(op)) != 0 ||
		    k > awaited - l->only.n)
			return err_set(e, ERR_PROTOCOL, "KNOWN: items that "
			    "are not of the plan");
		if (chosen_add(&l->only, c, k, e) == -1)
			return -1;
	}
	return l->only.n == awaited && chosen_in_order(&l->only) ? 0 :
	    err_set(e, ERR_PROTOCOL, "ONLY: %zu of %llu items came, or not in "
	    "order", l->only.n, (unsigned long long)awaited);
}

int
dialogue_only(struct link *l, const struct msg_only *m, struct err *e)
{
	chosen_release(&l->only);
	l->has_only = false;
	chosen_init(&l->only, &m->op, l->full);
	if (receive_only(l, m->n, e) == -1)
		return link_broken(l);
	l->has_only = true;
	return 0;
}

static int
send_items(struct link *l, struct err *e)
{
	struct chosen *x = &l->only;

	for (size_t at = 0; at < x->n; at += WIRE_ITEMS_A_PACKET) {
		size_t part = x->n - at < WIRE_ITEMS_A_PACKET ? x->n - at :
		    WIRE_ITEMS_A_PACKET;

		msg_put_items(&l->out, x->op.op, (const void *)(x->c + at),
		    part);
		if (link_send(l, WIRE_ITEMS, e) == -1)
			return -1;
	}
	return 0;
}

/* What is in the plan and due now; and what would be, but for a hold. */
static int
compare(struct link *l, const struct msg_job *job, struct msg_surveyed *ret,
    struct err *e)
{
	struct store_pick pick = chosen_only(&l->only);
	struct rule_dataset open = job->dataset;

	l->only.matched = 0;
	if (store_survey(l->store, &job->dataset, job->at, &pick, e) == -1)
		return -1;
	ret->n = l->only.matched;
	if (l->gates.n == 0 && l->gates.whole == GATE_OPEN)
		return 0;
	open.gates = NULL;		/* only looked at, never acted on */
	l->only.matched = 0;
	if (store_survey(l->store, &open, job->at, &pick, e) == -1)
		return -1;
	ret->held = l->only.matched > ret->n ? l->only.matched - ret->n : 0;
	return 0;
}

static int
make(struct link *l, const struct msg_job *job, struct msg_surveyed *ret,
    struct err *e)
{
	struct store_pick pick = chosen_collect(&l->only);

	if (store_survey(l->store, &job->dataset, job->at, &pick, e) == -1 ||
	    chosen_seal(&l->only, ret->root, e) == -1 ||
	    send_items(l, e) == -1)
		return -1;
	ret->n = l->only.n;
	ret->more = l->only.more;
	return 0;
}

int
dialogue_survey(struct link *l, const struct msg_job *job, struct err *e)
{
	struct msg_surveyed m = { .n = 0 };
	bool given = l->only.n != 0;

	if (!l->has_only)
		return err_set(e, ERR_REFUSED, "no plan was told");
	if (take_gates(l, e) == -1)
		return -1;
	if ((given ? compare : make)(l, job, &m, e) == -1)
		return -1;
	msg_plan_put_surveyed(&l->out, &m);
	/* Collected is not approved: what may go is told anew. */
	if (!given) {
		chosen_release(&l->only);
		l->has_only = false;
	}
	return link_send(l, WIRE_SURVEYED, e);
}

/* The commitments of the pending operations, as they come in. */
struct known {
	struct store_pending *pending;
	size_t n_ops;
	size_t at;		/* the operation being filled */
	size_t filled;
};

static int
known_room(struct known *k, const struct msg_job *job, struct pool *p,
    struct err *e)
{
	k->n_ops = job->n_ops;
	k->pending = pool_array(p, k->n_ops != 0 ? k->n_ops : 1,
	    sizeof(*k->pending));
	for (size_t i = 0; k->pending != NULL && i < k->n_ops; i++) {
		struct store_pending *o = &k->pending[i];

		*o = (struct store_pending){ .op = job->ops[i].op,
		    .n = job->ops[i].n, .object = job->ops[i].object };
		o->c = pool_array(p, o->n, COMMIT_BYTES);
		if (o->c == NULL)
			k->pending = NULL;
	}
	return k->pending != NULL ? 0 :
	    err_set(e, ERR_MEMORY, "no memory for commitments");
}

/* Sorted and none twice: the store searches them by halves. */
static int
in_order(const struct store_pending *o)
{
	for (size_t i = 1; i < o->n; i++)
		if (memcmp(o->c[i - 1], o->c[i], COMMIT_BYTES) >= 0)
			return 0;
	return 1;
}

static int
known_add(struct known *k, const char *body, size_t n_body, struct err *e)
{
	struct store_pending *o = &k->pending[k->at];
	uint8_t op[COMMIT_OP_BYTES];
	const uint8_t (*c)[COMMIT_BYTES];
	uint8_t *to;
	size_t n;

	if (msg_get_items(body, n_body, op, &c, &n, e) == -1)
		return -1;
	if (k->at == k->n_ops ||
	    memcmp(op, o->op.op, COMMIT_OP_BYTES) != 0)
		return err_set(e, ERR_PROTOCOL,
		    "KNOWN: items of another operation than expected");
	if (n > o->n - k->filled)
		return err_set(e, ERR_PROTOCOL,
		    "KNOWN: more than the %zu items announced", o->n);
	memcpy(&to, &o->c, sizeof(to));		/* ours until it is full */
	memcpy(to + k->filled * COMMIT_BYTES, c, n * COMMIT_BYTES);
	k->filled += n;
	if (k->filled != o->n)
		return 0;
	k->at++;
	k->filled = 0;
	return in_order(o) ? 0 :
	    err_set(e, ERR_PROTOCOL, "KNOWN: items are not in order");
}

static int
receive_known(struct link *l, struct known *k, struct err *e)
{
	enum wire_type type;
	const char *body;
	size_t n;

	for (;;) {
		if (link_answer(l, &type, &body, &n, e) == -1)
			return -1;
		if (type == WIRE_KNOWN_ALL)
			break;
		if (known_add(k, body, n, e) == -1)
			return link_broken(l);
	}
	if (k->at == k->n_ops)
		return 0;
	(void)err_set(e, ERR_PROTOCOL, "KNOWN_ALL: %zu of %zu operations came",
	    k->at, k->n_ops);
	return link_broken(l);
}

int
dialogue_resume(struct link *l, const struct msg_job *job, struct pool *p,
    struct err *e)
{
	struct sink s = { .link = l };
	const struct store_sink sink = sink_of(&s);
	struct known k = { .pending = NULL };

	if (known_room(&k, job, p, e) == -1) {
		l->broken = true;	/* its KNOWNs cannot be taken in */
		return -1;
	}
	if (receive_known(l, &k, e) == -1)
		return -1;
	if (job->act && !l->may_write)	/* I9 */
		return err_set(e, ERR_REFUSED,
		    "the store was opened for reading only");
	if (job->act && take_gates(l, e) == -1)
		return -1;
	if (k.n_ops != 0 && store_resume(l->store, &job->dataset, job->at,
	    k.pending, k.n_ops, job->act, &sink, e) == -1)
		return -1;
	return finish(l, &s.sum, e);
}

int
dialogue_sweep(struct link *l, struct err *e)
{
	struct sink s = { .link = l };
	struct store_sink sink = sink_of(&s);
	struct store_swept r;
	struct msg_swept_all m;

	if (!l->may_write)	/* I9 */
		return err_set(e, ERR_REFUSED,
		    "the store was opened for reading only");
	if (store_sweep(l->store, &sink, &r, e) == -1 ||
	    say_left(l, r.clean, e) == -1)
		return -1;
	m = (struct msg_swept_all){ .files = r.files, .left = r.left,
	    .pages = r.pages, .strange = r.strange, .locks = r.locks,
	    .longest_ms = r.longest_ms, .ms = r.ms, .sealed = r.sealed,
	    .assurance = r.assurance };
	memcpy(m.dead, r.dead, sizeof(m.dead));
	if (r.left > 0) {
		m.why = err_class(r.why.code);
		m.why_text = r.why.text;
	}
	msg_sweep_put_all(&l->out, &m);
	return link_send(l, WIRE_SWEPT_ALL, e);
}
