#include "pass.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/judge.h"
#include "retention/log.h"
#include "retention/pool.h"

#include "agenda.h"
#include "correcting.h"
#include "deferral.h"
#include "erasepass.h"
#include "firing.h"
#include "gating.h"
#include "job.h"
#include "leaving.h"
#include "marking.h"
#include "parent.h"
#include "place.h"
#include "planning.h"
#include "planpass.h"
#include "printing.h"
#include "printkeep.h"
#include "ruleset.h"

/* Ask for the next event that the notice reads from this store. */
static int
ask_event(struct job *j, bool *ret_asked, struct err *e)
{
	const struct rule_notice *n = j->notice;
	struct buf out = BUF_EMPTY;
	int rc;

	*ret_asked = false;
	while (j->event < n->n_events &&
	    strcmp(n->events[j->event].store, j->store->name) != 0)
		j->event++;
	if (j->event == n->n_events)
		return 0;
	*ret_asked = j->asking = true;
	msg_put_event(&out, &(struct msg_event){ .at = clock_now(),
	    .event = n->events[j->event] });
	rc = job_send(j, WIRE_EVENT, &out, e);
	buf_release(&out);
	return rc;
}

/* The dataset at hand, as the worker is to see it, at this instant. */
static int
prepare(struct job *j, struct err *e)
{
	pool_free(j->pool);
	j->pool = pool_new();
	if (j->pool == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	j->cutoff = clock_now();
	j->filled = firing_fill(j->parent, j->notice,
	    j->dataset[j->at].rule, j->pool, e);
	if (j->filled != NULL && j->kind == JOB_REQUEST)
		return erasepass_fill(j, e);
	return j->filled != NULL ? 0 : -1;
}

int
pass_send_dataset(struct job *j, enum wire_type type, struct err *e)
{
	struct msg_job m = { .at = j->cutoff, .dataset = *j->filled };

	if (m.dataset.n_fixes != 0 && type == WIRE_ERASE)
		correcting_tell(j, &m.dataset);
	if (gating_send(j, j->filled, e) == -1 ||
	    printkeep_tell(j, j->filled, e) == -1 || ((type == WIRE_ERASE ||
	    type == WIRE_EXECUTE) && leaving_tell(j, e) == -1))
		return -1;
	buf_reset(&j->text);
	msg_put_job(&j->text, &m);
	return job_send(j, type, &j->text, e);
}

/* The word of the trail and the log. */
static const char *
action_of(const struct job *j)
{
	return j->filled->n_fixes != 0 ? "correct" :
	    rule_action_name(j->filled->action);
}

void
pass_end_dataset(struct job *j)
{
	struct job_dataset *d = &j->dataset[j->at];

	d->ended = true;
	if (j->kind == JOB_REQUEST)
		erasepass_end_dataset(j);
	j->plan_step = JOB_PLAN_NONE;
	if (d->error.code != ERR_NONE) {
		j->failed = j->failed || !d->settled;
		log_line(LOG_ERROR, "dataset %s: %s", d->rule->full,
		    d->error.text);
	}
	if (d->erased != 0)
		log_line(LOG_INFO, "dataset %s: %s: %llu done, %llu left",
		    d->rule->full, j->filled != NULL ? action_of(j) :
		    rule_action_name(d->rule->action),
		    (unsigned long long)d->erased,
		    (unsigned long long)d->left);
	j->at++;
}

int
pass_advance(struct job *j, struct err *e)
{
	bool asked;

	if (marking_begin(j, &asked, e) == -1 || (!asked &&
	    j->kind != JOB_REQUEST && ask_event(j, &asked, e) == -1))
		return -1;
	if (asked)
		return 0;
	while (j->at < j->n) {
		struct err trouble = ERR_EMPTY;

		if (prepare(j, &trouble) == 0)
			return pass_send_dataset(j, j->kind == JOB_PEEK ?
			    WIRE_PEEK : WIRE_PLAN, e);
		j->dataset[j->at].error = trouble;
		pass_end_dataset(j);
	}
	if (marking_end(j, &asked, e) == -1)
		return -1;
	return asked ? 0 : job_bye(j, e);
}

int
pass_on_fired(struct job *j, const char *body, size_t n, struct err *e)
{
	struct wall at;
	bool fired;

	if (msg_get_fired(body, n, &fired, &at, e) == -1)
		return -1;
	firing_on_query(j->parent, j->notice, &j->notice->events[j->event],
	    fired, at);
	j->asking = false;
	j->event++;
	return job_advance(j, e);
}

int
pass_on_peeked(struct job *j, const char *body, size_t n, struct err *e)
{
	bool due;

	if (msg_get_peeked(body, n, &due, e) == -1)
		return -1;
	if (due)
		agenda_want(j->place, j->dataset[j->at].rule->full);
	pass_end_dataset(j);
	return job_advance(j, e);
}

int
pass_erase(struct job *j, struct err *e)
{
	const struct rule_dataset *d = j->dataset[j->at].rule;
	struct ops_subject subject = {
		.dataset = d->full, .action = action_of(j),
		.store = j->store->full, .basis = j->basis,
		.agreement = d->timing.keep == RULE_UNTIL_DATE ?
		    d->timing.agreement : NULL,
		.policy = j->set->conf->digest, .cutoff = j->cutoff,
	};

	bool planned = j->plan_step == JOB_PLAN_EXECUTING;

	firing_basis(d, j->basis, sizeof(j->basis));
	if (pass_send_dataset(j, planned ? WIRE_EXECUTE : WIRE_ERASE, e) == -1)
		return -1;
	if (j->filled->n_fixes != 0)	/* in the ledger, digests alone */
		correcting_forget(j);
	/* What an open operation is resolved by: the rule, and where. */
	buf_putf(&j->text, "\n%s", j->store->path);
	if (buf_failed(&j->text))
		return err_set(e, ERR_MEMORY, "no memory");
	if (j->kind == JOB_REQUEST)
		erasepass_cause(j, &subject);
	else if (place_is_restored(j->place))
		subject.cause = "restored";
	subject.gate = j->gate;
	subject.plan = planned ? j->plan.id : NULL;
	subject.job_text = buf_text(&j->text);
	subject.path = d->action != RULE_DESTROY ? j->store->path : NULL;
	ops_release(&j->ops);
	ops_init(&j->ops, &j->parent->ev, &subject);
	j->in_dialogue = true;
	return 0;
}

static bool
is_fresh(struct job *j, const char *full)
{
	const struct place_dataset *known = place_dataset_find(j->place, full);

	return known == NULL || known->fresh;
}

/* Out of a backup came no more than has gone before. */
static bool
is_again(struct job *j, const struct job_dataset *d)
{
	const struct place_dataset *known = place_dataset_find(j->place,
	    d->rule->full);

	return place_is_restored(j->place) && known != NULL && !known->fresh &&
	    d->counts.due <= known->past.erased_total;
}

/* Is there an approved plan, to be done by this job? */
static bool
is_approved(struct job *j)
{
	struct place_dataset *known = place_dataset_find(j->place,
	    j->filled->full);

	if (known == NULL || j->parent->opt.dry_run)
		return false;
	planning_check(j->parent, known, j->filled, j->cutoff);
	return planning_is_approved(known) && j->writes &&
	    known->rule->mode != RULE_REPORT;
}

/* Why a plan is to be made now, or NULL. */
static const char *
plan_wanted(struct job *j, const struct job_dataset *d)
{
	const struct place_dataset *known = place_dataset_find(j->place,
	    d->rule->full);

	if (known == NULL || j->parent->opt.dry_run || d->counts.due == 0 ||
	    evidence_off(&j->parent->ev))
		return NULL;
	if (d->save)
		return "saved";
	if (known->plan.id[0] != '\0')
		return NULL;
	return d->verdict == DECIDE_REVIEW ? "review" :
	    d->verdict == DECIDE_BRAKE ? "brake" : NULL;
}

int
pass_on_counted(struct job *j, const char *body, size_t n, struct err *e)
{
	struct job_dataset *d = &j->dataset[j->at];
	const char *why;

	if (j->kind == JOB_REQUEST)
		return erasepass_on_counted(j, body, n, e);

	struct decide_case c = {
		.dataset = d->rule, .brake = j->set->conf->main.brake,
		.now = j->cutoff,
		.may_enforce = parent_may_enforce(j->parent, &why),
		.fresh = is_fresh(j, d->rule->full),
	};

	if (msg_get_counted(body, n, j->pool, &d->counts, e) == -1)
		return -1;
	job_keep_texts(d);
	d->counted = true;
	marking_suspect(j, d);
	c.again = is_again(j, d);
	c.due = d->counts.due;
	c.total = d->counts.total;
	c.approved = is_approved(j);
	d->verdict = decide_dataset(&c);
	if (d->verdict == DECIDE_BRAKE)
		deferral_braked(j, d);
	deferral_held(j, d);
	why = plan_wanted(j, d);
	if (why != NULL)
		return planpass_make(j, why, e);
	if (d->verdict == DECIDE_ACT && !d->save && !j->parent->opt.dry_run)
		return c.approved ? planpass_execute(j, e) : pass_erase(j, e);
	pass_end_dataset(j);
	return job_advance(j, e);
}

/* The dialogue is over; keep its sums. */
static void
close_dialogue(struct job *j, const struct err *why)
{
	struct job_dataset *d = &j->dataset[j->at];

	ops_finish(&j->ops, why);
	d->erased += j->ops.erased;
	d->skipped += j->ops.skipped;
	d->left = j->ops.left;
	if (j->ops.failed && d->error.code == ERR_NONE)
		(void)err_set(&d->error, ERR_STORE, "%s", j->ops.error);
}

int
pass_on_finished(struct job *j, const char *body, size_t n, struct err *e)
{
	struct job_dataset *d = &j->dataset[j->at];
	uint64_t before = d->erased;
	struct msg_finished m;

	if (msg_get_finished(body, n, j->pool, &m, e) == -1)
		return -1;
	close_dialogue(j, &(struct err){ .code = ERR_NONE });
	if (j->ops.n != 0)
		return err_set(e, ERR_PROTOCOL, "with operations that have "
		    "no outcome");
	j->in_dialogue = false;
	leaving_keep(j);
	if (m.more && !m.stopped && d->error.code == ERR_NONE &&
	    d->erased > before) {
		/* I11: a window may close between two rounds. */
		if (job_may_go_on(j) && (j->kind == JOB_REQUEST ||
		    judge_in_window(d->rule->window, clock_now())))
			return pass_erase(j, e);
		d->verdict = DECIDE_WINDOW;
	}
	if (j->plan_step == JOB_PLAN_EXECUTING && !m.more && !m.stopped &&
	    m.left == 0 && d->left == 0 && d->error.code == ERR_NONE)
		planpass_done(j);
	if (m.stopped && (j->kind == JOB_REQUEST || !job_may_go_on(j)))
		d->verdict = DECIDE_STOPPED;
	pass_end_dataset(j);
	return job_advance(j, e);
}

int
pass_on_failed(struct job *j, const struct err *why, struct err *e)
{
	if (!j->opened) {		/* nothing here can be looked at */
		j->error = *why;
		log_line(LOG_ERROR, "store %s: %s", j->place->full, why->text);
		return job_bye(j, e);
	}
	if (printing_is_asking(j))
		return printing_on_failed(j, why, e);
	if (j->marking) {
		log_line(LOG_ERROR, "store %s: %s", j->place->full, why->text);
		j->marking = false;
		return job_advance(j, e);
	}
	if (j->asking) {		/* its datasets see no event: kept */
		log_line(LOG_ERROR, "event %s/%s: %s", j->notice->id,
		    j->notice->events[j->event].name, why->text);
		j->asking = false;
		j->event++;
		return job_advance(j, e);
	}
	if (j->at >= j->n)
		return err_set(e, ERR_PROTOCOL, "at a wrong time");
	if (j->in_dialogue)
		close_dialogue(j, why);
	j->dataset[j->at].error = *why;
	pass_end_dataset(j);
	if (j->in_dialogue && j->ops.n != 0)
		return job_bye(j, e);	/* unknown: resolved before all else */
	j->in_dialogue = false;
	return job_advance(j, e);
}
