#include "request_scrub.h"

#include <stdlib.h>
#include <string.h>

#include "retention/ctl.h"
#include "retention/jsonw.h"
#include "retention/log.h"
#include "retention/msg_sweep.h"

#include "agenda.h"
#include "control.h"
#include "gating.h"
#include "parent.h"
#include "place.h"
#include "request_run.h"
#include "session.h"

static struct parent *
parent_of(const struct session *s)
{
	return s->control->parent;
}

static struct place *
find(struct parent *p, const char *name, struct err *e)
{
	struct place *pl = place_find(p, name);
	bool held = false;

	if (p->opt.dry_run)
		(void)err_set(e, ERR_REFUSED, "this is a dry run: nothing is "
		    "written");
	else if (evidence_off(&p->ev))
		(void)err_set(e, ERR_TRAIL, "the trail is out of order: it "
		    "could not be recorded");
	else if (pl == NULL || pl->store == NULL)
		(void)err_set(e, ERR_REFUSED, "no store %.100s in the policy; "
		    "expected notice/name", name);
	else if (pl->store->kind != RULE_SQLITE)
		(void)err_set(e, ERR_REFUSED, "store %s is no database: what "
		    "is dead in a file is known of databases alone", pl->full);
	else if (gating_store(p, pl, &held, e) == -1)
		return NULL;
	else if (held)
		(void)err_set(e, ERR_REFUSED, "store %s, or something in it, "
		    "is under a hold: it stays as it is, with what was "
		    "deleted before", pl->full);
	else
		return pl;
	return NULL;
}

static struct session_run *
waiting(struct place *pl)
{
	struct session_run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	run->scrub = true;
	run->need = calloc(1, sizeof(*run->need));
	if (run->need == NULL) {
		free(run);
		return NULL;
	}
	run->n_needs = 1;
	(void)snprintf(run->need->place, sizeof(run->need->place), "%s",
	    pl->full);
	run->need->pass = pl->scrub.begun + 1;
	return run;
}

void
request_scrub_do(struct session *s, const struct ctl_request *r)
{
	struct parent *p = parent_of(s);
	struct err e = ERR_EMPTY;
	struct place *pl = find(p, r->name, &e);
	struct session_run *run = pl != NULL ? waiting(pl) : NULL;

	if (pl != NULL && run == NULL)
		(void)err_set(&e, ERR_MEMORY, "no memory");
	if (run == NULL) {
		session_refuse(s, &e);
		return;
	}
	log_line(LOG_INFO, "a scrub of store %s was asked for by %s (uid "
	    "%lld)", pl->full, s->user, (long long)s->uid);
	if (!pl->scrub.asked) {		/* else somebody has asked already */
		pl->scrub.wanted = pl->scrub.asked = true;
		pl->scrub.uid = s->uid;
		(void)snprintf(pl->scrub.user, sizeof(pl->scrub.user), "%s",
		    s->user);
	}
	agenda_urge(pl);
	s->run = run;
	agenda_run(p);
}

void
request_scrub_progress(struct session *s, const struct place *pl, uint64_t n,
    uint64_t of)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	if (s->run == NULL || !s->run->scrub ||
	    strcmp(s->run->need->place, pl->full) != 0 ||
	    s->put.n > CTL_MOST_BYTES)
		return;
	jsonw_object(&w, NULL);
	jsonw_object(&w, "progress");
	jsonw_text(&w, "store", pl->full);
	jsonw_int(&w, "pages", (int64_t)n);
	jsonw_int(&w, "of", (int64_t)of);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
}

static void
put_sum(struct jsonw *w, const struct place *pl)
{
	const struct msg_swept_all *m = &pl->scrub.sum;

	jsonw_text(w, "store", pl->full);
	jsonw_int(w, "files", (int64_t)m->files);
	jsonw_int(w, "left", (int64_t)m->left);
	jsonw_int(w, "pages", (int64_t)m->pages);
	jsonw_int(w, "strange", (int64_t)m->strange);
	jsonw_object(w, "bytes");
#define DEAD_PUT(name, word) \
	jsonw_int(w, #word, (int64_t)m->dead[DEAD_##name]);
	DEAD_KINDS(DEAD_PUT)
#undef DEAD_PUT
	jsonw_end_object(w);
	jsonw_int(w, "locks", (int64_t)m->locks);
	jsonw_int(w, "longest_lock_ms", m->longest_ms);
	jsonw_int(w, "ms", m->ms);
	jsonw_bool(w, "sealed", m->sealed);
	jsonw_text(w, "assurance", pl->scrub.assurance[0] != '\0' ?
	    pl->scrub.assurance : NULL);
}

void
request_scrub_answer(struct session *s)
{
	const struct place *pl = place_find(parent_of(s),
	    s->run->need->place);
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);
	struct err e = pl != NULL ? pl->scrub.error : ERR_EMPTY;

	if (pl == NULL || pl->store == NULL)
		(void)err_set(&e, ERR_CHANGED, "the store has left the "
		    "policy");
	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", e.code == ERR_NONE);
	if (e.code != ERR_NONE) {
		jsonw_text(&w, "code", err_class(e.code));
		jsonw_array(&w, "errors");
		jsonw_text(&w, NULL, e.text);
		jsonw_end_array(&w);
	}
	if (pl != NULL)
		put_sum(&w, pl);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
	request_run_free(s->run);
	s->run = NULL;
}
