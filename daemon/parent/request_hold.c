#include "request_hold.h"

#include <stdlib.h>
#include <string.h>

#include "retention/ctl.h"
#include "retention/gate.h"
#include "retention/jsonw.h"
#include "retention/ledger.h"
#include "retention/record.h"

#include "agenda.h"
#include "control.h"
#include "docket.h"
#include "gating.h"
#include "parent.h"
#include "place.h"
#include "request.h"
#include "request_run.h"
#include "request_subject.h"
#include "ruleset.h"
#include "session.h"

static struct parent *
parent_of(const struct session *s)
{
	return s->control->parent;
}

static int
take_text(char *to, size_t room, const char *what, const char *text,
    struct err *e)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (n >= room)
		return err_set(e, ERR_INPUT, "%s: more than %zu bytes", what,
		    room - 1);
	memcpy(to, text != NULL ? text : "", n + 1);
	return 0;
}

static int
check_name(struct parent *p, const struct ctl_request *r,
    enum gate_scope scope, struct err *e)
{
	bool named = r->name != NULL && r->name[0] != '\0';
	bool subject = r->kind != NULL || r->value != NULL;

	if (named != (scope == GATE_STORE || scope == GATE_DATASET) ||
	    subject != (scope == GATE_SUBJECT) ||
	    (subject && (r->kind == NULL || r->value == NULL)))
		return err_set(e, ERR_INPUT, "expected exactly one of a "
		    "dataset, a store, a subject or all");
	if (scope == GATE_DATASET &&
	    conf_find(p->set->conf, r->name, NULL) == NULL)
		return err_set(e, ERR_REFUSED, "no dataset %.100s in the "
		    "policy", r->name);
	if (scope == GATE_STORE && place_find(p, r->name) == NULL)
		return err_set(e, ERR_REFUSED, "no store %.100s in the "
		    "policy (stores are named notice/store)", r->name);
	return 0;
}

static int
fill(struct parent *p, const struct ctl_request *r, enum gate_state state,
    struct ledger_hold *h, struct err *e)
{
	int scope = state == GATE_RESTRICTED ? GATE_SUBJECT :
	    gates_scope_find(r->scope);

	*h = (struct ledger_hold){ .state = (int)state };
	if (scope == -1)
		return err_set(e, ERR_INPUT, "expected a scope: all, store, "
		    "dataset or subject");
	if (check_name(p, r, (enum gate_scope)scope, e) == -1 ||
	    take_text(h->scope, sizeof(h->scope), "scope",
	    gates_scope_name((enum gate_scope)scope), e) == -1 ||
	    take_text(h->name, sizeof(h->name), "name", r->name, e) == -1 ||
	    take_text(h->kind, sizeof(h->kind), "kind", r->kind, e) == -1 ||
	    take_text(h->matter, sizeof(h->matter), "matter", r->matter,
	    e) == -1 || take_text(h->issuer, sizeof(h->issuer), "issuer",
	    r->issuer, e) == -1 || take_text(h->reason, sizeof(h->reason),
	    "reason", r->reason, e) == -1)
		return -1;
	if (r->has_at && r->at.ms <= clock_now().ms)
		return err_set(e, ERR_INPUT, "until: this time has passed");
	h->until = r->has_at ? r->at : (struct wall){ 0 };
	if (scope != GATE_SUBJECT)
		return 0;
	if (request_subject_kind(p, r->kind, e) == -1)
		return -1;
	return gating_subject(p, r->kind, r->value, h->hash, e);
}

void
request_hold_answer(struct session *s)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	jsonw_text(&w, "id", s->run->hold);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
	request_run_free(s->run);
	s->run = NULL;
}

/* The answer comes when it is in force: no older job is at work any more. */
static int
wait_for(struct session *s, const char *id, struct err *e)
{
	struct session_run *run = calloc(1, sizeof(*run));
	size_t n = 1;

	for (struct place *pl = parent_of(s)->places; pl; pl = pl->next)
		n++;
	if (run != NULL)
		run->need = calloc(n, sizeof(*run->need));
	if (run == NULL || run->need == NULL) {
		request_run_free(run);
		return err_set(e, ERR_MEMORY, "%s is placed; no memory to "
		    "wait for passes under way", id);
	}
	(void)snprintf(run->hold, sizeof(run->hold), "%s", id);
	for (struct place *pl = parent_of(s)->places; pl; pl = pl->next)
		if (gating_is_leaving(pl))
			(void)snprintf(run->need[run->n_needs++].place,
			    sizeof(run->need->place), "%s", pl->full);
	s->run = run;
	if (run->n_needs == 0)
		request_hold_answer(s);
	return 0;
}

static void
place_it(struct session *s, const struct ctl_request *r,
    enum gate_state state)
{
	struct record_who who = { s->uid, s->user };
	struct ledger_hold h;
	struct err e = ERR_EMPTY;

	if (fill(parent_of(s), r, state, &h, &e) == -1 ||
	    gating_place(parent_of(s), &h, &who, &e) == -1 ||
	    wait_for(s, h.id, &e) == -1)
		session_refuse(s, &e);
}

void
request_hold_add(struct session *s, const struct ctl_request *r)
{
	place_it(s, r, GATE_HELD);
}

/* What a person asked for is closed as done when it has been done. */
static int
close_request(struct session *s, const struct ledger_request *q,
    const char *reason, struct err *e)
{
	struct record_who who = { s->uid, s->user };

	return docket_close(parent_of(s), q->id, "done", reason, &who, e);
}

void
request_hold_restrict(struct session *s, const struct ctl_request *r)
{
	struct record_who who = { s->uid, s->user };
	struct ledger_request q;
	struct ledger_hold h;
	struct err e = ERR_EMPTY;

	if (fill(parent_of(s), r, GATE_RESTRICTED, &h, &e) == -1 ||
	    request_subject_begin(s, r, "restrict", &q, &e) == -1 ||
	    gating_place(parent_of(s), &h, &who, &e) == -1 ||
	    close_request(s, &q, r->reason, &e) == -1 ||
	    wait_for(s, h.id, &e) == -1)
		session_refuse(s, &e);
}

static void
answer_released(struct session *s, size_t n)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	jsonw_int(&w, "released", (int64_t)n);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
}

void
request_hold_release(struct session *s, const struct ctl_request *r)
{
	struct record_who who = { s->uid, s->user };
	struct err e = ERR_EMPTY;

	if (gating_release(parent_of(s), r->name, GATE_HELD, r->reason, &who,
	    &e) == -1) {
		session_refuse(s, &e);
		return;
	}
	answer_released(s, 1);
	agenda_run(parent_of(s));
}

#define MOST_AT_ONCE 64

struct of_subject {
	const uint8_t *hash;
	const char *kind;
	size_t n;
	char id[MOST_AT_ONCE][24];
};

static void
collect(void *ctx, const struct ledger_hold *h)
{
	struct of_subject *o = ctx;

	if (h->state == GATE_RESTRICTED && strcmp(h->kind, o->kind) == 0 &&
	    memcmp(h->hash, o->hash, GATE_HASH_BYTES) == 0 &&
	    o->n < MOST_AT_ONCE)
		memcpy(o->id[o->n++], h->id, sizeof(h->id));
}

void
request_hold_unrestrict(struct session *s, const struct ctl_request *r)
{
	struct parent *p = parent_of(s);
	struct record_who who = { s->uid, s->user };
	uint8_t hash[GATE_HASH_BYTES];
	struct of_subject o = { .hash = hash, .kind = r->kind };
	struct ledger_request q;
	struct err e = ERR_EMPTY;

	if (gating_subject(p, r->kind, r->value, hash, &e) == 0 &&
	    ledger_hold_each(p->ev.ledger, false, &o, collect, &e) == 0 &&
	    o.n == 0)
		(void)err_set(&e, ERR_REFUSED, "this subject is not under a "
		    "restriction");
	if (e.code == ERR_NONE)
		(void)request_subject_begin(s, r, "unrestrict", &q, &e);
	for (size_t i = 0; e.code == ERR_NONE && i < o.n; i++)
		(void)gating_release(p, o.id[i], GATE_RESTRICTED, r->reason,
		    &who, &e);
	if (e.code == ERR_NONE)
		(void)close_request(s, &q, r->reason, &e);
	if (e.code != ERR_NONE) {
		session_refuse(s, &e);
		return;
	}
	answer_released(s, o.n);
	agenda_run(p);
}

static void
put_time(struct jsonw *w, const char *key, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	if (t.ms == 0) {
		jsonw_null(w, key);
		return;
	}
	clock_text_s(t, text);
	jsonw_text(w, key, text);
}

static void
put_hold(void *ctx, const struct ledger_hold *h)
{
	struct jsonw *w = ctx;

	jsonw_object(w, NULL);
	jsonw_text(w, "id", h->id);
	jsonw_text(w, "what", h->state == GATE_HELD ? "hold" : "restriction");
	jsonw_text(w, "scope", h->scope);
	jsonw_text(w, "name", h->name[0] != '\0' ? h->name : NULL);
	jsonw_text(w, "kind", h->kind[0] != '\0' ? h->kind : NULL);
	jsonw_text(w, "matter", h->matter);
	jsonw_text(w, "issuer", h->issuer);
	jsonw_text(w, "reason", h->reason);
	put_time(w, "placed", h->placed);
	put_time(w, "until", h->until);
	jsonw_bool(w, "expired", h->until.ms != 0 &&
	    h->until.ms <= clock_now().ms);
	jsonw_text(w, "by", h->user);
	jsonw_end_object(w);
}

void
request_hold_list(struct session *s, const struct ctl_request *r)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct err e = ERR_EMPTY;

	(void)r;
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	jsonw_array(&w, "holds");
	if (ledger_hold_each(parent_of(s)->ev.ledger, false, &w, put_hold,
	    &e) == -1) {
		session_refuse(s, &e);
	} else {
		jsonw_end_array(&w);
		jsonw_end_object(&w);
		session_put(s, &line);
	}
	buf_release(&line);
}
