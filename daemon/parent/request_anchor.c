#include "request_anchor.h"

#include "retention/jsonw.h"
#include "retention/log.h"

#include "anchoring.h"
#include "control.h"
#include "session.h"

void
request_anchor_do(struct session *s, const struct ctl_request *r)
{
	struct err e = ERR_EMPTY;

	(void)r;
	s->anchoring = true;
	if (anchoring_now(s->control->parent, &e) == 0) {
		log_line(LOG_INFO, "an anchor was asked for by %s (uid %lld)",
		    s->user, (long long)s->uid);
		return;
	}
	s->anchoring = false;
	session_refuse(s, &e);
}

void
request_anchor_done(struct session *s, const struct err *why,
    const char *said)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	if (!s->anchoring)
		return;
	s->anchoring = false;
	if (why->code != ERR_NONE) {
		session_refuse(s, why);
		return;
	}
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	jsonw_text(&w, "anchor", said);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
}
