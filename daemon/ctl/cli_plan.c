#include "cli_plan.h"

#include <string.h>

#include "retention/conf.h"
#include "retention/pool.h"

#include "cli_events.h"
#include "cli_holds.h"
#include "cli_near.h"
#include "cli_out.h"
#include "cli_worker.h"

struct work {
	const struct cli_plan_job *job;
	struct pool *pool;
	struct cli_plan *plan;
	struct cli_events declared;
	struct cli_holds holds;
};

bool
cli_plan_brakes(const struct rule_dataset *d,
    const struct rule_brake *standard, const struct msg_counted *c)
{
	struct rule_brake b = d->brake.rows >= 0 ? d->brake : *standard;

	/* The declaration of an event is the approval. */
	if (d->timing.keep == RULE_UNTIL_EVENT || b.rows < 0)
		return false;
	return c->due > (uint64_t)b.rows &&
	    (double)c->due > b.share * (double)c->total;
}

static bool
columns_keyed(const struct rule_column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rule_method_keyed(columns[i].method))
			return true;
	return false;
}

static bool
children_keyed(const struct rule_child *children, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (columns_keyed(children[i].columns, children[i].n_columns) ||
		    children_keyed(children[i].children,
		    children[i].n_children))
			return true;
	return false;
}

bool
cli_plan_keyed(const struct rule_dataset *d)
{
	return columns_keyed(d->columns, d->n_columns) ||
	    children_keyed(d->children, d->n_children);
}

bool
cli_plan_needs_key(const struct rule_notice *n)
{
	for (size_t i = 0; i < n->n_datasets; i++)
		if (cli_plan_keyed(&n->datasets[i]))
			return true;
	return false;
}

static const char *
nearest(const struct conf_set *set, const char *name)
{
	struct cli_near near = CLI_NEAR(name);

	for (size_t i = 0; i < set->n_notices; i++) {
		const struct rule_notice *n = &set->notices[i];

		for (size_t k = 0; k < n->n_datasets; k++) {
			if (strcmp(n->datasets[k].name, name) == 0)
				return n->datasets[k].full;
			cli_near_try(&near, n->datasets[k].full);
		}
	}
	return near.best;
}

static int
check_names(const struct cli_plan_job *job, struct err *e)
{
	for (size_t i = 0; i < job->n_names; i++) {
		const struct rule_notice *n;
		const char *best;

		if (conf_find(job->set, job->names[i], &n) != NULL)
			continue;
		best = nearest(job->set, job->names[i]);
		if (best != NULL)
			return err_set(e, ERR_INPUT, "unknown dataset '%s'; did "
			    "you mean '%s'?", job->names[i], best);
		return err_set(e, ERR_INPUT, "unknown dataset '%s'; a dataset "
		    "is named notice/name", job->names[i]);
	}
	return 0;
}

static bool
wanted(const struct cli_plan_job *job, const char *full)
{
	for (size_t i = 0; i < job->n_names; i++)
		if (strcmp(job->names[i], full) == 0)
			return true;
	return job->n_names == 0;
}

static int
select_rows(struct work *w, struct err *e)
{
	const struct conf_set *set = w->job->set;
	size_t most = 0;

	for (size_t i = 0; i < set->n_notices; i++)
		most += set->notices[i].n_datasets;
	w->plan->rows = pool_array(w->pool, most + 1, sizeof(*w->plan->rows));
	if (w->plan->rows == NULL)
		return err_set(e, ERR_MEMORY, "no memory for %zu datasets", most);
	for (size_t i = 0; i < set->n_notices; i++) {
		const struct rule_notice *n = &set->notices[i];

		for (size_t k = 0; k < n->n_datasets; k++) {
			struct cli_plan_row *row = &w->plan->rows[w->plan->n];

			if (!wanted(w->job, n->datasets[k].full))
				continue;
			row->notice = n;
			row->d = n->datasets[k];
			row->store = rule_store_of(n, &row->d);
			must(row->store != NULL);	/* conf checked it */
			w->plan->n++;
		}
	}
	return 0;
}

static bool
waits_for_event(const struct rule_dataset *d)
{
	bool waits = d->timing.keep == RULE_UNTIL_EVENT;

	for (size_t i = 0; i < d->n_rivals; i++)
		waits |= d->rivals[i].timing.keep == RULE_UNTIL_EVENT;
	return waits;
}

static const struct rule_event *
queried(const struct rule_notice *n, const char *name)
{
	for (size_t i = 0; i < n->n_events; i++)
		if (strcmp(n->events[i].name, name) == 0)
			return &n->events[i];
	return NULL;
}

/* An event that a policy reads from a store. */
static int
ask_store(struct work *w, const struct rule_notice *n,
    const struct rule_event *ev, struct rule_timing *timing, struct err *e)
{
	struct rule_dataset of = { .store = ev->store };
	const struct rule_store *s = rule_store_of(n, &of);
	struct msg_event m = { .at = w->plan->at, .event = *ev };
	struct cli_worker_way way = {
		.timeout_ms = w->job->set->main.job_timeout_ms, .notice = n,
		.required = w->job->set->main.sandbox_required };
	struct cli_worker worker;
	bool fired = false;
	struct wall at = { 0 };
	int rc;

	must(s != NULL);
	if (cli_worker_open(s, &way, &worker, e) == -1)
		return -1;
	rc = cli_worker_event(&worker, &m, &fired, &at, e);
	cli_worker_close(&worker);
	if (rc == 0 && fired) {
		timing->fired = true;
		timing->fired_at = at;
	}
	return rc;
}

static void
set_event(struct work *w, struct cli_plan_row *row, struct rule_timing *timing)
{
	const struct rule_event *ev;
	const struct cli_event *declared;
	struct err e = ERR_EMPTY;

	if (timing->keep != RULE_UNTIL_EVENT)
		return;
	declared = cli_events_find(&w->declared, timing->event);
	if (declared != NULL) {
		timing->fired = true;
		timing->fired_at = declared->at;
		return;
	}
	ev = queried(row->notice, timing->event);
	if (ev == NULL)
		row->note = w->declared.unknown;
	else if (ask_store(w, row->notice, ev, timing, &e) == -1)
		row->error = pool_printf(w->pool, "event %s: %s", ev->name,
		    e.text);
}

static int
set_events(struct work *w, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < w->plan->n; i++)
		any |= waits_for_event(&w->plan->rows[i].d);
	if (any)
		cli_events_read(&w->job->set->main, w->pool, &w->declared);
	for (size_t i = 0; any && i < w->plan->n; i++) {
		struct cli_plan_row *row = &w->plan->rows[i];
		struct rule_rival *rivals = pool_array(w->pool,
		    row->d.n_rivals + 1, sizeof(*rivals));

		if (rivals == NULL)
			return err_set(e, ERR_MEMORY, "no memory for rivals");
		for (size_t k = 0; k < row->d.n_rivals; k++) {
			rivals[k] = row->d.rivals[k];
			set_event(w, row, &rivals[k].timing);
		}
		row->d.rivals = rivals;
		set_event(w, row, &row->d.timing);
	}
	return 0;
}

/* Paths stand in the configuration: they help, and tell nothing else. */
static const char *
with_path(struct pool *p, const struct rule_store *s, const char *text)
{
	const char *all = pool_printf(p, "%s (%s)", text, s->path);

	return all != NULL ? all : "no memory";
}

static void
explain_row(struct work *w, struct cli_plan_row *row,
    struct cli_worker *worker)
{
	struct msg_explain m = { .at = w->plan->at, .dataset = row->d,
		.n_key = w->job->n_key, .key = w->job->key };
	struct err e = ERR_EMPTY;

	if (cli_worker_explain(worker, &m, w->pool, &row->x, &e) == -1)
		row->error = with_path(w->pool, row->store, e.text);
	else
		row->explained = true;
}

static void
count_row(struct work *w, struct cli_plan_row *row, struct cli_worker *worker)
{
	struct msg_job job = { .at = w->plan->at, .dataset = row->d };
	struct gates g = GATES_OPEN;
	struct err e = ERR_EMPTY;
	struct cli_holds_case c = { w->job->set, row->store, &row->d,
	    w->plan->at };
	const char *as;
	int rc = cli_holds_gates(&w->holds, &c, &g, &as, &e);

	if (rc == 0)
		rc = cli_worker_gates(worker, &g, &e);
	gates_release(&g);
	if (row->note == NULL)
		row->note = w->holds.unknown;
	if (row->note == NULL && rc == 0 && as != NULL)
		row->note = pool_printf(w->pool, "held as store %s, which is "
		    "the same file", as);
	if (rc == 0 && w->job->n_key != 0) {
		explain_row(w, row, worker);
		return;
	}
	if (rc == -1 || cli_worker_plan(worker, &job, w->pool, &row->c, &e) == -1) {
		row->error = with_path(w->pool, row->store, e.text);
		return;
	}
	row->counted = true;
	row->braked = cli_plan_brakes(&row->d, &w->job->set->main.brake,
	    &row->c);
}

/* All rows of the store that rows[first] is in. */
static void
count_store(struct work *w, size_t first)
{
	const struct cli_plan_row *of = &w->plan->rows[first];
	uint8_t key[32];
	const char *note = NULL;
	struct cli_worker_way way = cli_worker_way(&w->job->set->main,
	    of->notice, cli_plan_needs_key(of->notice), key, &note);
	struct cli_worker worker = CLI_WORKER_NONE;
	struct err e = ERR_EMPTY;
	const char *error = NULL;

	if (cli_worker_open(of->store, &way, &worker, &e) == -1)
		error = with_path(w->pool, of->store, e.text);
	explicit_bzero(key, sizeof(key));
	for (size_t i = first; i < w->plan->n; i++) {
		struct cli_plan_row *row = &w->plan->rows[i];

		if (row->store != of->store || row->error != NULL)
			continue;
		if (cli_plan_keyed(&row->d) && row->note == NULL)
			row->note = note;
		row->error = error;
		if (error == NULL)
			count_row(w, row, &worker);
	}
	cli_worker_close(&worker);
}

int
cli_plan_make(const struct cli_plan_job *job, struct pool *p,
    struct cli_plan *ret, struct err *e)
{
	struct work w = { .job = job, .pool = p, .plan = ret };

	*ret = (struct cli_plan){ .at = job->at };
	if (check_names(job, e) == -1 || select_rows(&w, e) == -1 ||
	    set_events(&w, e) == -1)
		return -1;
	if (job->rules_only)
		return 0;
	if (cli_holds_read(&job->set->main, p, &w.holds, e) == -1)
		return -1;
	for (size_t i = 0; i < ret->n; i++) {
		const struct cli_plan_row *row = &ret->rows[i];

		cli_out_progress("dataset %zu of %zu: store %s", i + 1, ret->n,
		    row->store->full);
		if (!row->counted && row->error == NULL)
			count_store(&w, i);
	}
	cli_out_progress_end();
	explicit_bzero(w.holds.key, sizeof(w.holds.key));
	return 0;
}
