#include "deferral.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/ledger.h"
#include "retention/log.h"
#include "retention/record.h"

#include "job.h"
#include "parent.h"
#include "place.h"

/* A plan that waits because of the brake outlives a restart. */
static bool
is_recorded(const struct place_dataset *known)
{
	return known->brake_recorded || (known->plan.id[0] != '\0' &&
	    strcmp(known->plan.why, "brake") == 0);
}

void
deferral_braked(struct job *j, const struct job_dataset *d)
{
	struct place_dataset *known = place_dataset_find(j->place,
	    d->rule->full);
	struct buf payload = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	if (known == NULL || is_recorded(known) || j->parent->opt.dry_run)
		return;
	log_line(LOG_WARN, "dataset %s: stopped by the brake: %llu of %llu "
	    "are due", d->rule->full, (unsigned long long)d->counts.due,
	    (unsigned long long)d->counts.total);
	record_brake(&payload, d->rule->full, d->counts.due, d->counts.total,
	    known->fresh ? "more due than rows and share allow, by rules that "
	    "became stricter" : "more due than rows and share allow");
	if (evidence_append(&j->parent->ev, RECORD_BRAKE, &payload, &e) == 0)
		known->brake_recorded = true;
	buf_release(&payload);
}

/* More than was said, by other holds; or more every day. */
static bool
is_news(const struct ledger_deferred *was, const struct ledger_deferred *is)
{
	if (is->held <= was->held && is->restricted <= was->restricted)
		return false;
	return is->gate != was->gate || was->held + was->restricted == 0 ||
	    is->at.ms - was->at.ms >= CALENDAR_DAY_MS;
}

static int
say(struct job *j, const char *dataset, const struct ledger_deferred *is,
    struct err *e)
{
	struct buf payload = BUF_EMPTY;
	int rc;

	log_line(LOG_NOTICE, "dataset %s: deferred: %llu under hold, %llu "
	    "restricted", dataset, (unsigned long long)is->held,
	    (unsigned long long)is->restricted);
	record_defer(&payload, &(struct record_defer){ .dataset = dataset,
	    .held = is->held, .restricted = is->restricted,
	    .gate = is->gate });
	rc = evidence_append(&j->parent->ev, RECORD_DEFER, &payload, e);
	buf_release(&payload);
	return rc;
}

void
deferral_held(struct job *j, const struct job_dataset *d)
{
	struct ledger *l = j->parent->ev.ledger;
	struct ledger_deferred was = { .held = 0 };
	struct ledger_deferred is = { .held = d->counts.held,
		.restricted = d->counts.restricted, .gate = j->gate,
		.at = j->cutoff };
	struct err e = ERR_EMPTY;
	bool news;

	if (l == NULL || j->parent->opt.dry_run ||
	    d->rule->mode == RULE_REPORT || evidence_off(&j->parent->ev))
		return;
	if (ledger_deferred_get(l, d->rule->full, &was, &e) == -1) {
		log_line(LOG_WARN, "%s", e.text);
		return;
	}
	if (was.held == is.held && was.restricted == is.restricted &&
	    was.gate == is.gate)
		return;
	news = is_news(&was, &is);
	if (!news) {
		/* What it grew by within the day is said with the next. */
		is.at = was.at;
		if (is.held > was.held)
			is.held = was.held;
		if (is.restricted > was.restricted)
			is.restricted = was.restricted;
		if (was.held == is.held && was.restricted == is.restricted &&
		    was.gate == is.gate)
			return;
	}
	if ((news && say(j, d->rule->full, &is, &e) == -1) ||
	    ledger_deferred_put(l, d->rule->full, &is, &e) == -1)
		log_line(LOG_WARN, "dataset %s: %s", d->rule->full, e.text);
}
