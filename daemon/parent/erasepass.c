/*
 * erasepass - modes, windows and the brake are about what falls due by itself:
 * a request has a person's word.  Holds, restrictions, the clock and the trail
 * stop it like anything else.
 */
#include "erasepass.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/log.h"
#include "retention/msg.h"
#include "retention/pool.h"

#include "correcting.h"
#include "eraseplan.h"
#include "erasing.h"
#include "job.h"
#include "parent.h"
#include "pass.h"
#include "place.h"
#include "ruleset.h"

static void
set_state(struct erasing_part *x, const char *state, const char *why)
{
	(void)snprintf(x->p.state, sizeof(x->p.state), "%s", state);
	(void)snprintf(x->p.error, sizeof(x->p.error), "%s", why);
}

static const char *
why_never(struct place *pl, const struct erasing *r,
    const struct erasing_part *x)
{
	const struct place_dataset *d = place_dataset_find(pl, x->p.dataset);

	if (d == NULL)
		return "no longer in the policy";
	return correcting_is(&r->row) ?	/* it has its own rules */
	    correcting_why_never(d->rule, pl->store) :
	    eraseplan_why_never(d->rule, pl->store, r->row.lines);
}

static bool
is_open_at(const struct erasing_part *x, const struct place *pl)
{
	return strcmp(x->p.state, "open") == 0 &&
	    strcmp(x->p.store, pl->full) == 0;
}

/* A dataset that has left the policy since, or acts for nobody now. */
static bool
drop_gone(struct parent *p, struct place *pl, struct erasing *r)
{
	if (correcting_is(&r->row) && r->fix == NULL)
		return correcting_drop(p, pl, r);
	for (size_t i = 0; i < r->n_parts; i++) {
		struct erasing_part *x = &r->part[i];
		const char *never = is_open_at(x, pl) ?
		    why_never(pl, r, x) : NULL;

		if (never == NULL)
			continue;
		if (correcting_is(&r->row) && correcting_is_done(&x->p,
		    pl->store))
			set_state(x, "done", "");
		else
			set_state(x, "never", never);
		erasing_settle(p, r, x);	/* r may be gone now */
		return true;
	}
	return false;
}

void
erasepass_on_reload(struct parent *p)
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next) {
		const struct erasing *r = pl->job == NULL ||
		    pl->job->kind != JOB_REQUEST ? NULL :
		    erasing_find(p, pl->job->erasure);

		for (size_t i = 0; r != NULL && correcting_is(&r->row) &&
		    i < r->n_parts; i++)
			if (is_open_at(&r->part[i], pl) &&
			    why_never(pl, r, &r->part[i]) != NULL)
				job_hurry(pl->job);
	}
}

void
erasepass_choose(struct job *j)
{
	struct place *pl = j->place;
	struct erasing *r = erasing_at(pl);

	while (r != NULL && drop_gone(j->parent, pl, r))
		r = erasing_at(pl);
	if (r == NULL)
		return;
	memcpy(j->erasure, r->row.id, sizeof(j->erasure));
	for (size_t i = 0; i < r->n_parts && j->n < pl->n; i++) {
		const struct ledger_part *x = &r->part[i].p;

		if (strcmp(x->state, "open") == 0 &&
		    strcmp(x->store, pl->full) == 0)
			j->dataset[j->n++].rule = place_dataset_find(pl,
			    x->dataset)->rule;
	}
}

/* Only in that file, when it is of one; and only what is known by prints. */
static const struct rule_dataset *
narrow(struct job *j, const struct rule_dataset *d, const uint8_t *file,
    bool printed)
{
	struct rule_dataset *copy = d == NULL ? NULL :
	    pool_alloc(j->pool, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *d;
	copy->has_only = file != NULL;
	if (file != NULL)
		memcpy(copy->only, file, sizeof(copy->only));
	copy->printed = printed;
	return copy;
}

static const struct rule_dataset *
with_persons(struct job *j, const struct rule_dataset *d,
    const struct rule_person *wanted, size_t n, const char *id)
{
	struct rule_person *copy = pool_array(j->pool, n + 1, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		copy[i] = wanted[i];
		copy[i].kind = pool_dup(j->pool, wanted[i].kind);
		if (copy[i].kind == NULL)
			return NULL;
	}
	return eraseplan_fill(j->set->conf, d, copy, n, pool_dup(j->pool, id),
	    j->pool);
}

int
erasepass_fill(struct job *j, struct err *e)
{
	const struct erasing *r = erasing_find(j->parent, j->erasure);

	if (r == NULL)
		return err_set(e, ERR_REFUSED, "the request has ended");
	j->filled = with_persons(j, j->filled, r->wanted, r->n_persons,
	    j->erasure);
	j->filled = narrow(j, j->filled, r->row.has_file ? r->row.file : NULL,
	    r->row.printed);
	if (j->filled != NULL && r->fix != NULL)
		j->filled = correcting_fill(j, j->filled,
		    correcting_fixes(r->fix));
	return j->filled != NULL ? 0 : err_set(e, ERR_MEMORY, "no memory");
}

const struct rule_dataset *
erasepass_like(struct job *j, const struct rule_dataset *now,
    const struct rule_dataset *past)
{
	const char *id = past->request != NULL ? past->request : "";

	(void)snprintf(j->erasure, sizeof(j->erasure), "%s", id);
	now = with_persons(j, now, past->wanted, past->n_wanted, id);
	now = narrow(j, now, past->has_only ? past->only : NULL,
	    past->printed);
	return now == NULL || past->n_fixes == 0 ? now :
	    correcting_fill(j, now, past);
}

bool
erasepass_same(const struct rule_dataset *a, const struct rule_dataset *b)
{
	struct buf x = BUF_EMPTY, y = BUF_EMPTY;
	bool equal;

	msg_put_dataset(&x, a);
	msg_put_dataset(&y, b);
	equal = !buf_failed(&x) && !buf_failed(&y) && x.n == y.n &&
	    memcmp(x.data, y.data, x.n) == 0;
	buf_release(&x);
	buf_release(&y);
	return equal;
}

int
erasepass_on_counted(struct job *j, const char *body, size_t n,
    struct err *e)
{
	struct job_dataset *d = &j->dataset[j->at];

	if (msg_get_counted(body, n, j->pool, &d->counts, e) == -1)
		return -1;
	d->counts.clause = NULL;
	d->counted = true;
	d->verdict = DECIDE_NOTHING;
	if (j->filled->n_fixes != 0 && !correcting_may(&d->counts)) {
		pass_end_dataset(j);
		return job_advance(j, e);
	}
	if (d->counts.due != 0) {
		d->verdict = j->writes && job_may_go_on(j) ? DECIDE_ACT :
		    DECIDE_STOPPED;
		if (d->verdict == DECIDE_ACT)
			return pass_erase(j, e);
	}
	pass_end_dataset(j);
	return job_advance(j, e);
}

/* Of intents: which request, or that it is a person who came back. */
void
erasepass_cause(struct job *j, struct ops_subject *subject)
{
	const struct erasing *r = erasing_find(j->parent, j->erasure);

	subject->cause = r != NULL && strcmp(r->row.what, "restored") == 0 ?
	    "restored" : "request";
	subject->request = j->erasure;
	(void)snprintf(j->basis, sizeof(j->basis), "%s of a person",
	    subject->cause);
}

static void
why_left(struct ledger_part *x, uint64_t stuck)
{
	char *to = x->error;
	size_t room = sizeof(x->error), n = 0;
	const struct { uint64_t n; const char *text; } why[] = {
		{ x->held, "under a legal hold" },
		{ x->restricted, "under a restriction" },
		{ x->kept, "kept longer by another dataset" },
		{ stuck, "could not go" },
	};

	to[0] = '\0';
	for (size_t i = 0; i < sizeof(why) / sizeof(why[0]); i++)
		if (why[i].n != 0 && n < room)
			n += (size_t)snprintf(to + n, room - n, "%s%llu %s",
			    n != 0 ? ", " : "", (unsigned long long)why[i].n,
			    why[i].text);
}

/* Of log lines nobody knows again where they went: what was there and has no
 * outcome, or was not as it had been, is not gone; nor what cannot be read. */
static uint64_t
missed(const struct job *j, const struct job_dataset *d)
{
	const uint64_t seen = d->erased + d->left;

	if (j->place->store == NULL || j->place->store->kind != RULE_LOGS)
		return 0;
	return d->counts.undated +
	    (d->counts.due > seen ? d->counts.due - seen : 0);
}

void
erasepass_end_dataset(struct job *j)
{
	struct job_dataset *d = &j->dataset[j->at];
	struct erasing *r = erasing_find(j->parent, j->erasure);
	struct erasing_part *x = r != NULL ?
	    erasing_part(r, d->rule->full) : NULL;
	uint64_t stuck;

	if (x == NULL)
		return;
	/* What nobody knows yet is resolved first, and then seen again. */
	if (r->fix != NULL && !(j->in_dialogue && j->ops.n != 0)) {
		correcting_end(j, d, r, x);
		return;
	}
	if (d->error.code != ERR_NONE) {
		erasing_fail(j->parent, r, x, &d->error);
		return;
	}
	if (!d->counted || d->verdict == DECIDE_STOPPED)
		return;				/* goes on when it may */
	x->p.held = d->counts.held;
	x->p.restricted = d->counts.restricted;
	x->p.kept = d->counts.kept;
	stuck = d->left + missed(j, d);
	x->p.left = x->p.held + x->p.restricted + x->p.kept + stuck;
	why_left(&x->p, stuck);
	(void)snprintf(x->p.state, sizeof(x->p.state), "%s",
	    x->p.left == 0 ? "done" : "left");
	erasing_settle(j->parent, r, x);
}

void
erasepass_blame(struct place *pl, const struct err *why)
{
	struct parent *p = pl->parent;

	for (struct erasing *r = p->erasures; r != NULL; r = r->next)
		for (size_t i = 0; i < r->n_parts; i++)
			if (strcmp(r->part[i].p.state, "open") == 0 &&
			    strcmp(r->part[i].p.store, pl->full) == 0)
				erasing_fail(p, r, &r->part[i], why);
}

void
erasepass_settle(struct job *j)
{
	/* The other requests there wait as this one does. */
	if (j->error.code != ERR_NONE && !j->parent->stopping &&
	    !j->worker.hurried && erasing_find(j->parent, j->erasure) != NULL)
		erasepass_blame(j->place, &j->error);
	j->place->asked_waits = j->failed;
}

void
erasepass_erased(struct job *j, uint64_t n)
{
	const char *full = NULL;

	if (j->kind == JOB_REQUEST)
		full = j->dataset[j->at].rule->full;
	else if (j->kind == JOB_RESUME && j->place->open != NULL)
		full = j->place->open->info.dataset;
	if (full != NULL && j->erasure[0] != '\0')
		erasing_count(j->parent, j->erasure, full, n);
}
