#include "status.h"

#include <stdio.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/log.h"
#include "retention/sandbox.h"

#include "anchoring.h"
#include "docket_list.h"
#include "notify.h"
#include "firing.h"
#include "parent.h"
#include "place.h"
#include "planning.h"
#include "ruleset.h"

static void
put_time(struct jsonw *w, const char *key, bool known, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	jsonw_text(w, key, known && t.ms != 0 ? text : NULL);
}

static const char *
state_of(const struct place *pl, const struct place_dataset *d)
{
	if (pl->job != NULL)
		return "at work";
	if (d->failed)
		return "failed";
	if (d->rule->timing.keep == RULE_UNTIL_EVENT && d->counts.due == 0 &&
	    d->verdict == DECIDE_NOTHING && (pl->notice == NULL ||
	    !firing_is_known(pl->parent, pl->notice, d->rule)))
		return "waiting for its event";
	if (planning_is_approved(d))
		return "approved";
	return decide_text(d->verdict);
}

static int64_t
overdue_s(const struct place_dataset *d, struct wall now)
{
	struct wall since = place_overdue(d, now);

	return since.ms != 0 ? (now.ms - since.ms) / 1000 : 0;
}

static void
put_dataset(struct jsonw *w, const struct place *pl,
    const struct place_dataset *d, struct wall now)
{
	const struct rule_dataset *r = d->rule;

	jsonw_object(w, NULL);
	jsonw_text(w, "dataset", r->full);
	jsonw_text(w, "store", pl->full);
	jsonw_text(w, "mode", rule_mode_name(r->mode));
	jsonw_text(w, "action", rule_action_name(r->action));
	put_time(w, "last_pass", true, d->past.last_pass);
	jsonw_int(w, "due", (int64_t)d->past.due);
	jsonw_int(w, "undated", (int64_t)d->past.undated);
	jsonw_int(w, "future", (int64_t)d->past.future);
	if (d->counted)
		jsonw_int(w, "total", (int64_t)(d->counts.total));
	else
		jsonw_null(w, "total");
	put_time(w, "oldest_due", true, d->past.oldest_due);
	jsonw_int(w, "overdue_seconds", overdue_s(d, now));
	put_time(w, "next_due", d->counted && d->counts.has_next,
	    d->counts.next_due);
	jsonw_bool(w, "braked", d->verdict == DECIDE_BRAKE);
	planning_put(w, d);
	jsonw_text(w, "state", state_of(pl, d));
	jsonw_text(w, "error", d->past.last_error[0] != '\0' ?
	    d->past.last_error : NULL);
	jsonw_text(w, "assurance", d->assurance[0] != '\0' ? d->assurance :
	    NULL);
	jsonw_int(w, "erased_total", (int64_t)d->past.erased_total);
	jsonw_end_object(w);
}

static void
put_why(const struct place_dataset *d, struct wall now, char *text, size_t n)
{
	struct wall since = place_overdue(d, now);
	char expires[CLOCK_TEXT_BYTES];

	if (d->failed || !planning_is_open(d)) {
		clock_text_s(since, expires);
		(void)snprintf(text, n, "%s: %s%s%s", d->past.dataset,
		    d->failed ? d->past.last_error : decide_text(d->verdict),
		    since.ms != 0 ? "; overdue since " : "",
		    since.ms != 0 ? expires : "");
		return;
	}
	clock_text_s(d->plan.expires, expires);
	(void)snprintf(text, n, "%s: %s: plan %s over %llu, until %s",
	    d->past.dataset, decide_text(d->verdict), d->plan.id,
	    (unsigned long long)d->plan.n, expires);
}

/* Each reason why a person is needed, through `each`; how many. */
static size_t
reasons(struct parent *p, void (*each)(void *ctx, const char *text),
    void *ctx)
{
	struct wall now = clock_now();
	char text[600];
	const char *why;
	size_t n = 0;

	if (!parent_may_enforce(p, &why)) {
		(void)snprintf(text, sizeof(text), "nothing is erased: %s",
		    why);
		each(ctx, text);
		n++;
	}
	if (anchoring_late(p, text)) {
		each(ctx, text);
		n++;
	}
	if (docket_list_presses(p, clock_now(), text)) {
		each(ctx, text);
		n++;
	}
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++) {
			const struct place_dataset *d = &pl->dataset[i];

			if (!d->failed && (!decide_needs_person(d->verdict) ||
			    planning_is_approved(d)))
				continue;
			put_why(d, now, text, sizeof(text));
			each(ctx, text);
			n++;
		}
	return n;
}

static void
put_reason(void *ctx, const char *text)
{
	jsonw_text(ctx, NULL, text);
}

static void
ignore(void *ctx, const char *text)
{
	(void)ctx, (void)text;
}

static void
put_trail(struct parent *p, struct jsonw *w)
{
	struct trail_head head = trail_head(p->ev.trail);

	jsonw_object(w, "trail");
	jsonw_int(w, "size", (int64_t)head.size);
	jsonw_hex(w, "root", head.root, sizeof(head.root));
	jsonw_int(w, "epoch", trail_epoch(p->ev.trail));
	jsonw_int(w, "unsealed", (int64_t)trail_unsealed(p->ev.trail));
	jsonw_bool(w, "broken", evidence_off(&p->ev));
	ratchet_put(p, w);
	jsonw_end_object(w);
}

void
status_put(struct parent *p, struct jsonw *w)
{
	struct wall now = clock_now();
	const char *why;

	(void)clockguard_check(p);
	jsonw_object(w, "status");
	jsonw_text(w, "version", RETENTION_VERSION);
	jsonw_int(w, "pid", getpid());
	put_time(w, "since", true, p->since);
	jsonw_hex(w, "policy", p->set->conf->digest, 32);
	jsonw_text(w, "sandbox", sandbox_is_whole(&why) ? NULL : why);
	put_trail(p, w);
	clockguard_put(p, w);
	anchoring_put(p, w);
	docket_list_status(p, now, w);
	jsonw_bool(w, "needs_person", reasons(p, ignore, NULL) != 0);
	jsonw_array(w, "reasons");
	(void)reasons(p, put_reason, w);
	jsonw_end_array(w);
	jsonw_array(w, "datasets");
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++)
			put_dataset(w, pl, &pl->dataset[i], now);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

void
status_notify(struct parent *p)
{
	size_t n = reasons(p, ignore, NULL);
	char text[80];

	if (n != 0)
		(void)snprintf(text, sizeof(text), "%zu matters need a person",
		    n);
	else
		(void)snprintf(text, sizeof(text), "nothing needs a person");
	notify_status(text);
}

static void
log_reason(void *ctx, const char *text)
{
	(void)ctx;
	log_line(LOG_NOTICE, "status: needs a person: %s", text);
}

void
status_log(struct parent *p)
{
	log_line(LOG_NOTICE, "status: %llu records in the trail, %llu "
	    "unsealed, %u workers", (unsigned long long)
	    trail_head(p->ev.trail).size,
	    (unsigned long long)trail_unsealed(p->ev.trail), p->workers);
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++) {
			const struct place_dataset *d = &pl->dataset[i];

			log_line(LOG_NOTICE, "status: dataset %s: %s, %llu "
			    "due, %llu undated, %llu erased so far",
			    d->past.dataset, state_of(pl, d),
			    (unsigned long long)d->past.due,
			    (unsigned long long)d->past.undated,
			    (unsigned long long)d->past.erased_total);
		}
	(void)reasons(p, log_reason, NULL);
}
