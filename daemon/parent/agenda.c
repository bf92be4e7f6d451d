/*
 * agenda - nothing is polled: a place is looked at when its next item falls
 * due, when check_every has passed, when it failed and its delay is over,
 * when somebody wrote to it, or when an operator asks.
 */
#include "agenda.h"

#include "retention/calendar.h"
#include "retention/judge.h"
#include "retention/log.h"

#include "clockguard.h"
#include "erasing.h"
#include "job.h"
#include "fullscrub.h"
#include "parent.h"
#include "place.h"
#include "recovery.h"
#include "ruleset.h"
#include "schedule.h"
#include "watch.h"

static void
check_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct place *pl = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	agenda_want(pl, NULL);
	agenda_run(pl->parent);
}

static void
due_cb(struct ev_loop *loop, struct ev_periodic *w, int revents)
{
	struct place *pl = w->data;

	(void)revents;
	ev_periodic_stop(loop, w);
	agenda_want(pl, NULL);
	agenda_run(pl->parent);
}

static void
retry_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct place *pl = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	pl->held = pl->asked_waits = false;
	for (size_t i = 0; i < pl->n; i++)
		if (pl->dataset[i].failed)
			pl->dataset[i].wanted = true;
	pl->peek = pl->peek || pl->peek_failed;
	pl->peek_failed = false;
	agenda_run(pl->parent);
}

void
agenda_init(struct place *pl)
{
	struct ev_timer *check = &pl->check, *retry = &pl->retry;
	struct ev_timer *settle = &pl->settle;
	struct ev_periodic *due = &pl->due;

	ev_init(check, check_cb);
	ev_init(retry, retry_cb);
	ev_init(settle, NULL);
	ev_init(due, due_cb);
	check->data = retry->data = settle->data = due->data = pl;
}

void
agenda_release(struct place *pl)
{
	struct ev_loop *loop = pl->parent->loop;
	struct ev_timer *check = &pl->check, *retry = &pl->retry;
	struct ev_timer *settle = &pl->settle;
	struct ev_periodic *due = &pl->due;

	ev_timer_stop(loop, check);
	ev_timer_stop(loop, retry);
	ev_timer_stop(loop, settle);
	ev_periodic_stop(loop, due);
}

void
agenda_want(struct place *pl, const char *full)
{
	struct place_dataset *d;

	if (full != NULL) {
		d = place_dataset_find(pl, full);
		if (d != NULL)
			d->wanted = true;
		return;
	}
	pl->wanted = true;
	for (size_t i = 0; i < pl->n; i++)
		pl->dataset[i].wanted = true;
}

void
agenda_want_all(struct parent *p)
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		agenda_want(pl, NULL);
}

void
agenda_reset(struct place *pl)
{
	struct ev_timer *check = &pl->check;

	ev_timer_stop(pl->parent->loop, check);
	agenda_want(pl, NULL);
	agenda_urge(pl);
}

void
agenda_urge(struct place *pl)
{
	pl->urgent = true;
}

/* Does the place's notice read an event from it? */
static bool
has_events(const struct place *pl)
{
	for (size_t i = 0; i < pl->notice->n_events; i++)
		if (strcmp(pl->notice->events[i].store, pl->store->name) == 0)
			return true;
	return false;
}

bool
agenda_is_wanted(const struct place *pl)
{
	if (pl->store == NULL)
		return false;
	for (size_t i = 0; i < pl->n; i++)
		if (pl->dataset[i].wanted)
			return true;
	return pl->scrub.wanted || pl->peek || (pl->wanted && has_events(pl));
}

static bool
only_peek(const struct place *pl)
{
	for (size_t i = 0; i < pl->n; i++)
		if (pl->dataset[i].wanted)
			return false;
	return pl->peek && !pl->wanted;
}

static void
start_one(struct parent *p, struct place *pl)
{
	struct ev_timer *retry = &pl->retry;
	enum job_kind kind = JOB_PASS;

	if (pl->open != NULL && pl->store == NULL)
		recovery_abandon_all(pl);		/* nobody left to ask */
	if (pl->job != NULL || pl->store == NULL ||
	    (pl->held && !pl->urgent))
		return;
	/* Without a trail no outcome could be recorded, but nothing can be
	 * erased either: then it may be looked at. */
	if (pl->open != NULL && !evidence_off(&p->ev))
		kind = JOB_RESUME;
	else if (erasing_at(pl) != NULL)
		kind = JOB_REQUEST;
	else if (!agenda_is_wanted(pl))
		return;
	else if (pl->scrub.wanted)		/* somebody waits */
		kind = JOB_SCRUB;
	else if (only_peek(pl))
		kind = JOB_PEEK;
	if (pl->held)
		ev_timer_stop(p->loop, retry);
	pl->held = false;
	pl->urgent = false;
	job_start(pl, kind);
}

void
agenda_run(struct parent *p)
{
	if (p->stopping)
		return;
	clockguard_check(p);
	ratchet_try(p);
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		if (p->workers < AGENDA_MOST_WORKERS || pl->store == NULL)
			start_one(p, pl);
	place_sweep(p);
}

/* When does this dataset want to be looked at by the clock?  ms 0: never. */
static struct wall
next_of(const struct place_dataset *d, struct wall now)
{
	struct wall next = { 0 }, at;

	if (d->counted && d->counts.has_next)
		next = d->counts.next_due;
	if (d->rule->timing.keep == RULE_UNTIL_DATE &&
	    judge_due_at(&d->rule->timing, NULL, NULL, &at) == 0 &&
	    at.ms > now.ms)
		next = schedule_earlier(next, at);
	if (d->verdict == DECIDE_WINDOW)
		next = schedule_earlier(next,
		    schedule_window_opens(d->rule->window, now));
	return next;
}

static void
arm(struct place *pl)
{
	struct ev_timer *check = &pl->check;
	struct ev_periodic *due = &pl->due;
	struct ev_loop *loop = pl->parent->loop;
	const struct conf_main *m = &pl->parent->set->conf->main;
	struct wall now = clock_now();
	struct wall next = { 0 };

	ev_periodic_stop(loop, due);
	for (size_t i = 0; i < pl->n; i++)
		next = schedule_earlier(next, next_of(&pl->dataset[i], now));
	if (next.ms != 0) {
		struct wall least = { now.ms +
		    schedule_spacing_ms(pl->cost_ms) };

		if (next.ms < least.ms)
			next = least;
		/* Due in a millisecond is due after it. */
		ev_periodic_set(due, (double)(next.ms + 1) / 1000, 0, NULL);
		ev_periodic_start(loop, due);
	}
	if (!ev_is_active(check)) {	/* other looks do not put it off */
		ev_timer_set(check, (double)m->check_every_ms / 1000, 0);
		ev_timer_start(loop, check);
	}
}

void
agenda_on_end(struct place *pl, enum agenda_outcome o, int64_t cost_ms)
{
	struct ev_timer *retry = &pl->retry;
	struct parent *p = pl->parent;
	int64_t delay_ms;

	if (o != AGENDA_HELD)
		pl->cost_ms = cost_ms;	/* a worker that hung cost nothing */
	if (pl->store != NULL) {
		arm(pl);
		watch_again(p, pl);
	}
	/* I7: while failed datasets wait, the others are looked at. */
	if (o == AGENDA_FINE && !ev_is_active(retry))
		pl->failures = 0;
	if (o == AGENDA_FINE) {
		fullscrub_consider(pl);
		return;
	}
	pl->failures++;
	pl->held = o == AGENDA_HELD;
	p->failed = true;
	delay_ms = schedule_backoff_ms(pl->failures);
	log_line(LOG_WARN, "store %s: %s tried again in %lld s", pl->full,
	    pl->held ? "is" : "what failed is", (long long)(delay_ms / 1000));
	ev_timer_stop(p->loop, retry);
	ev_timer_set(retry, (double)delay_ms / 1000, 0);
	ev_timer_start(p->loop, retry);
}
