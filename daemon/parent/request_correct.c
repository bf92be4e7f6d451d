#include "request_correct.h"

#include <string.h>
#include <strings.h>

#include "retention/conf.h"
#include "retention/ctl.h"
#include "retention/ledger_erasure.h"
#include "retention/log.h"

#include "agenda.h"
#include "control.h"
#include "correcting.h"
#include "docket.h"
#include "erasing.h"
#include "parent.h"
#include "request_erase.h"
#include "ruleset.h"
#include "session.h"

static bool
declares(const struct rule_dataset *d, const char *kind)
{
	for (size_t i = 0; i < d->n_subject; i++)
		if (strcmp(d->subject[i].kind, kind) == 0)
			return true;
	return false;
}

/* What can be said before anything is entered. */
static int
check(struct parent *p, const struct ctl_request *r,
    struct ledger_part *ret, struct err *e)
{
	const struct rule_notice *n = NULL;
	const struct rule_dataset *d = conf_find(p->set->conf, r->name, &n);
	const struct rule_store *s = d != NULL ? rule_store_of(n, d) : NULL;
	const char *why;

	if (s == NULL)
		return err_set(e, ERR_REFUSED, "no dataset %.100s in the "
		    "policy (datasets are named notice/dataset)", r->name);
	if (s->kind != RULE_SQLITE || d->table == NULL)
		return err_set(e, ERR_REFUSED, "dataset %s has no rows: there "
		    "is nothing to correct", d->full);
	if (d->mode == RULE_REPORT)
		return err_set(e, ERR_REFUSED, "dataset %s is report only, by "
		    "the policy: nothing is written there", d->full);
	for (size_t i = 0; i < r->n_persons; i++)
		if (!declares(d, r->persons[i].kind))
			return err_set(e, ERR_REFUSED, "dataset %s declares no "
			    "subject of kind %.60s: nobody is found by it",
			    d->full, r->persons[i].kind);
	for (size_t i = 0; i < r->n_fixes; i++)
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(r->fixes[i].column,
			    r->fixes[k].column) == 0)
				return err_set(e, ERR_INPUT, "column %.100s "
				    "is set twice", r->fixes[i].column);
	if (!parent_may_enforce(p, &why))
		return err_set(e, ERR_REFUSED, "nothing can be corrected at "
		    "present: %s", why);
	if (r->request != NULL && erasing_find(p, r->request) != NULL)
		return err_set(e, ERR_REFUSED, "this request is under way");
	*ret = (struct ledger_part){ .state = "open" };
	(void)snprintf(ret->store, sizeof(ret->store), "%s", s->full);
	(void)snprintf(ret->dataset, sizeof(ret->dataset), "%s", d->full);
	return 0;
}

static int
enter(struct session *s, const struct ctl_request *r,
    struct ledger_request *ret, struct err *e)
{
	struct docket_new n = { .what = "correct", .id = r->request,
		.n_persons = r->n_persons, .person = r->persons,
		.has_received = r->has_received, .has_due = r->has_due,
		.received = r->received, .due = r->due };
	struct record_who who = { s->uid, s->user };

	return docket_open(s->control->parent, &n, &who, ret, e);
}

static int
begin(struct session *s, const struct ctl_request *r,
    char ret_id[LEDGER_ERASURE_ID + 1], struct err *e)
{
	struct parent *p = s->control->parent;
	struct ledger_wanted persons[LEDGER_MOST_PERSONS] = { { .kind = "" } };
	struct ledger_erasure row = { .what = "correct", .made = clock_now(),
		.uid = s->uid };
	struct ledger_part part;
	struct ledger_erasure_new n = { .erasure = &row, .persons = persons,
		.n_parts = 1, .parts = &part };
	struct correcting *fix;
	struct ledger_request q;

	if (r->reason != NULL && strlen(r->reason) >= sizeof(row.reason))
		return err_set(e, ERR_INPUT, "reason: more than %zu bytes",
		    sizeof(row.reason) - 1);
	if (check(p, r, &part, e) == -1 || enter(s, r, &q, e) == -1 ||
	    (fix = correcting_new(p, r, e)) == NULL)
		return -1;
	(void)snprintf(row.reason, sizeof(row.reason), "%s", r->reason != NULL ?
	    r->reason : "");
	(void)snprintf(row.user, sizeof(row.user), "%s", s->user);
	(void)snprintf(row.id, sizeof(row.id), "%s", q.id);
	for (; n.n_persons < q.n_persons; n.n_persons++) {
		struct ledger_wanted *to = &persons[n.n_persons];

		memcpy(to->kind, q.person[n.n_persons].kind, sizeof(to->kind));
		memcpy(to->hash, q.person[n.n_persons].hash, sizeof(to->hash));
	}
	memcpy(ret_id, row.id, sizeof(row.id));
	if (erasing_begin(p, &n, NULL, e) == -1) {
		correcting_free(fix);
		return -1;
	}
	erasing_find(p, row.id)->fix = fix;
	return 0;
}

void
request_correct_do(struct session *s, const struct ctl_request *r)
{
	struct parent *p = s->control->parent;
	char id[LEDGER_ERASURE_ID + 1];
	struct err e = ERR_EMPTY;

	if (begin(s, r, id, &e) == 0) {
		log_line(LOG_NOTICE, "request %s (correct): made by %s (uid "
		    "%lld)", id, s->user, (long long)s->uid);
		(void)request_erase_wait(s, id, &e);
	}
	if (e.code != ERR_NONE)
		session_refuse(s, &e);
	else if (request_erase_is_over(s))
		request_erase_answer(s);
	agenda_run(p);
}
