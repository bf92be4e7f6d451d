/*
 * request_run - passes that somebody asked for, and waits for.
 */
#include "request_run.h"

#include <stdlib.h>
#include <string.h>

#include "retention/ctl.h"
#include "retention/jsonw.h"
#include "retention/log.h"

#include "agenda.h"
#include "control.h"
#include "gating.h"
#include "parent.h"
#include "place.h"
#include "request.h"
#include "request_erase.h"
#include "request_hold.h"
#include "request_plan.h"
#include "request_scrub.h"
#include "ruleset.h"
#include "session.h"

#define PROGRESS_BACKLOG ((size_t)64 << 10)

static struct parent *
parent_of(struct session *s)
{
	return s->control->parent;
}

void
request_run_free(struct session_run *r)
{
	if (r == NULL)
		return;
	free(r->need);
	free(r->dataset);
	free(r);
}

bool
request_run_asks(const struct session_run *r, const char *full)
{
	for (size_t i = 0; i < r->n_datasets; i++)
		if (strcmp(r->dataset[i], full) == 0)
			return true;
	return r->n_datasets == 0;
}

static int
check_names(struct parent *p, const struct ctl_request *r, struct err *e)
{
	for (size_t i = 0; i < r->n_datasets; i++)
		if (conf_find(p->set->conf, r->datasets[i], NULL) == NULL)
			return err_set(e, ERR_REFUSED, "no dataset %.100s in "
			    "the policy", r->datasets[i]);
	return 0;
}

struct session_run *
request_run_new(struct parent *p, const struct ctl_request *r, struct err *e)
{
	struct session_run *run;
	size_t n = 1;

	if (check_names(p, r, e) == -1)
		return NULL;
	run = calloc(1, sizeof(*run));

	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		n++;
	(void)err_set(e, ERR_MEMORY, "no memory");
	if (run == NULL)
		return NULL;
	run->need = calloc(n, sizeof(*run->need));
	run->dataset = calloc(r->n_datasets + 1, sizeof(*run->dataset));
	if (run->need == NULL || run->dataset == NULL) {
		request_run_free(run);
		return NULL;
	}
	run->n_datasets = r->n_datasets;
	for (size_t i = 0; i < r->n_datasets; i++)
		(void)snprintf(run->dataset[i], sizeof(run->dataset[i]), "%s",
		    r->datasets[i]);
	return run;
}

/* Want the passes asked for; remember which of them have to end. */
void
request_run_want(struct parent *p, struct session_run *run)
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next) {
		bool any = false;

		for (size_t i = 0; i < pl->n; i++) {
			const char *full = pl->dataset[i].past.dataset;

			if (!request_run_asks(run, full))
				continue;
			agenda_want(pl, full);
			any = true;
		}
		if (!any)
			continue;
		if (run->n_datasets == 0)
			agenda_want(pl, NULL);
		agenda_urge(pl);
		(void)snprintf(run->need[run->n_needs].place,
		    sizeof(run->need[0].place), "%s", pl->full);
		run->need[run->n_needs++].pass = pl->pass + 1;
	}
}

static void
put_result(struct jsonw *w, const struct place_dataset *d)
{
	jsonw_object(w, NULL);
	jsonw_text(w, "dataset", d->past.dataset);
	jsonw_int(w, "due", (int64_t)d->counts.due);
	jsonw_int(w, "erased", (int64_t)d->erased);
	jsonw_int(w, "skipped", (int64_t)d->skipped);
	jsonw_int(w, "left", (int64_t)d->past.due);
	jsonw_text(w, "state", decide_text(d->verdict));
	jsonw_bool(w, "needs_person", decide_needs_person(d->verdict));
	jsonw_bool(w, "stopped", decide_needs_person(d->verdict) &&
	    d->verdict != DECIDE_REVIEW);
	jsonw_text(w, "error", d->failed ? d->past.last_error : NULL);
	jsonw_end_object(w);
}

static void
each_asked(struct parent *p, const struct session_run *run, struct jsonw *w,
    void (*put)(struct jsonw *w, const struct place_dataset *d))
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++)
			if (request_run_asks(run, pl->dataset[i].past.dataset))
				put(w, &pl->dataset[i]);
}

static void
put_failure(struct jsonw *w, const struct place_dataset *d)
{
	char text[600];

	if (!d->failed)
		return;
	(void)snprintf(text, sizeof(text), "%s: %s", d->past.dataset,
	    d->past.last_error);
	jsonw_text(w, NULL, text);
}

static bool
any_failed(struct parent *p, const struct session_run *run)
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++)
			if (pl->dataset[i].failed &&
			    request_run_asks(run, pl->dataset[i].past.dataset))
				return true;
	return false;
}

static void
answer_run(struct session *s)
{
	struct parent *p = parent_of(s);
	bool bad = any_failed(p, s->run);
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	if (s->run->hold[0] != '\0') {
		request_hold_answer(s);
		return;
	}
	if (s->run->erases) {
		request_erase_answer(s);
		return;
	}
	if (s->run->scrub) {
		request_scrub_answer(s);
		return;
	}
	if (s->run->plans) {
		request_plan_answer(s);
		return;
	}

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", !bad);
	if (bad) {
		jsonw_text(&w, "code", "store");
		jsonw_array(&w, "errors");
		each_asked(p, s->run, &w, put_failure);
		jsonw_end_array(&w);
	}
	jsonw_array(&w, "datasets");
	each_asked(p, s->run, &w, put_result);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
	request_run_free(s->run);
	s->run = NULL;
}

void
request_run_on_pass(struct session *s, struct place *pl)
{
	bool all = true;

	if (s->run == NULL)
		return;
	for (size_t i = 0; i < s->run->n_needs; i++) {
		struct session_need *n = &s->run->need[i];

		if (strcmp(n->place, pl->full) == 0 && (pl->store == NULL ||
		    (s->run->hold[0] != '\0' ? !gating_is_leaving(pl) :
		    (s->run->scrub ? pl->scrub.ended : pl->passed) >=
		    n->pass)))
			n->done = true;
		if (place_find(parent_of(s), n->place) == NULL)
			n->done = true;
		all = all && n->done;
	}
	if (all && (!s->run->erases || request_erase_is_over(s)))
		answer_run(s);
}

void
request_run_progress(struct session *s, const char *dataset, uint64_t erased,
    uint64_t of)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	if (s->run == NULL || s->run->scrub || !request_run_asks(s->run, dataset) ||
	    s->put.n > PROGRESS_BACKLOG)
		return;
	jsonw_object(&w, NULL);
	jsonw_object(&w, "progress");
	jsonw_text(&w, "dataset", dataset);
	jsonw_int(&w, "erased", (int64_t)erased);
	jsonw_int(&w, "of", (int64_t)of);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
}

void
request_run_do(struct session *s, const struct ctl_request *r)
{
	struct parent *p = parent_of(s);
	struct err e = ERR_EMPTY;
	struct session_run *run;

	run = request_run_new(p, r, &e);
	if (run == NULL) {
		session_refuse(s, &e);
		return;
	}
	log_line(LOG_INFO, "a pass was asked for by %s (uid %lld)", s->user,
	    (long long)s->uid);
	request_run_want(p, run);
	if (r->wait)
		s->run = run;
	else
		request_run_free(run);
	if (!r->wait)
		session_ok(s);
	else if (run->n_needs == 0)
		answer_run(s);
	agenda_run(p);
}
