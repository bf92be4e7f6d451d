/*
 * keeping - runs in the loop, after a checkpoint, in pieces of some ten
 * milliseconds.  A prune alone reads all that it is going to remove in one
 * go, to verify it first; so it happens at most once an hour unasked.
 */
#include "keeping.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/ledger_erasure.h"
#include "retention/log.h"
#include "retention/trail_keep.h"

#include "agenda.h"
#include "metrics.h"
#include "parent.h"
#include "place.h"
#include "recovery.h"
#include "ruleset.h"

#define PIECE_S 0.05
#define SPACE_S 10.0
#define SPACE_LEAST (UINT64_C(4) << 20)	/* the ballast, and some records */
#define LOOK_MS (INT64_C(3600) * 1000)

/* How far anchors reach; without a hook nobody is asked for any. */
static uint64_t
covered(const struct parent *p)
{
	return p->set->conf->main.anchor_hook == NULL ? UINT64_MAX :
	    evidence_anchored(&p->ev);
}

static struct trail_keep_limits
limits(const struct parent *p, struct wall before, struct record_who who,
    const char *why)
{
	return (struct trail_keep_limits){ .before = before,
		.covered = covered(p), .who = who, .why = why };
}

/* A failure that is no refusal may have broken the trail. */
static int
fail(struct parent *p, struct err *e)
{
	if (trail_broken(p->ev.trail))
		evidence_fail(&p->ev, e);
	return -1;
}

/* 1: pruned, 0: nothing to prune, -1. */
static int
prune(struct parent *p, const struct trail_keep_limits *l,
    struct trail_keep_pruned *ret, struct err *e)
{
	int rc;

	*ret = (struct trail_keep_pruned){ .first = 0 };
	if (evidence_off(&p->ev))
		return err_set(e, ERR_TRAIL, "%s", p->ev.why);
	rc = trail_keep_prune(p->ev.trail, l, clock_now(), ret, e);
	if (rc == 1 && evidence_seal(&p->ev, e) == -1)
		return -1;
	if (rc == 1)
		log_line(LOG_NOTICE, "trail: %" PRIu64 " records pruned by %s; "
		    "it begins with record %" PRIu64, ret->records,
		    l->who.user, ret->first);
	return rc == -1 ? fail(p, e) : rc;
}

static int
shred(struct parent *p, uint32_t ep, const struct trail_keep_limits *l,
    struct err *e)
{
	int rc;

	if (evidence_off(&p->ev))
		return err_set(e, ERR_TRAIL, "%s", p->ev.why);
	rc = trail_keep_shred(p->ev.trail, ep, l, clock_now(), e);
	if (rc == 1)
		log_line(LOG_NOTICE, "commitment key of epoch %" PRIu32
		    " destroyed by %s", ep, l->who.user);
	return rc == -1 ? fail(p, e) : rc;
}

/* All epochs that ended before; those with an open operation are left. */
static int
shred_old(struct parent *p, const struct trail_keep_limits *l,
    struct jsonw *w, struct err *e)
{
	uint32_t now = trail_epoch(p->ev.trail);

	for (uint32_t ep = 0; ep < now; ep++) {
		int rc;

		if (trail_keep_ended(p->ev.trail, ep).ms >= l->before.ms)
			break;
		rc = shred(p, ep, l, e);
		if (rc == -1 && (e->code != ERR_REFUSED || w != NULL))
			return -1;
		if (rc == 1 && w != NULL)
			jsonw_int(w, NULL, ep);
	}
	return 0;
}

static void
say_failure(const char *what, const struct err *e)
{
	if (e->code != ERR_REFUSED)
		log_line(LOG_WARN, "trail: %s: %s", what, e->text);
}

/* What the settings ask for. */
static void
by_schedule(struct parent *p)
{
	const struct conf_main *m = &p->set->conf->main;
	struct record_who who = { (int64_t)getuid(), "schedule" };
	struct wall now = clock_now();
	struct trail_keep_pruned unused;
	struct trail_keep_limits l;
	struct err e = ERR_EMPTY;

	if (clockguard_off(p))		/* a wrong time would end it all */
		return;
	if (ledger_erasure_expire(p->ev.ledger, now, &e) == -1)
		say_failure("who was erased", &e);
	if (m->keep_commitment_keys.n != 0) {
		l = limits(p, calendar_before(m->keep_commitment_keys, now),
		    who, "schedule");
		if (shred_old(p, &l, NULL, &e) == -1)
			say_failure("old keys", &e);
	}
	if (m->trail_keep.n == 0 || evidence_off(&p->ev))
		return;
	l = limits(p, calendar_before(m->trail_keep, now), who, "schedule");
	if (trail_keep_oldest(p->ev.trail).ms < l.before.ms &&
	    prune(p, &l, &unused, &e) == -1)
		say_failure("prune", &e);
}

/* 1: more to do. */
static int
tidy(struct parent *p)
{
	struct err e = ERR_EMPTY;
	int rc;

	if (evidence_off(&p->ev))
		return 0;
	rc = trail_keep_tidy(p->ev.trail, covered(p), &e);
	if (rc == -1) {
		(void)fail(p, &e);
		say_failure("compressing", &e);
	}
	return rc == 1;
}

static void
again(struct parent *p, double after_s)
{
	struct ev_timer *w = &p->ev.tidy;

	ev_timer_stop(p->loop, w);
	ev_timer_set(w, after_s, 0.);
	ev_timer_start(p->loop, w);
}

static void
tidy_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct parent *p = w->data;
	struct mono now = clock_mono();

	(void)loop, (void)revents;
	if (p->stopping)
		return;
	if (tidy(p)) {
		again(p, PIECE_S);
		return;
	}
	if (p->has_kept && clock_since_ms(p->kept, now) < LOOK_MS)
		return;
	p->has_kept = true;
	p->kept = now;
	by_schedule(p);
	metrics_write(p);
}

static bool
has_space(const struct parent *p)
{
	struct statvfs v;

	return statvfs(p->ev.state, &v) == 0 &&
	    (uint64_t)v.f_bavail * v.f_frsize >= SPACE_LEAST;
}

/* The trail is read anew: what it has is all that was ever accepted. */
static int
go_on(struct parent *p, struct err *e)
{
	if (evidence_reopen(&p->ev, &p->set->conf->main, e) == -1)
		return -1;
	if (parent_record_life(p, RECORD_START, "space again", e) == -1 ||
	    evidence_seal(&p->ev, e) == -1)
		return -1;
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		while (pl->open != NULL)
			place_drop_open(pl, pl->open->info.op);
	return recovery_load(p, e);
}

static void
space_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct parent *p = w->data;
	struct err e = ERR_EMPTY;

	(void)revents;
	if (p->stopping || !evidence_off(&p->ev) || !evidence_full(&p->ev)) {
		ev_timer_stop(loop, w);
		return;
	}
	if (p->workers != 0 || !has_space(p))
		return;
	if (go_on(p, &e) == -1) {
		log_line(LOG_ERROR, "there is space again, but: %s", e.text);
		return;
	}
	ev_timer_stop(loop, w);
	log_line(LOG_NOTICE, "there is space again: enforcement goes on");
	agenda_want_all(p);
	agenda_run(p);
}

void
keeping_open(struct parent *p)
{
	struct ev_timer *tidy_timer = &p->ev.tidy, *space = &p->ev.space;

	ev_set_cb(tidy_timer, tidy_cb);
	ev_set_cb(space, space_cb);
	tidy_timer->data = space->data = p;
	space->repeat = SPACE_S;
	if (!p->opt.once)
		again(p, PIECE_S);
}

void
keeping_finish(struct parent *p)
{
	while (tidy(p))
		;
	if (!evidence_off(&p->ev))
		by_schedule(p);
}

int
keeping_prune(struct parent *p, struct wall before, struct record_who who,
    struct jsonw *w, struct err *e)
{
	struct trail_keep_limits l = limits(p, before, who, "request");
	struct trail_keep_pruned done;

	if (l.covered == 0)
		return err_set(e, ERR_REFUSED, "an anchor hook is set and no "
		    "anchor has been recorded yet");
	if (prune(p, &l, &done, e) == -1)
		return -1;
	jsonw_int(w, "records", (int64_t)done.records);
	jsonw_int(w, "first", (int64_t)done.first);
	jsonw_bool(w, "crossed", done.crossed);
	return 0;
}

static int
read_epoch(const char *text, uint32_t *ret, struct err *e)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 9 || text[n] != '\0')
		return err_set(e, ERR_INPUT, "\"%.20s\" is no epoch; expected "
		    "a number", text);
	*ret = (uint32_t)strtoul(text, NULL, 10);
	return 0;
}

int
keeping_shred(struct parent *p, const struct ctl_request *r,
    struct record_who who, struct jsonw *w, struct err *e)
{
	struct trail_keep_limits l = limits(p, r->at, who, "request");
	bool any = false;
	uint32_t ep = 0;
	int rc = 0;

	jsonw_array(w, "epochs");
	if (r->has_at)
		rc = shred_old(p, &l, w, e);
	for (size_t i = 0; i < r->n_epochs && rc == 0; i++) {
		int one = read_epoch(r->epochs[i], &ep, e) == -1 ? -1 :
		    shred(p, ep, &l, e);

		if (one == 1)
			jsonw_int(w, NULL, ep);
		rc = one == -1 ? -1 : 0;
		any = any || one == 1;
	}
	jsonw_end_array(w);
	if ((any || r->has_at) && !evidence_off(&p->ev) &&
	    trail_unsealed(p->ev.trail) != 0) {
		struct err seal = ERR_EMPTY;

		if (evidence_seal(&p->ev, &seal) == -1 && rc == 0) {
			*e = seal;
			rc = -1;
		}
	}
	return rc;
}
