/*
 * clockguard - when the system's time is not believed, and by whom it is.
 */
#include "clockguard.h"

#include <stdio.h>

#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/ledger.h"
#include "retention/log.h"
#include "retention/record.h"

#include "agenda.h"
#include "parent.h"
#include "ruleset.h"
#include "state.h"

#define WRITE_EVERY_MS 10000
#define LOOK_AGAIN_S 30.0	/* while the kernel's clock is unsynchronised */

static struct clockstep_sight
look(const struct parent *p)
{
	struct clockstep_sight s = { .wall = clock_now(),
		.boot = clock_boot() };

	(void)snprintf(s.boot_id, sizeof(s.boot_id), "%s", p->clock.boot_id);
	return s;
}

static int
record(struct parent *p, const struct record_clock *r, struct err *e)
{
	struct buf payload = BUF_EMPTY;
	int rc;

	if (p->ev.trail == NULL)
		return 0;
	record_clock(&payload, r);
	rc = evidence_append(&p->ev, RECORD_CLOCK, &payload, e);
	buf_release(&payload);
	return rc;
}

static void
note(struct parent *p, const char *why, struct wall from, struct wall to)
{
	struct record_clock r = { .why = why, .from = from, .to = to };
	struct err e = ERR_EMPTY;

	(void)record(p, &r, &e);	/* a failure has been logged */
}

static void
write_down(struct parent *p)
{
	const struct clockstep_sight *s = &p->clock.good;
	struct ledger_clock c = { .at = s->wall,
		.since_boot_ms = s->boot.ns / 1000000 };
	struct err e = ERR_EMPTY;

	p->clock.written = s->boot;
	(void)snprintf(c.boot, sizeof(c.boot), "%s", s->boot_id);
	if (p->ev.ledger != NULL &&
	    ledger_clock_put(p->ev.ledger, &c, &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
}

static void
stop_stepped(struct parent *p, enum clockstep step,
    const struct clockstep_sight *now)
{
	struct clockguard *c = &p->clock;
	bool back = step == CLOCKSTEP_BACK;
	char a[CLOCK_TEXT_BYTES], b[CLOCK_TEXT_BYTES];

	clock_text_s(c->good.wall, a);
	clock_text_s(now->wall, b);
	c->stepped = true;
	(void)snprintf(c->why, sizeof(c->why), "the clock went %s from %s to "
	    "%s%s; when it is right: retentionctl clock confirm",
	    back ? "back" : "forward", a, b,
	    back || clockstep_same_boot(&c->good, now) ? "" :
	    ", or nothing ran in between");
	log_line(LOG_ERROR, "enforcement is stopped: %s", c->why);
	note(p, back ? "step back" : "step forward", c->good.wall, now->wall);
}

static void
again_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct parent *p = w->data;

	(void)loop, (void)revents;
	if (clockguard_check(p)) {
		agenda_want_all(p);
		agenda_run(p);
	}
}

static void
stop_unsynced(struct parent *p, int state, struct wall now)
{
	struct clockguard *c = &p->clock;
	struct ev_timer *w = &c->again;

	c->unsynced = true;
	(void)snprintf(c->why, sizeof(c->why), "%s, and clock.require_sync is "
	    "set; it goes on when the kernel says so, or after: retentionctl "
	    "clock confirm", state == -1 ? "the kernel may not be asked "
	    "whether its clock is synchronised" : "the kernel's clock is not "
	    "synchronised");
	log_line(LOG_ERROR, "enforcement is stopped: %s", c->why);
	note(p, "unsynchronised", (struct wall){ 0 }, now);
	ev_timer_init(w, again_cb, LOOK_AGAIN_S, LOOK_AGAIN_S);
	w->data = p;
	ev_timer_start(p->loop, w);
}

static void
end_unsynced(struct parent *p)
{
	struct ev_timer *w = &p->clock.again;

	if (p->clock.unsynced)
		ev_timer_stop(p->loop, w);
	p->clock.unsynced = false;
}

static void
check_sync(struct parent *p, struct wall now)
{
	struct clockguard *c = &p->clock;
	bool needed = p->set->conf->main.clock_require_sync;
	int state = needed ? clock_synchronised() : 1;

	if (state == 1)
		c->vouched = false;
	if (c->unsynced && state == 1) {
		end_unsynced(p);
		log_line(LOG_NOTICE, "the clock is synchronised%s",
		    needed ? "" : " as far as needed");
		note(p, needed ? "synchronised" : "not required",
		    (struct wall){ 0 }, now);
	} else if (!c->unsynced && state != 1 && !c->vouched) {
		stop_unsynced(p, state, now);
	}
}

bool
clockguard_off(const struct parent *p)
{
	return p->clock.stepped || p->clock.unsynced;
}

bool
clockguard_check(struct parent *p)
{
	struct clockguard *c = &p->clock;
	struct clockstep_sight now = look(p);
	enum clockstep step;

	if (c->stepped)
		return false;
	check_sync(p, now.wall);
	if (c->unsynced)		/* what it was is judged when it is right */
		return false;
	step = clockstep_judge(&c->good, &now,
	    p->set->conf->main.clock_max_step_ms);
	if (step != CLOCKSTEP_NONE) {
		stop_stepped(p, step, &now);
		return false;		/* nothing in doubt is remembered */
	}
	c->good = now;
	if (clock_since_ms(c->written, now.boot) >= WRITE_EVERY_MS)
		write_down(p);
	return true;
}

void
clockguard_start(struct parent *p)
{
	struct clockguard *c = &p->clock;
	struct ledger_clock last;
	struct err e = ERR_EMPTY;
	int known = 0;

	state_boot_id(c->boot_id, sizeof(c->boot_id));
	c->good = look(p);
	if (p->ev.ledger != NULL)
		known = ledger_clock_get(p->ev.ledger, &last, &e);
	if (known == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
	if (known == 1) {
		c->good.wall = last.at;
		c->good.boot.ns = last.since_boot_ms * 1000000;
		(void)snprintf(c->good.boot_id, sizeof(c->good.boot_id), "%s",
		    last.boot);
	}
	if (clockguard_check(p))
		write_down(p);
}

int
clockguard_confirm(struct parent *p, const struct record_who *who,
    bool *ret_was, struct err *e)
{
	struct clockguard *c = &p->clock;
	struct record_clock r = { .why = "confirmed", .from = c->good.wall,
		.to = clock_now(), .who = *who };

	(void)clockguard_check(p);
	*ret_was = clockguard_off(p);
	if (!*ret_was)
		return 0;
	if (record(p, &r, e) == -1 || evidence_sync(&p->ev, e) == -1)
		return -1;
	end_unsynced(p);
	c->stepped = false;
	c->good = look(p);
	c->why[0] = '\0';
	write_down(p);
	log_line(LOG_NOTICE, "the clock is confirmed by %s, enforcement goes "
	    "on", who->user);
	/* Without the kernel's word, the operator's holds until it is back. */
	if (p->set->conf->main.clock_require_sync &&
	    clock_synchronised() != 1)
		c->vouched = true;
	return 0;
}

void
clockguard_put(const struct parent *p, struct jsonw *w)
{
	const struct clockguard *c = &p->clock;
	int state = clock_synchronised();

	jsonw_object(w, "clock");
	jsonw_bool(w, "in_order", !clockguard_off(p));
	jsonw_text(w, "doubt", clockguard_off(p) ? c->why : NULL);
	if (state == -1)
		jsonw_null(w, "synchronised");
	else
		jsonw_bool(w, "synchronised", state == 1);
	jsonw_bool(w, "vouched", c->vouched);
	jsonw_end_object(w);
}

void
clockguard_end(struct parent *p)
{
	if (p->started && clockguard_check(p))
		write_down(p);
	end_unsynced(p);
}
