/*
 * clockguard - any step back, and any step forward beyond clock.max_step,
 * stops enforcement until an operator confirms it by a reload.  What happened
 * while the daemon did not run cannot be told from a step; there only a step
 * back counts, and the brake looks after the rest.
 */
#include "clockguard.h"

#include <stdlib.h>

#include "retention/buf.h"
#include "retention/ledger.h"
#include "retention/log.h"

#include "parent.h"
#include "ruleset.h"

#define TOLERANCE_MS 5000	/* corrections that are no step */

static void
stop(struct parent *p, const char *why, struct wall from, struct wall to)
{
	struct buf payload = BUF_EMPTY;
	char a[CLOCK_TEXT_BYTES], b[CLOCK_TEXT_BYTES];
	struct err e = ERR_EMPTY;

	clock_text_s(from, a);
	clock_text_s(to, b);
	p->clock_off = true;
	(void)snprintf(p->clock_why, sizeof(p->clock_why),
	    "the clock went %s from %s to %s; a reload confirms it", why, a, b);
	log_line(LOG_ERROR, "enforcement is stopped: %s", p->clock_why);
	if (p->ev.trail == NULL)
		return;
	buf_putf(&payload, ",\"why\":\"step %s\",\"from\":\"%s\",\"to\":\"%s\"",
	    why, a, b);
	(void)evidence_append(&p->ev, RECORD_CLOCK, &payload, &e);
	buf_release(&payload);
}

static void
remember(struct parent *p)
{
	struct err e = ERR_EMPTY;

	p->last_wall = clock_now();
	p->last_mono = clock_mono();
	if (p->ev.ledger != NULL && !p->clock_off &&
	    ledger_clock_put(p->ev.ledger, p->last_wall, &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
}

void
clockguard_start(struct parent *p)
{
	struct err e = ERR_EMPTY;
	struct wall now = clock_now(), last;

	if (p->ev.ledger != NULL &&
	    ledger_clock_get(p->ev.ledger, &last, &e) == 1 &&
	    now.ms < last.ms - TOLERANCE_MS)
		stop(p, "back", last, now);
	remember(p);
}

bool
clockguard_check(struct parent *p)
{
	struct wall now = clock_now();
	int64_t passed = clock_since_ms(p->last_mono, clock_mono());
	int64_t step = now.ms - p->last_wall.ms - passed;

	if (!p->clock_off && step < -TOLERANCE_MS)
		stop(p, "back", p->last_wall, now);
	else if (!p->clock_off && step > p->set->conf->main.clock_max_step_ms)
		stop(p, "forward", p->last_wall, now);
	if (passed > 1000 || p->clock_off)
		remember(p);
	return !p->clock_off;
}

void
clockguard_confirm(struct parent *p)
{
	if (p->clock_off)
		log_line(LOG_NOTICE, "the clock is confirmed, enforcement "
		    "goes on");
	p->clock_off = false;
	remember(p);
}
