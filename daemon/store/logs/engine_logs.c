/*
 * engine_logs - log stores: lines that are due in files that a glob names.
 */
#include "../engine.h"

#include <stdlib.h>

#include "logcount.h"
#include "logfind.h"
#include "logpass.h"
#include "logresume.h"

struct logs {
	const struct rule_store *s;	/* borrowed */
	enum store_access access;
};

static int
logs_open(const struct rule_store *s, enum store_access access,
    const uint8_t *pseudonym_key, void **ret, struct err *e)
{
	struct logs *x = calloc(1, sizeof *x);

	(void)pseudonym_key;
	if (x == NULL)
		return err_set(e, ERR_MEMORY, "store %s: no memory", s->full);
	x->s = s;
	x->access = access;
	*ret = x;
	return 0;
}

static void
logs_close(void *st)
{
	free(st);
}

static int
logs_plan(void *st, const struct rule_dataset *d, struct wall at,
    struct store_counts *ret, struct err *e)
{
	const struct logs *x = st;
	struct logcount_unread unread;

	return logcount_plan(x->s, d, at, ret, &unread, e);
}

static int
logs_peek(void *st, const struct rule_dataset *d, struct wall at,
    bool *ret_due, struct err *e)
{
	const struct logs *x = st;

	return logcount_peek(x->s, d, at, ret_due, e);
}

static int
logs_check(void *st, const struct rule_dataset *d, struct wall at,
    store_finding_fn *found, void *ctx, struct err *e)
{
	const struct logs *x = st;

	(void)e;
	logcount_check(x->s, d, at, found, ctx);
	return 0;
}

static int
logs_erase(void *st, const struct rule_dataset *d, struct wall at,
    const struct store_sink *sink, struct store_result *ret, struct err *e)
{
	const struct logs *x = st;
	const struct logpass_job job = { x->s, d, at, sink };

	must(x->access == STORE_WRITE);
	return logpass_run(&job, ret, e) == -1 ?
	    err_wrap(e, "store %s", x->s->full) : 0;
}

static int
logs_survey(void *st, const struct rule_dataset *d, struct wall at,
    const struct store_pick *pick, struct err *e)
{
	const struct logs *x = st;
	const struct logpass_job job = { x->s, d, at, NULL };

	return logpass_survey(&job, pick, e) == -1 ?
	    err_wrap(e, "store %s", x->s->full) : 0;
}

static int
engine_resume(void *st, const struct rule_dataset *d, struct wall at,
    const struct store_pending *ops, size_t n_ops, bool act,
    const struct store_sink *sink, struct err *e)
{
	struct logs *x = st;
	const struct logresume_job job = { x->s, d, at, ops, n_ops, act, sink,
	    x->access == STORE_READ };

	if (logresume_run(&job, e) == -1)
		return err_wrap(e, "store %s", x->s->full);
	return 0;
}

static int
logs_event(void *st, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e)
{
	(void)st, (void)now, (void)ret_fired, (void)ret_at;
	return err_set(e, ERR_REFUSED, "event %s: expected a SQLite store to "
	    "read it from", ev->name);
}

static int
logs_find(void *st, const struct find_ask *ask, const struct find_sink *sink,
    struct pool *p, struct find_found *ret, struct err *e)
{
	const struct logs *x = st;

	(void)p;
	return logfind_run(x->s, ask, sink, ret, e);
}

const struct engine engine_logs = {
	.open = logs_open, .close = logs_close, .plan = logs_plan,
	.peek = logs_peek, .check = logs_check, .erase = logs_erase,
	.survey = logs_survey,
	.find = logs_find,
	.resume = engine_resume, .event = logs_event,
};
