#include "request_key.h"

#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/record.h"

#include "control.h"
#include "parent.h"
#include "ratchet.h"
#include "session.h"

void
request_key_rotate(struct session *s, const struct ctl_request *r)
{
	struct parent *p = s->control->parent;
	struct record_who who = { s->uid, s->user };
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct err e = ERR_EMPTY;
	int rc = ratchet_ask(p, &who, &e);

	(void)r;
	if (rc == -1) {
		session_refuse(s, &e);
		return;
	}
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	jsonw_bool(&w, "rotated", rc == 0);
	jsonw_int(&w, "epoch", trail_epoch(p->ev.trail));
	ratchet_put(p, &w);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
}
