#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "retention/ctl.h"
#include "retention/jsonw.h"
#include "retention/log.h"
#include "retention/pool.h"
#include "retention/record.h"

#include "agenda.h"
#include "control.h"
#include "gating.h"
#include "parent.h"
#include "place.h"
#include "reload.h"
#include "request_event.h"
#include "request_hold.h"
#include "request_key.h"
#include "request_anchor.h"
#include "request_clock.h"
#include "request_keep.h"
#include "ruleset.h"
#include "session.h"
#include "status.h"

#define PROGRESS_BACKLOG ((size_t)64 << 10)

static struct parent *
parent_of(struct session *s)
{
	return s->control->parent;
}

static void
do_status(struct session *s, const struct ctl_request *r)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	(void)r;
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	status_put(parent_of(s), &w);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
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

static bool
is_asked(const struct session_run *r, const char *full)
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

static struct session_run *
run_new(struct parent *p, const struct ctl_request *r)
{
	struct session_run *run = calloc(1, sizeof(*run));
	size_t n = 1;

	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		n++;
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
static void
want(struct parent *p, struct session_run *run)
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next) {
		bool any = false;

		for (size_t i = 0; i < pl->n; i++) {
			const char *full = pl->dataset[i].past.dataset;

			if (!is_asked(run, full))
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
	jsonw_text(w, "error", d->failed ? d->past.last_error : NULL);
	jsonw_end_object(w);
}

static void
each_asked(struct parent *p, const struct session_run *run, struct jsonw *w,
    void (*put)(struct jsonw *w, const struct place_dataset *d))
{
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++)
			if (is_asked(run, pl->dataset[i].past.dataset))
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
			    is_asked(run, pl->dataset[i].past.dataset))
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
request_on_pass(struct session *s, struct place *pl)
{
	bool all = true;

	if (s->run == NULL)
		return;
	for (size_t i = 0; i < s->run->n_needs; i++) {
		struct session_need *n = &s->run->need[i];

		if (strcmp(n->place, pl->full) == 0 && (pl->store == NULL ||
		    (s->run->hold[0] != '\0' ? !gating_is_leaving(pl) :
		    pl->passed >= n->pass)))
			n->done = true;
		if (place_find(parent_of(s), n->place) == NULL)
			n->done = true;
		all = all && n->done;
	}
	if (all)
		answer_run(s);
}

void
request_progress(struct session *s, const char *dataset, uint64_t erased,
    uint64_t of)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	if (s->run == NULL || !is_asked(s->run, dataset) ||
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

static void
do_run(struct session *s, const struct ctl_request *r)
{
	struct parent *p = parent_of(s);
	struct err e = ERR_EMPTY;
	struct session_run *run;

	if (check_names(p, r, &e) == -1) {
		session_refuse(s, &e);
		return;
	}
	run = run_new(p, r);
	if (run == NULL) {
		(void)err_set(&e, ERR_MEMORY, "no memory");
		session_refuse(s, &e);
		return;
	}
	log_line(LOG_INFO, "a pass was asked for by %s (uid %lld)", s->user,
	    (long long)s->uid);
	want(p, run);
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

static void
do_reload(struct session *s, const struct ctl_request *r)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct reload_result result;
	struct record_who who = { s->uid, s->user };
	int rc = reload_now(parent_of(s), &who, &result);

	(void)r;
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", rc == 0);
	if (rc == -1)
		jsonw_text(&w, "code", "config");
	jsonw_array(&w, rc == 0 ? "changes" : "errors");
	for (size_t i = 0; i < result.n; i++)
		jsonw_text(&w, NULL, result.text[i]);
	jsonw_end_array(&w);
	if (rc == 0) {
		jsonw_array(&w, "stricter");
		for (size_t i = 0; i < result.n_stricter; i++)
			jsonw_text(&w, NULL, result.stricter[i]);
		jsonw_end_array(&w);
	}
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
	reload_result_release(&result);
	agenda_run(parent_of(s));
}

static void (*const does[CTL_N_DOS])(struct session *s,
    const struct ctl_request *r) = {
	[CTL_STATUS] = do_status, [CTL_RUN] = do_run,
	[CTL_RELOAD] = do_reload, [CTL_EVENT_ADD] = request_event_declare,
	[CTL_EVENT_LIST] = request_event_list,
	[CTL_HOLD_ADD] = request_hold_add,
	[CTL_HOLD_RELEASE] = request_hold_release,
	[CTL_HOLD_LIST] = request_hold_list,
	[CTL_RESTRICT] = request_hold_restrict,
	[CTL_UNRESTRICT] = request_hold_unrestrict,
	[CTL_KEY_ROTATE] = request_key_rotate,
	[CTL_AUDIT_PRUNE] = request_keep_prune,
	[CTL_KEY_SHRED] = request_keep_shred,
	[CTL_ANCHOR] = request_anchor_do,
	[CTL_CLOCK_CONFIRM] = request_clock_confirm,
};

void
request_handle(struct session *s, const char *line, size_t n)
{
	struct pool *pool = pool_new();
	struct err e = ERR_EMPTY;
	struct ctl_request r;

	if (pool == NULL)
		(void)err_set(&e, ERR_MEMORY, "no memory");
	else if (ctl_get_request(line, n, pool, &r, &e) == -1)
		;
	else if (ctl_right(r.what) == CTL_CHANGE && !s->may_change)
		(void)err_set(&e, ERR_REFUSED, "%s: only root, the daemon's "
		    "own user and the group of admins may", ctl_word(r.what));
	if (e.code != ERR_NONE)
		session_refuse(s, &e);
	else
		does[r.what](s, &r);
	pool_free(pool);
}
