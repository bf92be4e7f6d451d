#include "request_plan.h"

#include <string.h>

#include "retention/ctl.h"
#include "retention/jsonw.h"
#include "retention/log.h"
#include "retention/record.h"

#include "agenda.h"
#include "control.h"
#include "parent.h"
#include "place.h"
#include "planning.h"
#include "request.h"
#include "request_run.h"
#include "session.h"

static struct parent *
parent_of(const struct session *s)
{
	return s->control->parent;
}

static void
ask(const struct session *s, struct place_dataset *d)
{
	if (d->save)
		return;			/* somebody has asked already */
	d->save = true;
	d->save_then_pass = d->wanted;
	d->save_uid = s->uid;
	(void)snprintf(d->save_user, sizeof(d->save_user), "%s", s->user);
}

void
request_plan_save(struct session *s, const struct ctl_request *r)
{
	struct parent *p = parent_of(s);
	struct err e = ERR_EMPTY;
	struct session_run *run;

	if (evidence_off(&p->ev)) {
		(void)err_set(&e, ERR_TRAIL, "the trail is out of order");
		session_refuse(s, &e);
		return;
	}
	run = request_run_new(p, r, &e);
	if (run == NULL) {
		session_refuse(s, &e);
		return;
	}
	for (struct place *pl = p->places; pl != NULL; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++)
			if (request_run_asks(run,
			    pl->dataset[i].past.dataset))
				ask(s, &pl->dataset[i]);
	log_line(LOG_INFO, "plans were asked for by %s (uid %lld)", s->user,
	    (long long)s->uid);
	run->plans = true;
	request_run_want(p, run);
	s->run = run;
	if (run->n_needs == 0)
		request_plan_answer(s);
	agenda_run(p);
}

static size_t
put_all(struct session *s, struct jsonw *w, bool failures)
{
	size_t n = 0;

	for (struct place *pl = parent_of(s)->places; pl; pl = pl->next)
		for (size_t i = 0; i < pl->n; i++) {
			const struct place_dataset *d = &pl->dataset[i];
			char text[600];

			if (!request_run_asks(s->run, d->past.dataset))
				continue;
			n += d->failed;
			if (failures && d->failed) {
				(void)snprintf(text, sizeof(text), "%s: %s",
				    d->past.dataset, d->past.last_error);
				jsonw_text(w, NULL, text);
			}
			if (failures || w == NULL || d->plan.id[0] == '\0')
				continue;
			jsonw_object(w, NULL);
			planning_put(w, d);
			jsonw_end_object(w);
		}
	return n;
}

void
request_plan_answer(struct session *s)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	bool bad = put_all(s, NULL, false) != 0;

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", !bad);
	if (bad) {
		jsonw_text(&w, "code", "store");
		jsonw_array(&w, "errors");
		(void)put_all(s, &w, true);
		jsonw_end_array(&w);
	}
	jsonw_array(&w, "plans");
	(void)put_all(s, &w, false);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
	request_run_free(s->run);
	s->run = NULL;
}

static void
decide(struct session *s, const struct ctl_request *r, bool approve)
{
	struct record_who who = { s->uid, s->user };
	struct err e = ERR_EMPTY;

	if (planning_decide(parent_of(s), r->name, approve, r->reason, &who,
	    &e) == -1)
		session_refuse(s, &e);
	else
		session_ok(s);
	agenda_run(parent_of(s));
}

void
request_plan_approve(struct session *s, const struct ctl_request *r)
{
	decide(s, r, true);
}

void
request_plan_reject(struct session *s, const struct ctl_request *r)
{
	decide(s, r, false);
}
