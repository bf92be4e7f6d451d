#include "request_clock.h"

#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/record.h"

#include "agenda.h"
#include "clockguard.h"
#include "control.h"
#include "parent.h"
#include "session.h"

void
request_clock_confirm(struct session *s, const struct ctl_request *r)
{
	struct parent *p = s->control->parent;
	struct record_who who = { s->uid, s->user };
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	char now[CLOCK_TEXT_BYTES];
	struct err e = ERR_EMPTY;
	bool was;

	(void)r;
	if (clockguard_confirm(p, &who, &was, &e) == -1) {
		session_refuse(s, &e);
		return;
	}
	clock_text_s(clock_now(), now);
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	jsonw_bool(&w, "confirmed", was);
	jsonw_text(&w, "at", now);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
	if (was) {
		agenda_want_all(p);
		agenda_run(p);
	}
}
