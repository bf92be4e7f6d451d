/*
 * ratchet - the ceremony itself is seal's; this is its calendar.
 */
#include "ratchet.h"

#include <stdio.h>

#include "retention/jsonw.h"
#include "retention/key.h"
#include "retention/log.h"

#include "job.h"
#include "parent.h"
#include "place.h"
#include "ruleset.h"

static void
want(struct parent *p, const char *why)
{
	struct ratchet *r = &p->ratchet;

	if (r->why == NULL)
		r->why = why;
	ratchet_try(p);
}

static void
due_cb(struct ev_loop *loop, struct ev_periodic *w, int revents)
{
	struct parent *p = w->data;

	(void)revents;
	ev_periodic_stop(loop, w);
	if (clock_now().ms >= p->ratchet.next.ms)
		want(p, "schedule");
	else
		ratchet_arm(p);		/* the clock went back meanwhile */
}

void
ratchet_arm(struct parent *p)
{
	struct ev_periodic *due = &p->ratchet.due;
	struct wall now = clock_now();
	struct wall since;

	if (p->ev.trail == NULL)	/* a dry run has none */
		return;
	since = trail_key_since(p->ev.trail);
	if (since.ms > now.ms)		/* the clock was ahead once */
		since = now;
	p->ratchet.next.ms = since.ms +
	    p->set->conf->main.rotate_key_every_ms;
	ev_periodic_stop(p->loop, due);
	ev_periodic_set(due, (double)(p->ratchet.next.ms + 1) / 1000, 0, NULL);
	ev_periodic_start(p->loop, due);
}

void
ratchet_start(struct parent *p)
{
	struct ev_periodic *due = &p->ratchet.due;

	ev_init(due, due_cb);
	due->data = p;
	ratchet_arm(p);
	if (trail_was_unclean(p->ev.trail))
		want(p, "unclean");
	else if (clock_now().ms >= p->ratchet.next.ms)
		want(p, "schedule");
}

void
ratchet_release(struct parent *p)
{
	struct ev_periodic *due = &p->ratchet.due;

	if (p->loop != NULL && due->data != NULL)
		ev_periodic_stop(p->loop, due);
}

/* Does a worker hold a key whose intent is still to come? */
static bool
must_wait(const struct parent *p)
{
	for (const struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; pl->job != NULL && i < pl->job->ops.n; i++)
			if (pl->job->ops.op[i].state == OPS_GIVEN)
				return true;
	return false;
}

static int
rotate(struct parent *p, struct err *e)
{
	struct ratchet *r = &p->ratchet;
	struct trail_rotation how = { .why = r->why, .who = { r->uid,
	    r->asked ? r->user : NULL } };
	int rc = evidence_rotate(&p->ev, &how, e);

	r->why = NULL;
	r->asked = false;
	if (rc == -1)
		return -1;		/* said by evidence_fail() */
	log_line(LOG_NOTICE, "trail: epoch %u begins with a new key (%s)",
	    trail_epoch(p->ev.trail), how.why);
	ratchet_arm(p);
	return 0;
}

void
ratchet_try(struct parent *p)
{
	struct err e = ERR_EMPTY;

	if (p->ratchet.why != NULL && !evidence_off(&p->ev) && !must_wait(p))
		(void)rotate(p, &e);
}

int
ratchet_ask(struct parent *p, const struct record_who *who, struct err *e)
{
	struct ratchet *r = &p->ratchet;

	if (evidence_off(&p->ev))
		return err_set(e, ERR_TRAIL, "%s", p->ev.why);
	r->why = "request";
	r->asked = true;
	r->uid = who->uid;
	(void)snprintf(r->user, sizeof(r->user), "%s", who->user);
	return must_wait(p) ? 1 : rotate(p, e);
}

static void
put_time(struct jsonw *w, const char *key, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	jsonw_text(w, key, text);
}

void
ratchet_put(const struct parent *p, struct jsonw *w)
{
	struct wall since = trail_key_since(p->ev.trail);
	int64_t age_ms = clock_now().ms - since.ms;
	char vkey[NOTE_VKEY_BYTES];

	note_key_text(key_public(p->ev.key), vkey);
	jsonw_object(w, "key");
	jsonw_text(w, "vkey", vkey);
	put_time(w, "since", since);
	jsonw_int(w, "age_seconds", age_ms > 0 ? age_ms / 1000 : 0);
	put_time(w, "next_rotation", p->ratchet.next);
	jsonw_text(w, "waiting", p->ratchet.why);
	jsonw_end_object(w);
}
