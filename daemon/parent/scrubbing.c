#include "scrubbing.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/log.h"
#include "retention/msg_sweep.h"
#include "retention/pool.h"
#include "retention/record.h"

#include "control.h"
#include "fullscrub.h"
#include "gating.h"
#include "job.h"
#include "leaving.h"
#include "parent.h"
#include "place.h"

void
scrubbing_begin(struct job *j)
{
	struct place_scrub *s = &j->place->scrub;

	s->wanted = false;
	s->by_policy = !s->asked;
	s->asked = s->known = false;
	s->begun++;
	s->sum = (struct msg_swept_all){ .files = 0 };
	s->assurance[0] = '\0';
	s->error = ERR_EMPTY;
}

int
scrubbing_on_swept(struct job *j, const char *body, size_t n, struct err *e)
{
	struct msg_swept m;

	if (msg_sweep_get(body, n, &m, e) == -1)
		return -1;
	if (j->kind == JOB_SCRUB)
		control_swept(j->parent, j->place, m.n, m.of);
	return 0;
}

/* A failure that is told is known to be one: it is not tried again. */
static void
record(struct job *j)
{
	struct place_scrub *s = &j->place->scrub;
	const struct msg_swept_all *m = &s->sum;
	struct buf payload = BUF_EMPTY;
	struct err e = ERR_EMPTY;

	record_scrub(&payload, &(struct record_scrub){
	    .store = j->place->full, .files = m->files, .left = m->left,
	    .pages = m->pages, .strange = m->strange,
	    .dead = m->pages > 0 ? m->dead : NULL, .sealed = m->sealed,
	    .assurance = s->assurance[0] != '\0' ? s->assurance : NULL,
	    .error = s->error.code != ERR_NONE ? err_class(s->error.code) :
	    NULL, .ms = m->ms, .by_policy = s->by_policy,
	    .who = { s->uid, s->user } });
	if (evidence_append(&j->parent->ev, RECORD_SCRUB, &payload, &e) == -1)
		s->error = e;
	else if (evidence_sync(&j->parent->ev, &e) == -1)
		s->error = e;
	j->swept = true;
	buf_release(&payload);
	log_line(s->error.code != ERR_NONE ? LOG_ERROR : LOG_INFO,
	    "store %s: scrub %s%s: %llu pages, %llu left alone%s%s",
	    j->place->full, s->by_policy ? "by the policy" : "asked for by ",
	    s->by_policy ? "" : s->user, (unsigned long long)m->pages,
	    (unsigned long long)m->strange,
	    s->error.code != ERR_NONE ? ": " : "", s->error.text);
}

static enum err_code
class_of(const char *name)
{
	for (int i = ERR_NONE + 1; name != NULL && i < ERR_N_CODES; i++)
		if (strcmp(err_class((enum err_code)i), name) == 0)
			return (enum err_code)i;
	return ERR_STORE;
}

int
scrubbing_on_all(struct job *j, const char *body, size_t n, struct err *e)
{
	struct place_scrub *s = &j->place->scrub;
	struct pool *p = pool_new();
	int rc = p == NULL ? err_set(e, ERR_MEMORY, "no memory") :
	    msg_sweep_get_all(body, n, p, &s->sum, e);

	if (rc == 0) {
		(void)snprintf(s->assurance, sizeof(s->assurance), "%s",
		    s->sum.assurance ? s->sum.assurance : "");
		if (s->sum.left > 0)
			(void)err_set(&s->error, class_of(s->sum.why),
			    "%s", s->sum.why_text ? s->sum.why_text : "?");
		record(j);
		leaving_keep(j);
	}
	s->sum.why = s->sum.why_text = s->sum.assurance = NULL;
	pool_free(p);
	return rc == 0 ? job_advance(j, e) : -1;
}

int
scrubbing_on_failed(struct job *j, const struct err *why, struct err *e)
{
	j->failed = false;
	j->place->scrub.error = *why;
	record(j);
	return job_bye(j, e);
}

/* A hold may have come since it was asked for. */
int
scrubbing_advance(struct job *j, struct err *e)
{
	struct err why = ERR_EMPTY;
	bool held = false;

	if (j->swept)
		return job_bye(j, e);
	if (gating_store(j->parent, j->place, &held, &why) == 0 && !held)
		return leaving_forget(j, e) == -1 ? -1 :
		    job_send(j, WIRE_SWEEP, NULL, e);
	if (why.code == ERR_NONE)
		(void)err_set(&why, ERR_REFUSED, "store %s is under a hold",
		    j->place->full);
	return scrubbing_on_failed(j, &why, e);
}

void
scrubbing_settle(struct job *j)
{
	struct place_scrub *s = &j->place->scrub;

	if (!j->swept) {
		s->error = j->error;
		if (s->error.code == ERR_NONE)
			(void)err_set(&s->error, ERR_BUSY, "stopped before it "
			    "was done");
		if (!evidence_off(&j->parent->ev))
			record(j);
	}
	fullscrub_done(j->place, s->error.code == ERR_NONE && s->sum.sealed);
	s->ended = s->begun;
}
