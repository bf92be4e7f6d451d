#include "request_subject.h"

#include <string.h>

#include "retention/ctl.h"
#include "retention/jsonw.h"

#include "control.h"
#include "docket.h"
#include "docket_list.h"
#include "parent.h"
#include "ruleset.h"
#include "session.h"

static struct parent *
parent_of(const struct session *s)
{
	return s->control->parent;
}

void
request_subject_list(struct session *s, const struct ctl_request *r)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct err e = ERR_EMPTY;

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	if (docket_list_put(parent_of(s), r->all, clock_now(), &w, &e) == -1) {
		session_refuse(s, &e);
	} else {
		jsonw_end_object(&w);
		session_put(s, &line);
	}
	buf_release(&line);
}

int
request_subject_kind(struct parent *p, const char *kind, struct err *e)
{
	const struct conf_set *c = p->set->conf;

	for (size_t i = 0; i < c->n_notices; i++)
		for (size_t k = 0; k < c->notices[i].n_datasets; k++) {
			const struct rule_dataset *d =
			    &c->notices[i].datasets[k];

			for (size_t j = 0; j < d->n_subject; j++)
				if (strcmp(d->subject[j].kind, kind) == 0)
					return 0;
		}
	return err_set(e, ERR_REFUSED, "no dataset declares subjects of kind "
	    "%.60s: nobody is known by it", kind);
}

static int
enter(struct session *s, struct docket_new *n, const struct ctl_request *r,
    struct ledger_request *ret, struct err *e)
{
	struct record_who who = { s->uid, s->user };

	n->id = r->request;
	n->has_received = r->has_received;
	n->has_due = r->has_due;
	n->received = r->received;
	n->due = r->due;
	for (size_t i = 0; i < n->n_persons; i++)
		if (request_subject_kind(parent_of(s), n->person[i].kind, e) == -1)
			return -1;
	return docket_open(parent_of(s), n, &who, ret, e);
}

int
request_subject_begin(struct session *s, const struct ctl_request *r,
    const char *what, struct ledger_request *ret, struct err *e)
{
	struct ctl_person person = { r->kind, r->value };
	struct docket_new n = { .what = what, .n_persons = 1,
		.person = &person };

	return enter(s, &n, r, ret, e);
}

void
request_subject_receive(struct session *s, const struct ctl_request *r)
{
	struct docket_new n = { .what = r->name, .n_persons = r->n_persons,
		.person = r->persons };
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	char day[CLOCK_TEXT_BYTES];
	struct err e = ERR_EMPTY;
	struct ledger_request q;

	if (enter(s, &n, r, &q, &e) == -1) {
		session_refuse(s, &e);
		return;
	}
	clock_text_s(q.due, day);
	day[10] = '\0';
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	jsonw_text(&w, "id", q.id);
	jsonw_text(&w, "due", day);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
}

static int
take(char *to, size_t room, const char *what, const char *text, struct err *e)
{
	if (strlen(text) >= room)
		return err_set(e, ERR_INPUT, "%s: more than %zu bytes", what,
		    room - 1);
	memcpy(to, text, strlen(text) + 1);
	return 0;
}

static int
take_outcomes(struct session *s, const struct ctl_request *r, struct err *e)
{
	for (size_t i = 0; i < r->n_outcomes; i++) {
		const struct ctl_outcome *from = &r->outcomes[i];
		struct ledger_outcome o = { .rows = from->rows,
			.children = from->children, .files = from->files,
			.lines = from->lines };

		if (conf_find(parent_of(s)->set->conf, from->dataset,
		    NULL) == NULL)
			return err_set(e, ERR_REFUSED, "no dataset %.100s in "
			    "the policy", from->dataset);
		if (take(o.dataset, sizeof(o.dataset), "dataset",
		    from->dataset, e) == -1 || take(o.store, sizeof(o.store),
		    "store", from->store, e) == -1 || take(o.state,
		    sizeof(o.state), "state", from->state, e) == -1 ||
		    docket_outcome(parent_of(s), r->name, &o, e) == -1)
			return -1;
	}
	return 0;
}

void
request_subject_answer(struct session *s, const struct ctl_request *r)
{
	struct record_who who = { s->uid, s->user };
	struct ledger_request q;
	struct err e = ERR_EMPTY;
	int rc = ledger_request_get(parent_of(s)->ev.ledger, r->name, &q, &e);

	if (rc == 0 || (rc == 1 && q.closed.ms != 0))
		(void)err_set(&e, ERR_REFUSED, "no request of that name is "
		    "open; see 'retentionctl subject requests'");
	else if (strcmp(r->state, "done") != 0 && strcmp(r->state,
	    "refused") != 0 && strcmp(r->state, "failed") != 0)
		(void)err_set(&e, ERR_INPUT, "state: expected done, refused "
		    "or failed");
	if (e.code != ERR_NONE || take_outcomes(s, r, &e) == -1 ||
	    docket_close(parent_of(s), r->name, r->state, r->reason, &who,
	    &e) == -1)
		session_refuse(s, &e);
	else
		session_ok(s);
}
