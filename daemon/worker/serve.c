/*
 * serve - one order at a time, each by its row in the table.
 *
 * ERR_PROTOCOL ends the link; every other failure is told as FAILED and the
 * next order is awaited (I7).
 */
#include "serve.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/msg.h"
#include "retention/pool.h"
#include "retention/store.h"

#include "answer.h"
#include "dialogue.h"
#include "link.h"

struct order {
	struct link *link;
	struct pool *pool;		/* lives as long as the order */
	const char *body;
	size_t n;
};

static int
say_nothing_more(struct link *l, enum wire_type type, struct err *e)
{
	buf_puts(&l->out, "{}");
	return link_send(l, type, e);
}

/* No reply: what is wrong with it ends the link. */
static int
on_gates(const struct order *o, struct err *e)
{
	struct link *l = o->link;
	struct msg_gates m;

	if (msg_get_gates(o->body, o->n, &m, e) == -1)
		return link_broken(l);
	gates_release(&l->gates);
	l->gates.whole = m.whole;
	memcpy(l->gates.key, m.key, sizeof(l->gates.key));
	explicit_bzero(&m.key, sizeof(m.key));
	l->awaited = m.n;
	l->has_gates = true;
	return 0;
}

static int
on_gated(const struct order *o, struct err *e)
{
	struct link *l = o->link;

	size_t before = l->gates.n;

	if (msg_get_gated(o->body, o->n, before + l->awaited, &l->gates,
	    e) == -1)
		return link_broken(l);
	l->awaited -= l->gates.n - before;
	if (l->awaited == 0)
		gates_seal(&l->gates);
	return 0;
}

static int
read_job(const struct order *o, struct msg_job *ret, struct err *e)
{
	struct link *l = o->link;

	if (msg_get_job(o->body, o->n, o->pool, ret, e) == -1)
		return -1;
	if (l->awaited != 0) {
		(void)err_set(e, ERR_PROTOCOL, "%llu subjects under hold are "
		    "still to come", (unsigned long long)l->awaited);
		return link_broken(l);
	}
	ret->dataset.gates = l->has_gates ? &l->gates : NULL;
	if (l->has_prints)
		print_list_seal(&l->prints);
	ret->dataset.prints = l->has_prints ? &l->prints : NULL;
	return 0;
}

/* Once; a second OPEN finds the first one's bounds.  Who only reads need not
 * know who else does. */
static int
confine(struct link *l, const struct msg_open *m, struct err *e)
{
	if (!m->write)
		fd_close(&l->holders.fd);
	if (l->confine == NULL || l->confined)
		return 0;
	l->confined = true;
	return l->confine(m, e);
}

/* What was said about the store is kept as long as the store. */
static int
on_open(const struct order *o, struct err *e)
{
	struct link *l = o->link;
	struct msg_open m = { 0 };
	struct rule_store *rule = pool_alloc(l->kept, sizeof(*rule));
	int rc = rule != NULL ? 0 :
	    err_set(e, ERR_MEMORY, "no memory for a store");

	if (rc == 0)
		rc = msg_get_open(o->body, o->n, l->kept, &m, e);
	if (rc == 0)
		rc = confine(l, &m, e);
	if (rc == 0) {
		*rule = m.store;
		l->full = rule->full;
		rule->holders = l->confine != NULL ? &l->holders : NULL;
		rc = store_open(rule, m.write ? STORE_WRITE : STORE_READ,
		    m.has_pseudonym ? m.pseudonym : NULL, &l->store, e);
	}
	l->may_write = m.write;
	explicit_bzero(&m, sizeof(m));
	return rc == 0 ? say_nothing_more(l, WIRE_OPENED, e) : -1;
}

static int
on_plan(const struct order *o, struct err *e)
{
	struct msg_job job;
	struct store_counts c = { 0 };
	struct msg_counted m;

	if (read_job(o, &job, e) == -1 ||
	    store_plan(o->link->store, &job.dataset, job.at, &c, e) == -1)
		return -1;
	m = (struct msg_counted){ .total = c.total, .due = c.due,
	    .held = c.held, .restricted = c.restricted, .undated = c.undated,
	    .future = c.future, .kept = c.kept, .has_oldest = c.has_oldest,
	    .has_next = c.has_next, .oldest_due = c.oldest_due,
	    .next_due = c.next_due, .clause = c.clause,
	    .assurance = c.assurance, .advice = c.advice };
	msg_put_counted(&o->link->out, &m);
	free(c.clause);
	return link_send(o->link, WIRE_COUNTED, e);
}

static int
on_peek(const struct order *o, struct err *e)
{
	struct msg_job job;
	bool due = false;

	if (read_job(o, &job, e) == -1 ||
	    store_peek(o->link->store, &job.dataset, job.at, &due, e) == -1)
		return -1;
	msg_put_peeked(&o->link->out, due);
	return link_send(o->link, WIRE_PEEKED, e);
}

/* Findings go out as they come; the first that cannot ends the sending. */
struct findings {
	struct link *link;
	struct err err;
};

static void
on_finding(void *ctx, const struct store_finding *f)
{
	struct findings *all = ctx;
	struct msg_finding m = { .severity = (int)f->severity,
	    .code = f->code, .text = f->text, .fix = f->fix };

	if (all->err.code != ERR_NONE)
		return;
	msg_put_finding(&all->link->out, &m);
	(void)link_send(all->link, WIRE_FINDING, &all->err);
}

static int
on_check(const struct order *o, struct err *e)
{
	struct findings all = { .link = o->link, .err = ERR_EMPTY };
	struct msg_job job;

	if (read_job(o, &job, e) == -1 || store_check(o->link->store,
	    &job.dataset, job.at, on_finding, &all, e) == -1)
		return -1;
	if (all.err.code != ERR_NONE) {
		*e = all.err;
		return -1;
	}
	return say_nothing_more(o->link, WIRE_CHECKED, e);
}

static int
on_explain(const struct order *o, struct err *e)
{
	return answer_explain(o->link, o->body, o->n, o->pool, e);
}

static int
on_find(const struct order *o, struct err *e)
{
	return answer_find(o->link, o->body, o->n, o->pool, e);
}

static int
on_event(const struct order *o, struct err *e)
{
	return answer_event(o->link, o->body, o->n, o->pool, e);
}

static int
on_print(const struct order *o, struct err *e)
{
	return answer_print(o->link, o->body, o->n, e);
}

static int
on_match(const struct order *o, struct err *e)
{
	struct msg_job job;

	if (read_job(o, &job, e) == -1)
		return -1;
	return answer_match(o->link, &job, o->pool, e);
}

static int
on_mark(const struct order *o, struct err *e)
{
	uint64_t from;

	if (msg_mark_get_from(o->body, o->n, &from, e) == -1)
		return -1;
	return answer_mark(o->link, from, o->pool, e);
}

static int
on_erase(const struct order *o, struct err *e)
{
	struct msg_job job;

	if (read_job(o, &job, e) == -1)
		return -1;
	return dialogue_erase(o->link, &job, e);
}

static int
on_clean(const struct order *o, struct err *e)
{
	return msg_clean_get(o->body, o->n, o->link->clean, e) == -1 ?
	    link_broken(o->link) : 0;
}

static int
on_only(const struct order *o, struct err *e)
{
	struct msg_only m;
	int rc;

	if (msg_plan_get_only(o->body, o->n, &m, e) == -1)
		return link_broken(o->link);
	rc = dialogue_only(o->link, &m, e);
	explicit_bzero(&m, sizeof(m));
	return rc;
}

static int
on_survey(const struct order *o, struct err *e)
{
	struct msg_job job;

	if (read_job(o, &job, e) == -1)
		return -1;
	return dialogue_survey(o->link, &job, e);
}

static int
on_execute(const struct order *o, struct err *e)
{
	struct msg_job job;

	if (read_job(o, &job, e) == -1)
		return -1;
	return dialogue_execute(o->link, &job, e);
}

static int
on_sweep(const struct order *o, struct err *e)
{
	return dialogue_sweep(o->link, e);
}

static int
on_resume(const struct order *o, struct err *e)
{
	struct msg_job job;

	if (read_job(o, &job, e) == -1)
		return -1;
	return dialogue_resume(o->link, &job, o->pool, e);
}

typedef int handler(const struct order *o, struct err *e);

static handler *const handlers[WIRE_N_TYPES] = {
	[WIRE_GATES] = on_gates, [WIRE_GATED] = on_gated,
	[WIRE_OPEN] = on_open, [WIRE_PLAN] = on_plan, [WIRE_PEEK] = on_peek,
	[WIRE_CHECK] = on_check, [WIRE_EVENT] = on_event,
	[WIRE_EXPLAIN] = on_explain, [WIRE_ERASE] = on_erase, [WIRE_RESUME] = on_resume,
	[WIRE_ONLY] = on_only, [WIRE_SURVEY] = on_survey,
	[WIRE_EXECUTE] = on_execute, [WIRE_FIND] = on_find,
	[WIRE_MARK] = on_mark, [WIRE_SWEEP] = on_sweep, [WIRE_CLEAN] = on_clean,
	[WIRE_PRINT] = on_print, [WIRE_MATCH] = on_match,
};

static int
obey(struct link *l, enum wire_type type, const char *body, size_t n,
    struct err *e)
{
	struct order o = { .link = l, .body = body, .n = n };
	int rc;

	if (handlers[type] == NULL)
		return err_set(e, ERR_PROTOCOL, "%s is no order",
		    wire_name(type));
	if (l->store == NULL && type != WIRE_OPEN) {
		/* More would follow, without a reply. */
		l->broken = type == WIRE_RESUME || type == WIRE_GATES ||
		    type == WIRE_GATED || type == WIRE_ONLY ||
		    type == WIRE_PRINT || type == WIRE_CLEAN;
		return err_set(e, ERR_REFUSED, "no store is open");
	}
	o.pool = pool_new();
	if (o.pool == NULL)
		return err_set(e, ERR_MEMORY, "no memory for an order");
	rc = handlers[type](&o, e);
	pool_free(o.pool);		/* wipes keys and rules */
	return rc;
}

/* An order failed: 0 when the link goes on. */
static int
tell(struct link *l, struct err *e)
{
	struct err why = *e;

	if (l->gone || l->broken || e->code == ERR_PROTOCOL)
		return -1;
	buf_release(&l->out);
	msg_put_failed(&l->out, &why);
	return link_send(l, WIRE_FAILED, e);
}

/* 1 while there is more to do, 0 at the end, -1 on failure. */
static int
serve_one(struct link *l, struct err *e)
{
	enum wire_type type;
	const char *body;
	size_t n;
	int rc = link_wait(l, &type, &body, &n, e);

	if (rc <= 0)
		return rc;
	if (type == WIRE_BYE)
		return 0;
	if (obey(l, type, body, n, e) == -1 && tell(l, e) == -1)
		return l->gone ? 0 : -1;
	return 1;
}

int
serve_run(int fd, const struct serve_setup *setup, struct err *e)
{
	struct link l;
	int rc = 1;

	if (link_init(&l, fd, e) == -1)
		return -1;
	if (setup != NULL) {
		l.holders.fd = setup->scout;
		l.confine = setup->confine;
	}
	msg_put_hello(&l.out, getpid());
	if (link_send(&l, WIRE_HELLO, e) == -1)
		rc = l.gone ? 0 : -1;
	while (rc == 1)
		rc = serve_one(&l, e);
	link_release(&l);
	return rc;
}
