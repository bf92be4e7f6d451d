/*
 * decide - the order of decision, from what never acts to what may.
 */
#include "decide.h"

#include "retention/err.h"
#include "retention/judge.h"

static const struct {
	const char *text;
	bool person;
} verdicts[DECIDE_N_VERDICTS] = {
	[DECIDE_UNKNOWN] = { "not looked at yet", false },
	[DECIDE_NEVER] = { "kept indefinitely", false },
	[DECIDE_NOTHING] = { "up to date", false },
	[DECIDE_REPORT] = { "report only", false },
	[DECIDE_REVIEW] = { "waiting for review", true },
	[DECIDE_BRAKE] = { "stopped by the brake", true },
	[DECIDE_STOPPED] = { "enforcement is stopped", true },
	[DECIDE_WINDOW] = { "waiting for its window", false },
	[DECIDE_ACT] = { "enforced", false },
};

bool
decide_braked(const struct decide_case *c)
{
	struct rule_brake b = c->dataset->brake.rows >= 0 ?
	    c->dataset->brake : c->brake;

	if (b.rows < 0 || c->again || (!c->fresh &&
	    c->dataset->timing.keep == RULE_UNTIL_EVENT))
		return false;
	return c->due > (uint64_t)b.rows &&
	    (double)c->due > b.share * (double)c->total;
}

enum decide_verdict
decide_dataset(const struct decide_case *c)
{
	const struct rule_dataset *d = c->dataset;

	if (d->timing.keep == RULE_INDEFINITELY)
		return DECIDE_NEVER;
	if (d->mode == RULE_REPORT)
		return DECIDE_REPORT;
	if (c->due == 0 && !c->approved)
		return DECIDE_NOTHING;
	if (d->mode != RULE_ENFORCE && !c->approved)
		return DECIDE_REVIEW;
	if (!c->approved && decide_braked(c))
		return DECIDE_BRAKE;
	if (!c->may_enforce)
		return DECIDE_STOPPED;
	if (!judge_in_window(d->window, c->now))
		return DECIDE_WINDOW;
	return DECIDE_ACT;
}

const char *
decide_text(enum decide_verdict v)
{
	must((unsigned)v < DECIDE_N_VERDICTS);
	return verdicts[v].text;
}

bool
decide_needs_person(enum decide_verdict v)
{
	must((unsigned)v < DECIDE_N_VERDICTS);
	return verdicts[v].person;
}
