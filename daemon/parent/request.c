#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "retention/ctl.h"
#include "retention/jsonw.h"
#include "retention/log.h"
#include "retention/pool.h"
#include "retention/record.h"

#include "agenda.h"
#include "control.h"
#include "gating.h"
#include "metrics.h"
#include "parent.h"
#include "place.h"
#include "reload.h"
#include "request_correct.h"
#include "request_erase.h"
#include "request_event.h"
#include "request_hold.h"
#include "request_key.h"
#include "request_anchor.h"
#include "request_clock.h"
#include "request_keep.h"
#include "request_plan.h"
#include "request_run.h"
#include "request_subject.h"
#include "request_scrub.h"
#include "ruleset.h"
#include "session.h"
#include "status.h"

static struct parent *
parent_of(struct session *s)
{
	return s->control->parent;
}

static void
do_status(struct session *s, const struct ctl_request *r)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	(void)r;
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", true);
	status_put(parent_of(s), &w);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
}

static void
do_reload(struct session *s, const struct ctl_request *r)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct reload_result result;
	struct record_who who = { s->uid, s->user };
	int rc = reload_now(parent_of(s), &who, &result);

	(void)r;
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", rc == 0);
	if (rc == -1)
		jsonw_text(&w, "code", "config");
	jsonw_array(&w, rc == 0 ? "changes" : "errors");
	for (size_t i = 0; i < result.n; i++)
		jsonw_text(&w, NULL, result.text[i]);
	jsonw_end_array(&w);
	if (rc == 0) {
		jsonw_array(&w, "stricter");
		for (size_t i = 0; i < result.n_stricter; i++)
			jsonw_text(&w, NULL, result.stricter[i]);
		jsonw_end_array(&w);
	}
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
	reload_result_release(&result);
	agenda_run(parent_of(s));
}

static void (*const does[CTL_N_DOS])(struct session *s,
    const struct ctl_request *r) = {
	[CTL_STATUS] = do_status, [CTL_RUN] = request_run_do,
	[CTL_RELOAD] = do_reload, [CTL_EVENT_ADD] = request_event_declare,
	[CTL_EVENT_LIST] = request_event_list,
	[CTL_HOLD_ADD] = request_hold_add,
	[CTL_HOLD_RELEASE] = request_hold_release,
	[CTL_HOLD_LIST] = request_hold_list,
	[CTL_RESTRICT] = request_hold_restrict,
	[CTL_UNRESTRICT] = request_hold_unrestrict,
	[CTL_KEY_ROTATE] = request_key_rotate,
	[CTL_AUDIT_PRUNE] = request_keep_prune,
	[CTL_KEY_SHRED] = request_keep_shred,
	[CTL_ANCHOR] = request_anchor_do,
	[CTL_CLOCK_CONFIRM] = request_clock_confirm,
	[CTL_PLAN_SAVE] = request_plan_save,
	[CTL_APPROVE] = request_plan_approve,
	[CTL_REJECT] = request_plan_reject,
	[CTL_SUBJECT_LIST] = request_subject_list,
	[CTL_SUBJECT_RECEIVE] = request_subject_receive,
	[CTL_SUBJECT_ANSWER] = request_subject_answer,
	[CTL_SUBJECT_ERASE] = request_erase_do,
	[CTL_SUBJECT_CORRECT] = request_correct_do,
	[CTL_RESTORED] = request_erase_restored,
	[CTL_SCRUB] = request_scrub_do,
};

void
request_handle(struct session *s, const char *line, size_t n)
{
	struct parent *p = parent_of(s);
	struct pool *pool = pool_new();
	struct err e = ERR_EMPTY;
	struct ctl_request r;

	if (pool == NULL)
		(void)err_set(&e, ERR_MEMORY, "no memory");
	else if (ctl_get_request(line, n, pool, &r, &e) == -1)
		;
	else if (ctl_right(r.what) == CTL_CHANGE && !s->may_change)
		(void)err_set(&e, ERR_REFUSED, "%s: only root, the daemon's "
		    "own user and the group of admins may", ctl_word(r.what));
	if (e.code != ERR_NONE)
		session_refuse(s, &e);
	else
		does[r.what](s, &r);
	if (e.code == ERR_NONE && ctl_right(r.what) == CTL_CHANGE)
		metrics_write(p);		/* no pass may come for long */
	pool_free(pool);
}
