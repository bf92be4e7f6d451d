#include "cli_promise.h"

#include <string.h>

#include "retention/gate.h"
#include "retention/period.h"
#include "retention/pool.h"

#include "cli_holds.h"
#include "cli_plan.h"

/* "period 2 years from created_at" */
static const char *
rule_text(const struct rule_timing *t, struct pool *p)
{
	char period[PERIOD_TEXT_BYTES];

	if (t->keep == RULE_PERIOD) {
		period_text(t->period, period);
		return pool_printf(p, "%s from %s", period, t->from);
	}
	period_text(t->grace, period);
	if (t->keep == RULE_UNTIL || t->keep == RULE_UNTIL_EVENT)
		return pool_printf(p, "until %s%s%s%s",
		    t->keep == RULE_UNTIL ? t->from : "the event ",
		    t->keep == RULE_UNTIL ? "" : t->event,
		    t->grace.n != 0 ? ", and then " : "",
		    t->grace.n != 0 ? period : "");
	if (t->keep == RULE_INDEFINITELY)
		return pool_printf(p, "indefinitely: %s", t->reason);
	return pool_printf(p, "until a date%s%s", t->agreement != NULL ?
	    ", agreement " : "", t->agreement != NULL ? t->agreement : "");
}

static void
fill(const struct cli_plan_row *row, struct pool *p,
    struct account_promise *ret)
{
	const struct rule_dataset *d = &row->d;
	const struct msg_counted *c = &row->c;

	*ret = (struct account_promise){ .dataset = d->full,
		.store = row->store->full, .notice = row->notice->title,
		.controller = row->notice->controller,
		.owner = row->notice->owner,
		.review_by = row->notice->review_by, .promise = d->promise,
		.basis = d->basis, .rule = rule_text(&d->timing, p),
		.mode = rule_mode_name(d->mode),
		.action = d->timing.keep == RULE_INDEFINITELY ? NULL :
		    rule_action_name(d->action),
		.counted = row->counted, .total = c->total, .due = c->due,
		.held = c->held, .restricted = c->restricted,
		.undated = c->undated, .future = c->future,
		.braked = row->braked, .has_oldest = c->has_oldest,
		.oldest_due = c->oldest_due, .has_next = c->has_next,
		.next_due = c->next_due, .error = row->error };
}

static void
count_holds(const struct conf_main *conf, struct wall now, struct pool *p,
    struct account_ground *ret)
{
	struct err e = ERR_EMPTY;
	struct cli_holds h;
	int rc = cli_holds_read(conf, p, &h, &e);

	explicit_bzero(h.key, sizeof(h.key));
	ret->holds_unknown = rc == -1 ? "holds unknown: no memory" :
	    h.unknown;
	for (size_t i = 0; i < h.n; i++) {
		if (h.list[i].until.ms != 0 && h.list[i].until.ms <= now.ms)
			continue;
		ret->holds += h.list[i].state == GATE_HELD;
		ret->restrictions += h.list[i].state == GATE_RESTRICTED;
	}
}

void
cli_promise_read(const struct conf_set *set, struct wall now,
    struct pool *p, struct account_ground *ret)
{
	const struct cli_plan_job job = { .set = set, .at = now };
	struct account_promise *list;
	struct cli_plan plan;
	struct err e = ERR_EMPTY;

	count_holds(&set->main, now, p, ret);
	if (cli_plan_make(&job, p, &plan, &e) == -1 || (list =
	    pool_array(p, plan.n + 1, sizeof(*list))) == NULL) {
		ret->policies_error = "no memory for the datasets";
		return;
	}
	for (size_t i = 0; i < plan.n; i++)
		fill(&plan.rows[i], p, &list[i]);
	ret->promise = list;
	ret->n_promises = plan.n;
}
