/*
 * passkeep - what a pass tells about a dataset goes to its place, and to the
 * ledger for the next life.
 */
#include "passkeep.h"

#include "retention/ledger.h"
#include "retention/log.h"

#include "erasepass.h"
#include "job.h"
#include "parent.h"
#include "place.h"

/* The brake has let through what a stricter rule takes: from now on that is
 * nothing new.  Of a job that began under other rules it says nothing. */
static void
settle_fresh(struct job *j, struct place_dataset *known,
    enum decide_verdict verdict)
{
	struct err e = ERR_EMPTY;

	if (!known->fresh || j->set != j->parent->set ||
	    verdict == DECIDE_UNKNOWN || verdict == DECIDE_BRAKE ||
	    j->parent->ev.ledger == NULL)
		return;
	if (ledger_fresh_drop(j->parent->ev.ledger, known->past.dataset,
	    &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
	else
		known->fresh = false;
}

static void
remember(struct job *j, struct place_dataset *known)
{
	struct err e = ERR_EMPTY;

	if (j->parent->ev.ledger != NULL &&
	    ledger_dataset_put(j->parent->ev.ledger, &known->past, &e) == -1)
		log_line(LOG_WARN, "ledger: %s", e.text);
}

void
passkeep_store(struct job *j, struct job_dataset *d)
{
	struct place_dataset *known = place_dataset_find(j->place,
	    d->rule->full);

	if (known == NULL)
		return;
	known->failed = d->error.code != ERR_NONE;
	known->past.erased_total += d->erased;
	known->erased = d->erased;
	known->skipped = d->skipped;
	known->left = d->left;
	(void)snprintf(known->past.last_error, sizeof(known->past.last_error),
	    "%.250s", known->failed ? d->error.text : "");
	if (!d->ended)
		known->wanted = true;	/* again, when the delay is over */
	if (d->counted) {
		uint64_t gone = d->erased + d->skipped;

		known->counted = true;
		known->counts = d->counts;
		memcpy(known->assurance, d->assurance, sizeof(d->assurance));
		known->verdict = d->verdict;
		settle_fresh(j, known, d->verdict);
		known->past.last_pass = j->cutoff;
		known->past.due = d->counts.due > gone ?
		    d->counts.due - gone : 0;
		known->past.undated = d->counts.undated;
		known->past.future = d->counts.future;
		known->past.oldest_due = known->past.due != 0 &&
		    d->counts.has_oldest ? d->counts.oldest_due :
		    (struct wall){ 0 };
	}
	if (d->verdict != DECIDE_BRAKE)
		known->brake_recorded = false;
	remember(j, known);
}

void
passkeep_blame(struct place *pl, const struct err *why)
{
	for (size_t i = 0; i < pl->n; i++) {
		struct place_dataset *d = &pl->dataset[i];

		d->failed = true;
		(void)snprintf(d->past.last_error, sizeof(d->past.last_error),
		    "%.250s", why->text);
	}
	pl->passed = ++pl->pass;
	erasepass_blame(pl, why);
}
