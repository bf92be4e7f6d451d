#include "request_keep.h"

#include "retention/buf.h"
#include "retention/ctl.h"
#include "retention/jsonw.h"

#include "control.h"
#include "keeping.h"
#include "session.h"

static int
prune(struct session *s, const struct ctl_request *r, struct jsonw *w,
    struct err *e)
{
	struct record_who who = { s->uid, s->user };

	return keeping_prune(s->control->parent, r->at, who, w, e);
}

static int
shred(struct session *s, const struct ctl_request *r, struct jsonw *w,
    struct err *e)
{
	struct record_who who = { s->uid, s->user };

	return keeping_shred(s->control->parent, r, who, w, e);
}

static void
answer(struct session *s, const struct ctl_request *r,
    int (*act)(struct session *, const struct ctl_request *, struct jsonw *,
    struct err *))
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct err e = ERR_EMPTY;

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	if (act(s, r, &w, &e) == -1) {
		session_refuse(s, &e);
	} else {
		jsonw_end_object(&w);
		session_put(s, &line);
	}
	buf_release(&line);
}

void
request_keep_prune(struct session *s, const struct ctl_request *r)
{
	answer(s, r, prune);
}

void
request_keep_shred(struct session *s, const struct ctl_request *r)
{
	answer(s, r, shred);
}
