/*
 * store - the registry of store engines, and the calls into them.
 *
 * A new engine is a folder below store/ and a row in the table here.
 */
#include "retention/store.h"

#include "retention/explain.h"
#include "retention/find.h"
#include "retention/gate.h"

#include "engine.h"

struct store {
	const struct engine *engine;
	void *impl;		/* owned */
};

static const struct engine *const engines[RULE_N_KINDS] = {
	[RULE_SQLITE] = &engine_sqlite,
	[RULE_LOGS] = &engine_logs,
	[RULE_FILES] = &engine_files,
};

int
store_open(const struct rule_store *s, enum store_access access,
    const uint8_t *pseudonym_key, struct store **ret, struct err *e)
{
	if ((int)s->kind < 0 || s->kind >= RULE_N_KINDS || !engines[s->kind])
		return err_set(e, ERR_REFUSED,
		    "store %s: not built yet in this version: its kind",
		    s->full);

	struct store *st = calloc(1, sizeof(*st));

	if (!st)
		return err_set(e, ERR_MEMORY, "store %s: no memory", s->full);
	st->engine = engines[s->kind];
	if (st->engine->open(s, access, pseudonym_key, &st->impl, e) == -1) {
		free(st);
		return -1;
	}
	*ret = st;
	return 0;
}

void
store_close(struct store *st)
{
	if (!st)
		return;
	st->engine->close(st->impl);
	free(st);
}

/* Of a log line no part is known to be older than another. */
static bool
takes_persons(const struct store *st, const struct rule_dataset *d)
{
	if (st->engine == &engine_sqlite)
		return d->action != RULE_DESTROY;
	for (size_t i = 0; i < d->n_wanted; i++)
		if (d->wanted[i].before.ms != 0)
			return false;
	return st->engine == &engine_logs && d->action == RULE_ANONYMISE;
}

/* An engine that does not ask whose rows they are would take them all. */
static int
check_wanted(const struct store *st, const struct rule_dataset *d,
    struct err *e)
{
	if (d->printed && d->prints == NULL)
		return err_set(e, ERR_REFUSED, "dataset %s: the prints of its "
		    "rows are not known", d->full);
	if (d->n_wanted == 0)
		return 0;
	if (!takes_persons(st, d))
		return err_set(e, ERR_REFUSED, "dataset %s: one person cannot "
		    "be taken out of it", d->full);
	return d->gates != NULL ? 0 : err_set(e, ERR_REFUSED, "dataset %s: "
	    "whose rows are wanted is not known", d->full);
}

/* What is kept as a whole would be due: told as such, not as due. */
int
store_plan(struct store *st, const struct rule_dataset *d, struct wall at,
    struct store_counts *ret, struct err *e)
{
	enum gate_state gate = gates_whole(d->gates, d);

	if (check_wanted(st, d, e) == -1 ||
	    st->engine->plan(st->impl, d, at, ret, e) == -1)
		return -1;
	if (gate == GATE_HELD)
		ret->held += ret->due;
	else if (gate == GATE_RESTRICTED)
		ret->restricted += ret->due;
	if (gate != GATE_OPEN)
		ret->due = 0;
	return 0;
}

int
store_peek(struct store *st, const struct rule_dataset *d, struct wall at,
    bool *ret_due, struct err *e)
{
	if (check_wanted(st, d, e) == -1)
		return -1;
	if (gates_whole(d->gates, d) != GATE_OPEN) {
		*ret_due = false;
		return 0;
	}
	return st->engine->peek(st->impl, d, at, ret_due, e);
}

int
store_check(struct store *st, const struct rule_dataset *d, struct wall at,
    store_finding_fn *found, void *ctx, struct err *e)
{
	return st->engine->check(st->impl, d, at, found, ctx, e);
}

int
store_erase(struct store *st, const struct rule_dataset *d, struct wall at,
    const struct store_sink *sink, struct store_result *ret, struct err *e)
{
	if (check_wanted(st, d, e) == -1)
		return -1;
	if (gates_whole(d->gates, d) != GATE_OPEN) {	/* I4 */
		*ret = (struct store_result){ .erased = 0 };
		return 0;
	}
	return st->engine->erase(st->impl, d, at, sink, ret, e);
}

int
store_survey(struct store *st, const struct rule_dataset *d, struct wall at,
    const struct store_pick *pick, struct err *e)
{
	if (check_wanted(st, d, e) == -1)
		return -1;
	if (gates_whole(d->gates, d) != GATE_OPEN)
		return 0;
	return st->engine->survey(st->impl, d, at, pick, e);
}

int
store_resume(struct store *st, const struct rule_dataset *d,
    struct wall at, const struct store_pending *ops, size_t n_ops, bool act,
    const struct store_sink *sink, struct err *e)
{
	if (check_wanted(st, d, e) == -1)
		return -1;
	act = act && gates_whole(d->gates, d) == GATE_OPEN;	/* I4 */
	return st->engine->resume(st->impl, d, at, ops, n_ops, act, sink, e);
}

int
store_marks(struct store *st, uint64_t from, struct store_marks *ret,
    struct err *e)
{
	ret->n = 0;
	ret->skip = from;
	return st->engine->marks ? st->engine->marks(st->impl, ret, e) : 0;
}

int
store_match(struct store *st, const struct rule_dataset *d, struct wall at,
    struct store_matched *ret, struct err *e)
{
	if (check_wanted(st, d, e) == -1)
		return -1;
	if (st->engine->match == NULL || d->n_wanted == 0 || d->printed ||
	    d->prints == NULL)
		return err_set(e, ERR_REFUSED, "dataset %s: nothing to compare "
		    "rows with", d->full);
	return st->engine->match(st->impl, d, at, ret, e);
}

int
store_event(struct store *st, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e)
{
	return st->engine->event(st->impl, ev, now, ret_fired, ret_at, e);
}

int
store_explain(struct store *st, const struct store_question *q,
    struct pool *p, struct explain *ret, struct err *e)
{
	const struct rule_dataset *d = q->dataset;

	if (!st->engine->explain || d->action == RULE_DESTROY)
		return err_set(e, ERR_REFUSED, "dataset %s: only rows of a "
		    "SQLite store can be explained; this one is of %s", d->full,
		    st->engine->explain ? "a store that goes as a whole" :
		    "lines or files");
	*ret = (struct explain){ .rows = 0 };
	if (st->engine->explain(st->impl, q, p, ret, e) == -1)
		return -1;
	ret->whole = gates_whole(d->gates, d);
	ret->goes = ret->goes && ret->whole == GATE_OPEN;
	return 0;
}

int
store_find(struct store *st, const struct find_ask *ask,
    const struct find_sink *sink, struct pool *p, struct find_found *ret,
    struct err *e)
{
	*ret = (struct find_found){ .way = FIND_NOT };
	if (!st->engine->find) {
		ret->note = "files are known by no person";
		return 0;
	}
	return st->engine->find(st->impl, ask, sink, p, ret, e);
}

int
store_sweep(struct store *st, const struct store_sink *sink,
    struct store_swept *ret, struct err *e)
{
	return st->engine->sweep != NULL ?
	    st->engine->sweep(st->impl, sink, ret, e) :
	    err_set(e, ERR_REFUSED, "no database: what is dead in a file "
	    "is known of databases alone");
}
