/*
 * engine_logs - log stores: lines that are due in files that a glob names.
 *
 * What this engine cannot do it leaves: lines to be deleted from a file that
 * somebody has open wait until it is rotated and closed.
 */
#include "../engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "retention/fd.h"

#include "logact.h"
#include "logblank.h"
#include "logcut.h"
#include "logread.h"
#include "logresume.h"
#include "logswap.h"

struct logs {
	const struct rule_store *s;	/* borrowed */
	enum store_access access;
};

static int
logs_open(const struct rule_store *s, enum store_access access,
    const uint8_t *pseudonym_key, void **ret, struct err *e)
{
	struct logs *x = calloc(1, sizeof *x);

	(void)pseudonym_key;
	if (x == NULL)
		return err_set(e, ERR_MEMORY, "store %s: no memory", s->full);
	x->s = s;
	x->access = access;
	*ret = x;
	return 0;
}

static void
logs_close(void *st)
{
	free(st);
}

/* What a walk over all lines of all files calls: 0 go on, 1 enough, -1. */
struct walk {
	struct logjudge *j;
	int (*on_line)(struct walk *w, const struct logjudge_line *l);
	struct store_counts *counts;
	bool has_first_due, has_first_kept;
	struct wall first_due, first_kept;
};

static int
walk_file(struct walk *w, const struct logfile *f, struct err *e)
{
	struct logread r;
	struct logread_block b;
	struct logjudge_line whole;
	int rc;

	if (logjudge_by_file(w->j))
		return logjudge_whole(w->j, f, &whole, e) == -1 ? -1 :
		    w->on_line(w, &whole);
	rc = logread_open(&r, f, e);
	while (rc == 0 && (rc = logread_next(&r, &b, e)) == 1) {
		rc = 0;
		for (size_t n; rc == 0 && b.n > 0; b.p += n, b.n -= n) {
			n = logread_line(&b);
			const struct logjudge_line l =
			    logjudge_line(w->j, f, b.p, n);

			rc = w->on_line(w, &l);
		}
		if (rc == 1)
			break;
	}
	logread_close(&r);
	return rc;
}

static int
walk_all(const struct logs *x, const struct rule_dataset *d, struct wall at,
    struct walk *w, struct err *e)
{
	struct logfile_set set;
	int rc = logjudge_new(d, at, &w->j, e);

	if (rc == -1)
		return -1;
	rc = logfile_list(x->s, &set, e);
	if (rc == -1)
		set = (struct logfile_set){ 0, NULL };
	for (size_t i = 0; rc == 0 && i < set.n; i++) {
		struct logfile f;

		rc = logfile_open(set.path[i], false, &f, e);
		if (rc == 1)
			rc = walk_file(w, &f, e);
		logfile_close(&f);
	}
	logfile_release(&set);
	if (rc == -1) {
		logjudge_free(w->j);
		(void)err_wrap(e, "store %s", x->s->full);
	}
	return rc;
}

static void
earliest(bool *has, struct wall *first, struct wall t)
{
	if (!*has || t.ms < first->ms)
		*first = t;
	*has = true;
}

static int
count_line(struct walk *w, const struct logjudge_line *l)
{
	struct store_counts *c = w->counts;

	c->total++;
	c->due += l->verdict == JUDGE_DUE;
	c->undated += l->verdict == JUDGE_UNDATED;
	c->future += l->verdict == JUDGE_FUTURE;
	c->kept += l->verdict == JUDGE_KEPT;
	if (l->timed && l->verdict == JUDGE_DUE)
		earliest(&w->has_first_due, &w->first_due, l->t);
	if (l->timed && l->verdict == JUDGE_KEPT && !l->done)
		earliest(&w->has_first_kept, &w->first_kept, l->t);
	return 0;
}

static int
logs_plan(void *st, const struct rule_dataset *d, struct wall at,
    struct store_counts *ret, struct err *e)
{
	struct store_counts c = { .clause = NULL };
	struct walk w = { .on_line = count_line, .counts = &c };

	if (walk_all(st, d, at, &w, e) == -1)
		return -1;
	if (w.has_first_due)
		c.has_oldest = logjudge_due(w.j, w.first_due, &c.oldest_due) == 0;
	if (w.has_first_kept)
		c.has_next = logjudge_due(w.j, w.first_kept, &c.next_due) == 0 &&
		    c.next_due.ms > at.ms;
	logjudge_free(w.j);
	*ret = c;
	return 0;
}

static int
stop_at_due(struct walk *w, const struct logjudge_line *l)
{
	(void)w;
	return l->verdict == JUDGE_DUE;
}

static int
logs_peek(void *st, const struct rule_dataset *d, struct wall at,
    bool *ret_due, struct err *e)
{
	struct walk w = { .on_line = stop_at_due };
	const int rc = walk_all(st, d, at, &w, e);

	if (rc == -1)
		return -1;
	logjudge_free(w.j);
	*ret_due = rc == 1;
	return 0;
}

/* Deleting writes a new file beside the old one. */
static bool
is_beside_possible(const struct logs *x)
{
	struct logfile_set set;
	struct err e = ERR_EMPTY;
	const char *name;
	bool yes = true;

	if (logfile_list(x->s, &set, &e) == -1)
		return true;
	for (size_t i = 0; yes && i < set.n; i++) {
		int fd = logfile_folder(set.path[i], &name, &e);

		yes = fd == -1 || faccessat(fd, ".", W_OK, AT_EACCESS) == 0;
		fd_close(&fd);
	}
	logfile_release(&set);
	return yes;
}

static int
logs_check(void *st, const struct rule_dataset *d, struct wall at,
    store_finding_fn *found, void *ctx, struct err *e)
{
	struct store_counts c;
	struct err why = ERR_EMPTY;
	struct store_finding f = { STORE_WARNING, "bad-clock", "most lines have "
		"no time in this format; they are never due", NULL };

	(void)e;
	if (logs_plan(st, d, at, &c, &why) == -1) {
		f = (struct store_finding){ STORE_ERROR, "unreadable", why.text,
			NULL };
		found(ctx, &f);
	} else if (c.total == 0) {
		f = (struct store_finding){ STORE_WARNING, "no-lines",
			"no file with lines matches the path of the store", NULL };
		found(ctx, &f);
	} else if (c.undated > c.total / 2) {
		found(ctx, &f);
	}
	if (d->action == RULE_DELETE && !is_beside_possible(st)) {
		f = (struct store_finding){ STORE_WARNING, "closed-folder",
			"the owner of the files may not write to their folder: "
			"nothing can be deleted from files that are closed",
			"anonymise, or leave deletion to logrotate (rotate, maxage); "
			"a folder that root writes logs to should stay closed" };
		found(ctx, &f);
	}
	return 0;
}

struct pass {
	const struct logs *x;
	const struct rule_dataset *d;
	struct logjudge *j;
	const struct store_sink *sink;
	struct store_result *ret;
	struct err left_err;		/* the first reason to leave a file */
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
		if (p->sink->done(p->sink->ctx, &o, e) == -1)
			return -1;
	}
	return 0;
}

/* May the round go on?  A file that is to be cut is watched from before the
 * question who has it open. */
static int
may_go(struct pass *p, struct logfile *f, struct err *e)
{
	const struct store_sink *k = p->sink;
	bool appends = false;
	int rc;

	if (!logcut_wanted(f, p->d) || k->go_appends == NULL)
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
	struct logpick_round r = { .store = p->x->s->full, .sink = p->sink,
		.object = logjudge_by_file(p->j) ? "file" : "line" };
	struct store_outcome o = { .method = logact_method(f, p->d),
		.err = ERR_EMPTY };
	const struct mono start = clock_mono();
	uint64_t before;
	int go;
	int rc;

	if (logblank_settle(f, e) == -1 ||
	    logpick_select(s, f, p->j, e) == -1)
		return -1;
	p->ret->left += logact_trim(f, p->d, s);
	if (s->n == 0)
		return 0;
	if (logpick_intend(&r, s, f, e) == -1)
		return -1;
	go = may_go(p, f, e);
	if (go == -1)
		return -1;
	if (go == 1 && logact_run(f, p->d, p->j, s, &o.err) == -1)
		remember(p, &o.err);
	o.ms = clock_since_ms(start, clock_mono());
	p->ret->stopped = go == 0;
	p->ret->more |= go == 0;
	before = p->ret->erased;
	rc = report(p, s, &r, o, e);
	explicit_bzero(r.op, sizeof r.op);
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
	struct walk w = { .j = p->j, .on_line = stop_at_due };
	struct logfile f;
	int rc = logfile_open(path, false, &f, e);

	if (rc == 1 && !logblank_marked(&f))
		rc = walk_file(&w, &f, e);
	logfile_close(&f);
	return rc;
}

static int
erase_file(struct pass *p, const char *path, struct err *e)
{
	struct logpick_set s = { 0 };
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
 * the trail does. */
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
		if (!is_of_the_file(&why)) {
			*e = why;
			return -1;
		}
		remember(p, &why);
	}
	return 0;
}

static int
logs_erase(void *st, const struct rule_dataset *d, struct wall at,
    const struct store_sink *sink, struct store_result *ret, struct err *e)
{
	struct logs *x = st;
	struct logfile_set set;
	struct pass p = { .x = x, .d = d, .sink = sink, .ret = ret,
		.left_err = ERR_EMPTY };
	int rc;

	*ret = (struct store_result){ .erased = 0 };
	must(x->access == STORE_WRITE);
	if (logjudge_new(d, at, &p.j, e) == -1)
		return -1;
	rc = logfile_list(x->s, &set, e);
	if (rc == 0) {
		rc = logswap_tidy(x->s, &set, e);
		if (rc == 0)
			rc = erase_all(&p, &set, e);
		logfile_release(&set);
	}
	if (rc == 0 && p.left_err.code != ERR_NONE &&
	    p.left_err.code != ERR_BUSY) {
		*e = p.left_err;
		rc = -1;
	}
	logjudge_free(p.j);
	return rc == -1 ? err_wrap(e, "store %s", x->s->full) : 0;
}

static int
engine_resume(void *st, const struct rule_dataset *d, struct wall at,
    const struct store_pending *ops, size_t n_ops, bool act,
    const struct store_sink *sink, struct err *e)
{
	struct logs *x = st;
	const struct logresume_job job = { x->s, d, at, ops, n_ops, act, sink };

	if (logresume_run(&job, e) == -1)
		return err_wrap(e, "store %s", x->s->full);
	return 0;
}

static int
logs_event(void *st, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e)
{
	(void)st, (void)now, (void)ret_fired, (void)ret_at;
	return err_set(e, ERR_REFUSED, "event %s: expected a SQLite store to "
	    "read it from", ev->name);
}

const struct engine engine_logs = {
	.open = logs_open, .close = logs_close, .plan = logs_plan,
	.peek = logs_peek, .check = logs_check, .erase = logs_erase,
	.resume = engine_resume, .event = logs_event,
};
