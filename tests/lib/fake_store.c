/*
 * fake_store - a store that does what a script says.  Included by a test,
 * so that these functions are there before the library's are looked for.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/rule.h"
#include "retention/explain.h"
#include "retention/find.h"
#include "retention/store.h"

struct fake {
	enum err_code open_fails, erase_fails;
	size_t rounds, ops, items;	/* of a pass */
	size_t clause_bytes;		/* of a plan's clause */
	bool look_first;		/* resume: an outcome before go() */
	size_t due, held;		/* survey: rows 0.. of a table; of them
					 * the first are held, if told so */
	int told;			/* a byte goes here for each act */
};
static struct fake fake;

struct store { enum store_access access; const struct rule_store *rule; };

int
store_open(const struct rule_store *s, enum store_access access,
    const uint8_t *pseudonym_key, struct store **ret, struct err *e)
{
	(void)pseudonym_key;
	if (fake.open_fails != ERR_NONE)
		return err_set(e, fake.open_fails, "no such store");
	*ret = calloc(1, sizeof(**ret));
	must(*ret != NULL);
	(*ret)->access = access;
	(*ret)->rule = s;
	return 0;
}

void
store_close(struct store *st)
{
	free(st);
}

int
store_plan(struct store *st, const struct rule_dataset *d, struct wall at,
    struct store_counts *ret, struct err *e)
{
	if (strcmp(st->rule->full, "n/site") != 0)
		return err_set(e, ERR_STORE, "the rule of the store is gone");
	if (strcmp(d->full, "n/orders") != 0)
		return err_set(e, ERR_BUSY, "locked");
	*ret = (struct store_counts){ .total = 3, .due = 1, .kept = 2,
	    .has_next = true, .next_due = { at.ms + 1 } };
	ret->clause = calloc(1, fake.clause_bytes + 1);
	must(ret->clause != NULL);
	memset(ret->clause, 'c', fake.clause_bytes);
	return 0;
}

int
store_peek(struct store *st, const struct rule_dataset *d, struct wall at,
    bool *ret_due, struct err *e)
{
	(void)st, (void)d, (void)e;
	*ret_due = at.ms == 5;
	return 0;
}

int
store_check(struct store *st, const struct rule_dataset *d, struct wall at,
    store_finding_fn *found, void *ctx, struct err *e)
{
	struct store_finding f = { STORE_WARNING, "no-index", "slow",
	    "CREATE INDEX x" };

	(void)st, (void)d, (void)at, (void)e;
	found(ctx, &f);
	f.fix = NULL;
	found(ctx, &f);
	return 0;
}

int
store_explain(struct store *st, const struct store_question *q,
    struct pool *p, struct explain *ret, struct err *e)
{
	(void)st, (void)p, (void)e;
	*ret = (struct explain){ .rows = q->n_key };
	return 0;
}

int
store_find(struct store *st, const struct find_ask *ask,
    const struct find_sink *sink, struct pool *p, struct find_found *ret,
    struct err *e)
{
	(void)st, (void)p;
	*ret = (struct find_found){ .rows = ask->n_persons,
		.way = FIND_INDEX };
	return ask->rows ? sink->piece(sink->ctx, FIND_LINE, "x", 1, e) : 0;
}

int
store_event(struct store *st, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e)
{
	(void)st, (void)ev, (void)e;
	*ret_fired = true;
	ret_at->ms = now.ms - 1;
	return 0;
}

int
store_marks(struct store *st, uint64_t from, struct store_marks *ret,
    struct err *e)
{
	(void)st, (void)from, (void)e;
	*ret = (struct store_marks){ .n = 1, .mark = { { .ino = 7 } } };
	return 0;
}

int
store_match(struct store *st, const struct rule_dataset *d, struct wall at,
    struct store_matched *ret, struct err *e)
{
	(void)st, (void)at, (void)e;
	for (size_t i = 0; d->prints && i < d->prints->n; i++)
		ret->flags[i] = STORE_MATCHED;
	return 0;
}

static int
report(const struct store_sink *s, const uint8_t *op, size_t n, bool acted,
    struct err *e)
{
	struct store_outcome o = { .n = n, .erased = acted ? n : 0,
	    .left = acted ? 0 : n, .method = "fake" };

	if (acted)
		must(write(fake.told, "x", 1) == 1);
	memcpy(o.op, op, sizeof(o.op));
	return s->done(s->ctx, &o, e);
}

static int
one_round(const struct store_sink *s, struct store_result *r, struct err *e)
{
	struct commit_op *ops = calloc(fake.ops, sizeof(*ops));
	uint8_t (*c)[COMMIT_BYTES] = calloc(fake.items, COMMIT_BYTES);
	int go = -1, rc;

	must(ops != NULL && c != NULL);
	for (size_t i = 0; i < fake.items; i++)
		memcpy(c[i], &i, sizeof(i));
	rc = s->ops(s->ctx, fake.ops, ops, e);
	for (size_t i = 0; rc == 0 && i < fake.ops; i++)
		rc = s->intend(s->ctx, &ops[i], "orders",
		    (const uint8_t (*)[COMMIT_BYTES])c, fake.items, c[0], e);
	if (rc == 0)
		rc = go = s->go(s->ctx, e);
	for (size_t i = 0; rc >= 0 && i < fake.ops; i++)
		rc = report(s, ops[i].op, fake.items, go == 1, e);
	if (go == 0)
		r->stopped = true;
	if (go == 1)
		r->erased += fake.ops * fake.items;
	free(ops);
	free(c);
	return rc == -1 ? -1 : 0;
}

int
store_erase(struct store *st, const struct rule_dataset *d, struct wall at,
    const struct store_sink *sink, struct store_result *ret, struct err *e)
{
	struct store_result r = { 0 };

	(void)d, (void)at;
	must(st->access == STORE_WRITE);
	/* A pass over a plan acts once for each row that may go. */
	for (size_t i = 0; sink->pick != NULL && i < fake.due; i++) {
		int rc = sink->pick->item(sink->pick->ctx, "orders", &i,
		    sizeof(i), e);

		must(rc != 1 || write(fake.told, "x", 1) == 1);
		if (rc == -1)
			return -1;
	}
	for (size_t i = 0; i < fake.rounds && !r.stopped; i++)
		if (one_round(sink, &r, e) == -1)
			return -1;
	if (fake.erase_fails != ERR_NONE)
		return err_set(e, fake.erase_fails, "the schema changed");
	*ret = r;
	return 0;
}

int
store_survey(struct store *st, const struct rule_dataset *d, struct wall at,
    const struct store_pick *pick, struct err *e)
{
	(void)st, (void)at;
	for (size_t i = d->gates != NULL ? fake.held : 0; i < fake.due; i++)
		if (pick->item(pick->ctx, "orders", &i, sizeof(i), e) == -1)
			return -1;
	return 0;
}

int
store_resume(struct store *st, const struct rule_dataset *d,
    struct wall at, const struct store_pending *ops, size_t n_ops, bool act,
    const struct store_sink *sink, struct err *e)
{
	size_t i = 0;
	int go = 0;

	(void)st, (void)d, (void)at;
	if (fake.look_first && report(sink, ops[i].op.op, ops[i].n, false,
	    e) == -1)
		return -1;
	i += fake.look_first;
	if (act)
		go = sink->go(sink->ctx, e);
	for (; go >= 0 && i < n_ops; i++)
		if (report(sink, ops[i].op.op, ops[i].n, go == 1, e) == -1)
			return -1;
	return go == -1 ? -1 : 0;
}

int
store_sweep(struct store *st, const struct store_sink *sink,
    struct store_swept *ret, struct err *e)
{
	if (st->access != STORE_WRITE)
		return err_set(e, ERR_REFUSED, "for reading");
	if (sink->swept != NULL)
		sink->swept(sink->ctx, 1, 2);
	*ret = (struct store_swept){ .files = 1, .pages = 2, .sealed = true,
	    .dead = { [DEAD_GAP] = 7 }, .assurance = "overwritten-in-place" };
	return 0;
}
