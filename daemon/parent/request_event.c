#include "request_event.h"

#include "retention/ctl.h"
#include "retention/jsonw.h"
#include "retention/ledger.h"
#include "retention/record.h"

#include "agenda.h"
#include "control.h"
#include "firing.h"
#include "parent.h"
#include "session.h"

void
request_event_declare(struct session *s, const struct ctl_request *r)
{
	struct record_who who = { s->uid, s->user };
	struct err e = ERR_EMPTY;

	if (firing_declare(s->control->parent, r->name, r->has_at ? r->at :
	    clock_now(), &who, &e) == -1) {
		session_refuse(s, &e);
		return;
	}
	session_ok(s);
	agenda_run(s->control->parent);
}

static void
put_event(void *ctx, const struct ledger_event *ev)
{
	char text[CLOCK_TEXT_BYTES];
	struct jsonw *w = ctx;

	jsonw_object(w, NULL);
	jsonw_text(w, "name", ev->name);
	clock_text_s(ev->at, text);
	jsonw_text(w, "at", text);
	clock_text_s(ev->declared, text);
	jsonw_text(w, "declared", text);
	jsonw_text(w, "user", ev->user);
	jsonw_end_object(w);
}

void
request_event_list(struct session *s, const struct ctl_request *r)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct err e = ERR_EMPTY;

	(void)r;
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	jsonw_array(&w, "events");
	if (ledger_event_each(s->control->parent->ev.ledger, &w, put_event,
	    &e) == -1) {
		session_refuse(s, &e);
	} else {
		jsonw_end_array(&w);
		jsonw_end_object(&w);
		session_put(s, &line);
	}
	buf_release(&line);
}
