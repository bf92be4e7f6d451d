#include "job.h"

#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/log.h"
#include "retention/pool.h"
#include "retention/spawn.h"

#include "agenda.h"
#include "control.h"
#include "erasepass.h"
#include "leaving.h"
#include "marking.h"
#include "metrics.h"
#include "opening.h"
#include "parent.h"
#include "pass.h"
#include "passkeep.h"
#include "place.h"
#include "planpass.h"
#include "printing.h"
#include "printkeep.h"
#include "recovery.h"
#include "ruleset.h"
#include "scrubbing.h"
#include "status.h"
#include "who.h"

int
job_send(struct job *j, enum wire_type type, const struct buf *body,
    struct err *e)
{
	if (body != NULL && buf_failed(body))
		return err_set(e, ERR_MEMORY, "no memory for a message");
	return supervisor_send(&j->worker, type, body != NULL ? buf_text(body) :
	    "{}", body != NULL ? body->n : 2, e);
}

int
job_bye(struct job *j, struct err *e)
{
	j->leaving = true;
	return job_send(j, WIRE_BYE, NULL, e);
}

void
job_hurry(struct job *j)
{
	supervisor_hurry(&j->worker);
}

void
job_keep_texts(struct job_dataset *d)
{
	(void)snprintf(d->assurance, sizeof(d->assurance), "%s",
	    d->counts.assurance ? d->counts.assurance : "");
	d->counts.clause = d->counts.assurance = d->counts.advice = NULL;
}

bool
job_may_go_on(const struct job *j)
{
	const char *why;

	return !j->parent->stopping && !j->worker.hurried &&
	    clockguard_check(j->parent) && parent_may_enforce(j->parent, &why);
}

bool
job_is_erasing(const struct job *j)
{
	for (size_t i = 0; j->in_dialogue && i < j->ops.n; i++)
		if (j->ops.op[i].state == OPS_GONE)
			return true;
	return false;
}

int
job_advance(struct job *j, struct err *e)
{
	if (j->parent->stopping || j->worker.hurried)
		return job_bye(j, e);
	return j->kind == JOB_RESUME ? recovery_advance(j, e) :
	    j->kind == JOB_SCRUB ? scrubbing_advance(j, e) :
	    pass_advance(j, e);
}

static int
on_hello(struct job *j, const char *body, size_t n, struct err *e)
{
	struct msg_open m = { .store = *j->store };
	struct buf out = BUF_EMPTY;
	int64_t pid;
	int rc = -1;
	if (msg_get_hello(body, n, &pid, e) == -1)
		return -1;
	if (opening_fill(j, &m, e) == -1)
		goto out;
	msg_put_open(&out, &m);
	rc = job_send(j, WIRE_OPEN, &out, e);
out:
	explicit_bzero(&m, sizeof(m));
	buf_release(&out);
	return rc;
}

static int
on_opened(struct job *j, const char *body, size_t n, struct err *e)
{
	(void)body, (void)n;
	j->opened = true;
	return job_advance(j, e);
}

static int
on_want(struct job *j, const char *body, size_t n, struct err *e)
{
	struct buf out = BUF_EMPTY;
	size_t k;
	int rc = -1;

	ratchet_try(j->parent);		/* between two operations */
	if (msg_get_want(body, n, &k, e) == 0 &&
	    ops_give(&j->ops, k, &out, e) == 0)
		rc = job_send(j, WIRE_OPS, &out, e);
	buf_release(&out);
	return rc;
}

static int
on_items(struct job *j, const char *body, size_t n, struct err *e)
{
	if (j->plan_step == JOB_PLAN_MAKING)
		return planpass_on_items(j, body, n, e);
	return ops_items(&j->ops, body, n, e);
}

static int
on_intend(struct job *j, const char *body, size_t n, struct err *e)
{
	return ops_intend(&j->ops, body, n, e);
}

static int
on_ready(struct job *j, const char *body, size_t n, struct err *e)
{
	char go[WHO_BYTES];

	if (who_answer(body, n, j->worker.pid, go, e) == -1)
		return -1;
	/* I1: GO comes from here only, after everything is durable. */
	if (!ops_ready(&j->ops, job_may_go_on(j)))
		return job_send(j, WIRE_STOP, NULL, e);
	return supervisor_send(&j->worker, WIRE_GO, go, strlen(go), e);
}

static int
on_done(struct job *j, const char *body, size_t n, struct err *e)
{
	uint64_t before = j->ops.erased;

	if (ops_done(&j->ops, body, n, e) == -1)
		return -1;
	planpass_erased(j, j->ops.erased - before);
	erasepass_erased(j, j->ops.erased - before);
	if (j->kind == JOB_PASS || j->kind == JOB_REQUEST)
		control_progress(j->parent, j->place, j->dataset[j->at].rule->full,
		    j->dataset[j->at].erased + j->ops.erased,
		    j->dataset[j->at].counts.due);
	return 0;
}

static int
on_finished(struct job *j, const char *body, size_t n, struct err *e)
{
	return j->kind == JOB_RESUME ? recovery_on_finished(j, body, n, e) :
	    pass_on_finished(j, body, n, e);
}

static int
on_failed(struct job *j, const char *body, size_t n, struct err *e)
{
	struct err why = ERR_EMPTY;

	msg_get_failed(body, n, &why);
	if (why.code == ERR_NONE)
		(void)err_set(&why, ERR_STORE, "failed without a reason");
	j->failed = true;
	if (j->leaving)
		return err_set(e, ERR_PROTOCOL, "at a wrong time");
	return j->kind == JOB_RESUME ? recovery_on_failed(j, &why, e) :
	    j->kind == JOB_SCRUB ? scrubbing_on_failed(j, &why, e) :
	    pass_on_failed(j, &why, e);
}

typedef int handler(struct job *j, const char *body, size_t n, struct err *e);

static handler *const handlers[WIRE_N_TYPES] = {
	[WIRE_HELLO] = on_hello, [WIRE_OPENED] = on_opened,
	[WIRE_MARKED] = marking_on_marked, [WIRE_LEFT] = leaving_on_left,
	[WIRE_MATCHED] = printing_on_matched,
	[WIRE_PRINTED] = printkeep_on_printed,
	[WIRE_FIRED] = pass_on_fired, [WIRE_COUNTED] = pass_on_counted,
	[WIRE_PEEKED] = pass_on_peeked, [WIRE_WANT] = on_want,
	[WIRE_ITEMS] = on_items, [WIRE_INTEND] = on_intend,
	[WIRE_SURVEYED] = planpass_on_surveyed,
	[WIRE_SWEPT] = scrubbing_on_swept, [WIRE_SWEPT_ALL] = scrubbing_on_all,
	[WIRE_READY] = on_ready, [WIRE_DONE] = on_done,
	[WIRE_FINISHED] = on_finished, [WIRE_FAILED] = on_failed,
};

static int
on_message(void *ctx, enum wire_type type, const char *body, size_t n,
    struct err *e)
{
	if (handlers[type] == NULL)
		return err_set(e, ERR_PROTOCOL, "not expected");
	return handlers[type](ctx, body, n, e);
}

static void
job_free(struct job *j)
{
	ops_release(&j->ops);
	buf_release(&j->text);
	buf_release(&j->plan_items);
	pool_free(j->pool);
	printing_free(j->printing);
	ruleset_unref(j->set);
	free(j->dataset);
	free(j);
}

static void
settle(struct job *j)
{
	struct place *pl = j->place;

	if (j->in_dialogue) {
		ops_finish(&j->ops, &j->error);
		recovery_collect(j);
		j->in_dialogue = false;
	}
	for (size_t i = 0; j->kind == JOB_PASS && i < j->n; i++) {
		struct job_dataset *d = &j->dataset[i];

		if (!d->ended && j->parent->stopping)
			continue;	/* not its fault */
		if (j->worker.hurried && !j->parent->stopping)
			agenda_want(pl, d->rule->full);
		if (!d->ended && d->error.code == ERR_NONE)
			d->error = j->error;
		passkeep_store(j, d);
	}
	if (j->kind == JOB_PEEK && j->failed)
		pl->peek_failed = true;
	if (j->kind == JOB_PASS)
		pl->passed = pl->pass;
	else if (j->kind == JOB_REQUEST)
		erasepass_settle(j);
	else if (j->kind == JOB_SCRUB)
		scrubbing_settle(j);
	else if (j->kind == JOB_RESUME && j->error.code != ERR_NONE)
		passkeep_blame(pl, &j->error);
}

static const char *const kinds[] = {
	[JOB_PASS] = "pass", [JOB_PEEK] = "look", [JOB_RESUME] = "recovery",
	[JOB_REQUEST] = "request", [JOB_SCRUB] = "scrub",
};

static void
on_end(void *ctx, const struct err *why)
{
	struct job *j = ctx;
	struct parent *p = j->parent;
	struct place *pl = j->place;
	enum agenda_outcome outcome = AGENDA_FINE;

	if (why->code != ERR_NONE) {
		j->failed = true;
		j->error = *why;
		log_line(LOG_ERROR, "store %s: %s", pl->full, why->text);
	}
	settle(j);
	if (j->failed && !p->stopping)
		outcome = j->error.code != ERR_NONE ? AGENDA_HELD :
		    AGENDA_FAILED;
	log_line(LOG_DEBUG_, "store %s: %s, %lld ms", pl->full,
	    kinds[j->kind], (long long)clock_since_ms(j->began, clock_mono()));
	pl->job = NULL;
	p->workers--;
	agenda_on_end(pl, outcome, clock_since_ms(j->began, clock_mono()));
	job_free(j);
	evidence_seal_if_needed(&p->ev);
	control_on_pass(p, pl);
	metrics_write(p);
	status_notify(p);
	agenda_run(p);
}

/* A plan that is asked for is no leave to erase: that is another pass. */
static void
take_wishes(struct place_dataset *d, struct job_dataset *to)
{
	to->save = d->save;
	to->save_uid = d->save_uid;
	memcpy(to->save_user, d->save_user, sizeof(to->save_user));
	d->wanted = d->save && d->save_then_pass;
	d->save = d->save_then_pass = false;
}

static int
choose(struct job *j, struct place *pl)
{
	j->dataset = calloc(pl->n + 1, sizeof(*j->dataset));
	if (j->dataset == NULL)
		return -1;
	if (j->kind == JOB_REQUEST)
		erasepass_choose(j);
	if (j->kind == JOB_SCRUB)
		scrubbing_begin(j);
	for (size_t i = 0; i < pl->n && j->kind <= JOB_PEEK; i++) {
		struct place_dataset *d = &pl->dataset[i];
		bool until = d->rule->timing.keep == RULE_UNTIL &&
		    d->rule->mode == RULE_ENFORCE;

		if (j->kind == JOB_PASS ? !d->wanted : !until)
			continue;
		j->dataset[j->n++].rule = d->rule;
		if (j->kind == JOB_PASS)
			take_wishes(d, &j->dataset[j->n - 1]);
	}
	pl->peek = pl->peek && j->kind >= JOB_REQUEST;
	if (j->kind == JOB_PASS) {
		pl->wanted = false;
		pl->pass++;
	}
	return 0;
}

/* What is to be done, taken from the place; NULL: no memory, nothing taken. */
static struct job *
job_new(struct place *pl, enum job_kind kind)
{
	struct parent *p = pl->parent;
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	*j = (struct job){ .parent = p, .place = pl, .kind = kind,
	    .set = ruleset_ref(p->set), .notice = pl->notice,
	    .store = pl->store, .began = clock_mono(),
	    .plan_items = { .most = (size_t)MSG_PLAN_MOST * COMMIT_BYTES } };
	if (choose(j, pl) == 0)
		return j;
	job_free(j);
	return NULL;
}

void
job_start(struct place *pl, enum job_kind kind)
{
	struct parent *p = pl->parent;
	struct job *j = job_new(pl, kind);
	struct supervisor_owner owner = { j, on_message, on_end };
	char path[4096];

	if (j == NULL) {
		log_line(LOG_ERROR, "store %s: no memory", pl->full);
		agenda_on_end(pl, AGENDA_HELD, 0);
		return;
	}
	spawn_owner_of(pl->store->path, path, sizeof(path));
	if (supervisor_start(&j->worker, p->loop, path,
	    p->set->conf->main.job_timeout_ms, &owner) == 0) {
		pl->job = j;
		p->workers++;
		return;
	}
	log_line(LOG_ERROR, "store %s: worker: %s", pl->full,
	    j->worker.why.text);
	j->error = j->worker.why;
	settle(j);
	job_free(j);
	agenda_on_end(pl, AGENDA_HELD, 0);
	control_on_pass(p, pl);
}
