/*
 * logpass - see the header.
 *
 * What cannot be done is left: lines to be deleted from a file that somebody
 * has open wait until it is rotated and closed.
 */
#include "logpass.h"

#include "retention/fd.h"

#include "logact.h"
#include "logblank.h"
#include "logcut.h"
#include "logtidy.h"
#include "logwalk.h"

struct pass {
	const struct logpass_job *job;
	struct logjudge *j;		/* owned */
	struct store_result *ret;
	struct err left_err;		/* the first reason to leave a file */
	bool unsettled;			/* an operation has no outcome yet */
};

static void
remember(struct pass *p, const struct err *why)
{
	if (p->left_err.code == ERR_NONE)
		p->left_err = *why;
}

/* One outcome per operation, counted from the states of its picks. */
static int
report(struct pass *p, const struct logpick_set *s,
    const struct logpick_round *r, struct store_outcome o, struct err *e)
{
	for (size_t k = 0; k < r->n_ops; k++) {
		uint64_t n[3] = { 0, 0, 0 };

		for (size_t i = k * COMMIT_MAX_ITEMS; i < s->n &&
		    i < (k + 1) * COMMIT_MAX_ITEMS; i++)
			n[s->pick[i].state]++;
		memcpy(o.op, r->op[k].op, sizeof o.op);
		o.left = n[LOGPICK_LEFT];
		o.erased = n[LOGPICK_ERASED];
		o.skipped_drift = n[LOGPICK_DRIFT];
		o.n = o.left + o.erased + o.skipped_drift;
		p->ret->left += o.left;
		p->ret->erased += o.erased;
		p->ret->skipped_drift += o.skipped_drift;
		if (p->job->sink->done(p->job->sink->ctx, &o, e) == -1)
			return -1;
	}
	return 0;
}

/* May the round go on?  A file that is to be cut is watched from before the
 * question who has it open. */
static int
may_act(struct pass *p, struct logfile *f, struct err *e)
{
	const struct store_sink *k = p->job->sink;
	bool appends = false;
	int rc;

	if (!logcut_wanted(f, p->job->d) || k->go_appends == NULL)
		return k->go(k->ctx, e);
	if (logfile_watch(f, e) == -1)
		return -1;
	rc = k->go_appends(k->ctx, (uint64_t)f->st.st_dev,
	    (uint64_t)f->st.st_ino, &appends, e);
	if (!appends)
		fd_close(&f->watch);
	return rc;
}

/* 1: there is more in this file; 0: done with it. */
static int
round_of(struct pass *p, struct logfile *f, struct logpick_set *s,
    struct err *e)
{
	struct logpick_round r = { .store = p->job->s->full, .sink = p->job->sink,
		.object = logjudge_by_file(p->j) ? "file" : "line" };
	struct store_outcome o = { .method = logact_method(f, p->job->d),
		.err = ERR_EMPTY };
	const struct mono start = clock_mono();
	uint64_t before;
	int go;
	int rc;

	if (logblank_settle(f, e) == -1)
		return -1;
	if (logpick_select(s, f, p->j, e) == -1) {
		if (f->format == NULL || e->code != ERR_STORE)
			return -1;
		*e = ERR_EMPTY;	/* damaged: nothing of it is due */
		return 0;
	}
	p->ret->left += logact_trim(f, p->job->d, s);
	if (s->n == 0)
		return 0;
	if (logpick_intend(&r, s, f, e) == -1)
		return -1;
	go = may_act(p, f, e);
	if (go == -1)
		return -1;
	if (go == 1 && logact_run(f, p->job->d, p->j, s, &o.err) == -1)
		remember(p, &o.err);
	o.ms = clock_since_ms(start, clock_mono());
	p->ret->stopped = go == 0;
	p->ret->more |= go == 0;
	before = p->ret->erased;
	rc = s->unsettled ? -1 : report(p, s, &r, o, e);
	explicit_bzero(r.op, sizeof r.op);
	if (s->unsettled)
		*e = o.err;
	p->unsettled = rc == -1;
	if (rc == -1)
		return -1;
	return s->more && p->ret->erased > before &&
	    o.err.code == ERR_NONE;
}

/* Looked for without a lease: whoever opens a file that has nothing due must
 * not wait for us.  1: yes. */
static int
has_due(struct pass *p, const char *path, struct err *e)
{
	struct logfile f;
	int rc = logfile_open(path, false, &f, e);

	if (rc == 1 && !logblank_marked(&f))
		rc = logwalk_may_have_due(p->j, &f, e);
	logfile_close(&f);
	return rc;
}

static int
erase_file(struct pass *p, const char *path, struct err *e)
{
	struct logpick_set s = { .pick_only = p->job->sink->pick,
		.object = logjudge_by_file(p->j) ? "file" : "line" };
	int rc;

	while ((rc = has_due(p, path, e)) == 1) {
		struct logfile f;

		/* A rewritten file is another file: opened anew every round. */
		rc = logfile_open(path, true, &f, e);
		if (rc == 1)
			rc = round_of(p, &f, &s, e);
		logfile_close(&f);
		if (rc != 1)
			break;
	}
	logpick_release(&s);
	return rc;
}

/* The trouble of one file does not keep the others from being done; that of
 * the trail does.  Nor are there new files (whose number may be that of one
 * that went) while recovery is to look for the lines of an old one. */
static bool
is_of_the_file(const struct err *e)
{
	return e->code == ERR_REFUSED || e->code == ERR_SYSTEM ||
	    e->code == ERR_STORE || e->code == ERR_BUSY;
}

static int
erase_all(struct pass *p, const struct logfile_set *set, struct err *e)
{
	for (size_t i = 0; i < set->n && !p->ret->stopped; i++) {
		struct err why = ERR_EMPTY;

		if (erase_file(p, set->path[i], &why) != -1)
			continue;
		if (p->unsettled || !is_of_the_file(&why)) {
			*e = why;
			return -1;
		}
		remember(p, &why);
	}
	return 0;
}

int
logpass_run(const struct logpass_job *job, struct store_result *ret,
    struct err *e)
{
	struct logfile_set set;
	struct pass p = { .job = job, .ret = ret, .left_err = ERR_EMPTY };
	struct err why = ERR_EMPTY;
	int rc;

	*ret = (struct store_result){ .erased = 0 };
	if (logjudge_new(job->d, job->at, &p.j, e) == -1)
		return -1;
	rc = logfile_list(job->s, &set, e);
	if (rc == 0) {
		rc = logtidy_run(job->s, &set, false, e);
		if (rc == 0)
			rc = erase_all(&p, &set, e);
		if (rc == 0 && logfile_whole(&set, &why) == -1)
			remember(&p, &why);
		logfile_release(&set);
	}
	if (rc == 0 && logjudge_failed(p.j))
		rc = err_set(e, ERR_MEMORY, "no memory for a line");
	if (rc == 0 && p.left_err.code != ERR_NONE &&
	    p.left_err.code != ERR_BUSY) {
		*e = p.left_err;
		rc = -1;
	}
	logjudge_free(p.j);
	return rc;
}

/* What is left half cut is settled by a pass, and looked at then. */
static int
survey_file(struct logpick_set *s, struct logjudge *j, const char *path,
    struct err *e)
{
	struct logfile f;
	int rc = logfile_open(path, false, &f, e);

	if (rc == 1 && !logblank_marked(&f))
		rc = logpick_select(s, &f, j, e);
	logfile_close(&f);
	return rc;
}

int
logpass_survey(const struct logpass_job *job, const struct store_pick *pick,
    struct err *e)
{
	struct logpick_set s = { .pick_only = pick, .survey = true };
	struct logfile_set set;
	struct logjudge *j;
	int rc;

	if (logjudge_new(job->d, job->at, &j, e) == -1)
		return -1;
	s.object = logjudge_by_file(j) ? "file" : "line";
	rc = logfile_list(job->s, &set, e);
	for (size_t i = 0; rc == 0 && i < set.n; i++)
		if (survey_file(&s, j, set.path[i], e) == -1 &&
		    !is_of_the_file(e))
			rc = -1;
	if (rc == 0)
		*e = ERR_EMPTY;
	logfile_release(&set);
	logpick_release(&s);
	logjudge_free(j);
	return rc;
}
