#include "request_erase.h"

#include <stdlib.h>
#include <string.h>

#include "retention/calendar.h"
#include "retention/conf.h"
#include "retention/ctl.h"
#include "retention/jsonw.h"
#include "retention/ledger_erasure.h"
#include "retention/linewho.h"
#include "retention/log.h"
#include "retention/pool.h"
#include "retention/record.h"

#include "agenda.h"
#include "control.h"
#include "docket.h"
#include "eraseplan.h"
#include "erasing.h"
#include "parent.h"
#include "place.h"
#include "request.h"
#include "request_run.h"
#include "restoring.h"
#include "ruleset.h"
#include "session.h"

static struct parent *
parent_of(const struct session *s)
{
	return s->control->parent;
}

/* Who is meant is registered first: what is not done then is seen as open. */
static int
enter(struct session *s, const struct ctl_request *r,
    struct ledger_request *ret, struct err *e)
{
	struct docket_new n = { .what = "erase", .id = r->request,
		.n_persons = r->n_persons, .person = r->persons,
		.has_received = r->has_received, .has_due = r->has_due,
		.received = r->received, .due = r->due };
	struct record_who who = { s->uid, s->user };

	return docket_open(parent_of(s), &n, &who, ret, e);
}

/* By its hash alone a token can be told, and no part of a text. */
static int
check_lines(const struct ctl_request *r, struct err *e)
{
	for (size_t i = 0; r->lines && i < r->n_persons; i++) {
		const struct ctl_person *x = &r->persons[i];
		bool can = false;

		if (linewho_can(x->kind, x->value, strlen(x->value), &can,
		    e) == -1)
			return -1;
		if (!can)
			return err_set(e, ERR_REFUSED, "log lines: the %.60s "
			    "is not one word, or so short a one that it may "
			    "mean anything in them: ask for it without "
			    "--log-lines",
			    x->kind);
	}
	return 0;
}

static int
begin(struct session *s, const struct ctl_request *r, struct pool *pool,
    char ret_id[LEDGER_ERASURE_ID + 1], struct err *e)
{
	struct parent *p = parent_of(s);
	struct ledger_wanted persons[LEDGER_MOST_PERSONS] = { { .kind = "" } };
	struct ledger_erasure row = { .what = "request", .made = clock_now(),
		.uid = s->uid, .lines = r->lines };
	struct ledger_erasure_new n = { .erasure = &row, .persons = persons };
	const char **kinds = pool_array(pool, r->n_persons, sizeof(*kinds));
	struct eraseplan plan = { .n_kinds = r->n_persons, .kinds = kinds,
		.lines = r->lines };
	struct ledger_request q;
	const char *why;

	if (kinds == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < r->n_persons; i++)
		kinds[i] = r->persons[i].kind;
	if (!parent_may_enforce(p, &why))
		return err_set(e, ERR_REFUSED, "nothing can be erased at "
		    "present: %s", why);
	if (r->reason != NULL && strlen(r->reason) >= sizeof(row.reason))
		return err_set(e, ERR_INPUT, "reason: more than %zu bytes",
		    sizeof(row.reason) - 1);
	if (r->request != NULL && erasing_find(p, r->request) != NULL)
		return err_set(e, ERR_REFUSED, "this request is under way");
	(void)snprintf(row.reason, sizeof(row.reason), "%s", r->reason != NULL ?
	    r->reason : "");
	(void)snprintf(row.user, sizeof(row.user), "%s", s->user);
	if (check_lines(r, e) == -1 ||
	    eraseplan_make(p->set->conf, NULL, pool, &plan, e) == -1 ||
	    enter(s, r, &q, e) == -1)
		return -1;
	(void)snprintf(row.id, sizeof(row.id), "%s", q.id);
	for (; n.n_persons < q.n_persons; n.n_persons++) {
		struct ledger_wanted *to = &persons[n.n_persons];

		memcpy(to->kind, q.person[n.n_persons].kind, sizeof(to->kind));
		memcpy(to->hash, q.person[n.n_persons].hash, sizeof(to->hash));
	}
	n.n_parts = plan.n_parts;
	n.parts = plan.parts;
	n.suppress_until = calendar_add(row.made, plan.suppress_for);
	memcpy(ret_id, row.id, sizeof(row.id));
	return erasing_begin(p, &n, NULL, e);
}

struct session_run *
request_erase_wait(struct session *s, const char *id, struct err *e)
{
	struct session_run *run = calloc(1, sizeof(*run));

	if (run != NULL)
		run->need = calloc(1, sizeof(*run->need));
	if (run == NULL || run->need == NULL) {
		request_run_free(run);
		(void)err_set(e, ERR_MEMORY, "the request %s is under way; no "
		    "memory to wait for it", id);
		return NULL;
	}
	run->erases = true;
	(void)snprintf(run->erasure, sizeof(run->erasure), "%s", id);
	s->run = run;
	return run;
}

void
request_erase_do(struct session *s, const struct ctl_request *r)
{
	struct parent *p = parent_of(s);
	char id[LEDGER_ERASURE_ID + 1];
	struct pool *pool = pool_new();
	struct err e = ERR_EMPTY;

	if (pool == NULL)
		(void)err_set(&e, ERR_MEMORY, "no memory");
	else if (begin(s, r, pool, id, &e) == 0) {
		log_line(LOG_NOTICE, "request %s (erase): made by %s (uid "
		    "%lld)", id, s->user, (long long)s->uid);
		(void)request_erase_wait(s, id, &e);
	}
	pool_free(pool);
	if (e.code != ERR_NONE)
		session_refuse(s, &e);
	else if (request_erase_is_over(s))
		request_erase_answer(s);
	agenda_run(p);
}

void
request_erase_restored(struct session *s, const struct ctl_request *r)
{
	struct parent *p = parent_of(s);
	struct place *pl = place_find(p, r->name);
	struct record_who who = { s->uid, s->user };
	char id[LEDGER_ERASURE_ID + 1];
	struct err e = ERR_EMPTY;
	struct session_run *run;

	if (pl == NULL || pl->store == NULL)
		(void)err_set(&e, ERR_REFUSED, "no store %.100s in the policy "
		    "(stores are named notice/store)", r->name);
	else if (evidence_off(&p->ev))
		(void)err_set(&e, ERR_TRAIL, "the trail is out of order");
	else if (restoring_begin(p, pl, "an operator says so", &who, id,
	    &e) == 0 && (run = request_erase_wait(s, id, &e)) != NULL) {
		(void)snprintf(run->need[0].place, sizeof(run->need[0].place),
		    "%s", pl->full);
		run->need[0].pass = pl->pass + 1;
		run->n_needs = 1;
		agenda_urge(pl);
	}
	if (e.code != ERR_NONE)
		session_refuse(s, &e);
	agenda_run(p);
}

bool
request_erase_is_over(const struct session *s)
{
	struct parent *p = parent_of(s);
	const struct erasing *r = erasing_find(p, s->run->erasure);
	const char *why;

	return r == NULL || erasing_is_told(r) ||
	    !parent_may_enforce(p, &why);
}

struct answer {
	struct jsonw *w;		/* NULL: only count */
	size_t n_left;
	bool errors;
};

static void
put_part(void *ctx, const struct ledger_part *x)
{
	struct answer *a = ctx;
	char text[600];

	if (strcmp(x->state, "done") != 0) {
		a->n_left++;
		(void)snprintf(text, sizeof(text), "%s: %s", x->dataset,
		    x->error[0] != '\0' ? x->error : "not done yet; it goes "
		    "on");
		if (a->errors)
			jsonw_text(a->w, NULL, text);
	}
	if (a->w == NULL || a->errors)
		return;
	jsonw_object(a->w, NULL);
	jsonw_text(a->w, "store", x->store);
	jsonw_text(a->w, "dataset", x->dataset);
	jsonw_text(a->w, "state", x->state);
	jsonw_int(a->w, "erased", (int64_t)x->erased);
	jsonw_int(a->w, "left", (int64_t)x->left);
	jsonw_int(a->w, "held", (int64_t)x->held);
	jsonw_int(a->w, "restricted", (int64_t)x->restricted);
	jsonw_int(a->w, "kept", (int64_t)x->kept);
	jsonw_text(a->w, "why", x->error[0] != '\0' ? x->error : NULL);
	jsonw_end_object(a->w);
}

static void
put_all(struct session *s, struct jsonw *w, struct err *e)
{
	struct ledger *l = parent_of(s)->ev.ledger;
	const char *id = s->run->erasure;
	struct answer count = { .w = NULL }, errors = { .w = w,
		.errors = true }, parts = { .w = w };

	if (ledger_erasure_parts(l, id, &count, put_part, e) == -1)
		return;
	jsonw_bool(w, "ok", count.n_left == 0);
	if (count.n_left != 0) {
		jsonw_text(w, "code", "refused");
		jsonw_array(w, "errors");
		(void)ledger_erasure_parts(l, id, &errors, put_part, e);
		jsonw_end_array(w);
	}
	jsonw_text(w, "request", id[0] != '\0' ? id : NULL);
	jsonw_array(w, "datasets");
	(void)ledger_erasure_parts(l, id, &parts, put_part, e);
	jsonw_end_array(w);
}

void
request_erase_answer(struct session *s)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct err e = ERR_EMPTY;

	jsonw_object(&w, NULL);
	put_all(s, &w, &e);
	jsonw_end_object(&w);
	if (e.code != ERR_NONE)
		session_refuse(s, &e);
	else
		session_put(s, &line);
	buf_release(&line);
	request_run_free(s->run);
	s->run = NULL;
}
