/*
 * logresume - computes, for every line that is still as it was, the
 * commitment it would have in each pending operation: nothing else says which
 * lines an operation was about.  A rewritten file is another file (inode), so
 * the lines of a finished rewrite are not found; a masked line needs nothing
 * more.
 */
#include "logresume.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "retention/fd.h"

#include "logact.h"
#include "logblank.h"
#include "logread.h"
#include "logtidy.h"

struct tally {
	uint64_t found, erased, left, drift;
	struct commit_maker *maker;	/* owned */
};

struct resume {
	const struct logresume_job *job;
	struct logjudge *j;		/* owned */
	struct tally *op;		/* owned, n_ops */
	bool damaged;			/* a file cannot be searched to its end */
	const char *method;
	off_t cut;			/* bytes that went off the file's head */
	bool strays;			/* under way: a file of another name, of
					 * which only what is due may be ours:
					 * numbers of inodes come again */
	bool asked, may_act;
	struct err left_err;
};

/* The operation that a line is of; n_ops if of none. */
static size_t
op_of(struct resume *r, const struct logfile *f, off_t at)
{
	char key[LOGPICK_KEY];
	const size_t n = logpick_key(f, at, key);
	uint8_t c[COMMIT_BYTES];

	for (size_t i = 0; i < r->job->n_ops; i++) {
		const struct store_pending *p = &r->job->ops[i];

		if (r->op[i].found < p->n &&
		    commit_maker_item(r->op[i].maker, key, n, c) == 0 &&
		    commit_find(p->c, p->n, c) >= 0)
			return i;
	}
	return r->job->n_ops;
}

static int
find_block(struct resume *r, const struct logfile *f, struct logread_block b,
    struct logpick_set *s, struct err *e)
{
	off_t was;		/* where the line was when it was committed to */

	if (b.kind != LOGREAD_LINES)
		return 0;
	for (size_t n; b.n > 0; b.p += n, b.n -= n, b.at += (off_t)n) {
		n = logread_line(&b);
		const struct logjudge_line l =
		    logjudge_line(r->j, f, b.p, n);
		was = b.at + r->cut;
		const size_t i = l.done ? r->job->n_ops : op_of(r, f, was);

		if (i == r->job->n_ops ||
		    (r->strays && l.verdict != JUDGE_DUE))
			continue;
		r->op[i].found++;
		if (l.verdict != JUDGE_DUE ||
		    (b.p[n - 1] != '\n' && !f->alone && !r->strays))
			r->op[i].drift++;
		else if (logpick_add(s, (struct logpick){ b.at, (uint32_t)n,
		    (uint16_t)i, LOGPICK_LEFT }, e) == -1)
			return -1;
	}
	return 0;
}

static int
ask(struct resume *r, struct err *e)
{
	int rc;

	if (r->asked || !r->job->act)
		return 0;
	rc = r->job->sink->go(r->job->sink->ctx, e);
	if (rc == -1)
		return -1;
	r->asked = true;
	r->may_act = rc == 1;
	return 0;
}

static int
finish(struct resume *r, struct logfile *f, struct logpick_set *s,
    struct err *e)
{
	struct err why = ERR_EMPTY;

	if (s->n == 0)
		return 0;
	if (ask(r, e) == -1)
		return -1;
	if (r->may_act && logact_possible(f, r->job->d) &&
	    logact_run(f, r->job->d, r->j, s, &why) == -1)
		r->left_err = why;
	if (s->unsettled) {
		*e = why;
		return -1;
	}
	r->method = logact_method(f, r->job->d);
	for (size_t i = 0; i < s->n; i++) {
		struct tally *t = &r->op[s->pick[i].op];

		t->erased += s->pick[i].state == LOGPICK_ERASED;
		t->left += s->pick[i].state == LOGPICK_LEFT;
		t->drift += s->pick[i].state == LOGPICK_DRIFT;
	}
	return 0;
}

/* The file as a whole, if it is of an operation. */
static int
find_whole(struct resume *r, const struct logfile *f, struct logpick_set *s,
    struct err *e)
{
	const size_t i = op_of(r, f, LOGPICK_WHOLE);
	struct logjudge_line l;

	if (i == r->job->n_ops)
		return 0;
	if (logjudge_whole(r->j, f, &l, e) == -1) {
		r->op[i].found++;
		r->op[i].left++;
		return -1;
	}
	if (r->strays && l.verdict != JUDGE_DUE)
		return 0;
	r->op[i].found++;
	if (l.verdict == JUDGE_DUE)
		return logpick_add(s, (struct logpick){ LOGPICK_WHOLE, 0,
		    (uint16_t)i, LOGPICK_LEFT }, e);
	r->op[i].drift++;
	return 0;
}

static int
find_lines(struct resume *r, const struct logfile *f, struct logpick_set *s,
    struct err *e)
{
	struct logread rd;
	struct logread_block b;
	int rc = logread_open(&rd, f, e);

	while (rc == 0 && (rc = logread_next(&rd, &b, e)) == 1)
		rc = find_block(r, f, b, s, e);
	logread_close(&rd);
	return rc;
}

/* Of a file that is damaged nothing is touched: what was found of it is left,
 * and what was not found of any operation may be in it. */
static int
pass_over(struct resume *r, const struct logpick_set *s, const struct err *why)
{
	for (size_t i = 0; i < s->n; i++)
		r->op[s->pick[i].op].left++;
	r->damaged = true;
	r->left_err = *why;
	return 0;
}

/* Where a cut is under way, lines are not where they were. */
static int
is_settled(const struct logfile *f, struct err *e)
{
	return !logblank_marked(f) ? 0 : err_set(e, ERR_BUSY, "the head of a "
	    "file is being cut off");
}

static int
resume_file(struct resume *r, const char *path, struct err *e)
{
	struct logpick_set s = { 0 };
	struct err why = ERR_EMPTY;
	struct logfile f;
	int rc = logfile_open(path, !r->job->look, &f, e);

	if (rc == -1 && logfile_is_closed(e) && !r->job->look) {
		why = *e;
		*e = ERR_EMPTY;
		rc = pass_over(r, &s, &why);
	}
	if (rc != 1) {
		logfile_close(&f);
		return rc;
	}
	rc = r->job->look ? is_settled(&f, e) :
	    logblank_finish(&f, &r->cut, e);
	if (rc == -1) {
		logfile_close(&f);
		return -1;
	}
	rc = logjudge_by_file(r->j) ? find_whole(r, &f, &s, &why) :
	    find_lines(r, &f, &s, &why);
	/* Masked lines are found no more, though the disk may have the old. */
	if (rc == 0 && r->job->act && fdatasync(f.fd) == -1)
		rc = err_sys(&why, "sync a log file");
	if (rc == -1 && why.code == ERR_STORE && !r->job->look)
		rc = pass_over(r, &s, &why);
	else if (rc == -1)
		*e = why;
	else
		rc = finish(r, &f, &s, e);
	logpick_release(&s);
	logfile_close(&f);
	return rc;
}

/* A file that is not the store's: a line of an operation is there because the
 * file was renamed. */
static int
stray(struct resume *r, const char *path, struct err *e)
{
	struct logpick_set s = { 0 };
	struct logfile f;
	int rc = logfile_open(path, false, &f, e);

	if (rc == 1)
		rc = logjudge_by_file(r->j) ? find_whole(r, &f, &s, e) :
		    find_lines(r, &f, &s, e);
	for (size_t i = 0; i < s.n; i++)
		r->op[s.pick[i].op].left++;
	if (s.n > 0)
		(void)err_set(&r->left_err, ERR_REFUSED, "a log file was renamed "
		    "before its lines had gone: under a name that is not the "
		    "store's they stay");
	logpick_release(&s);
	logfile_close(&f);
	if (rc == -1 && e->code == ERR_MEMORY)
		return -1;
	*e = ERR_EMPTY;		/* not ours: no trouble of ours either */
	return 0;
}

static bool
is_in(const struct logfile_set *set, const char *path)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->path[i], path) == 0)
			return true;
	return false;
}

static int
strays_beside(struct resume *r, const struct logfile_set *set,
    const char *path, struct err *e)
{
	const char *base;
	int fd = logfile_folder(path, &base, e);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *de;
	char other[PATH_MAX];
	int rc = 0;

	if (d == NULL) {
		fd_close(&fd);
		*e = ERR_EMPTY;
		return 0;
	}
	while (rc == 0 && (de = readdir(d)) != NULL)
		if (snprintf(other, sizeof other, "%.*s%s", (int)(base - path),
		    path, de->d_name) < (int)sizeof other &&
		    !is_in(set, other))
			rc = stray(r, other, e);
	(void)closedir(d);
	return rc;
}

/* What is found nowhere has gone, or its file has another name now. */
static int
find_strays(struct resume *r, const struct logfile_set *set, struct err *e)
{
	const char *last = NULL;	/* a file of the folder before */
	bool all = true;
	int rc = 0;

	for (size_t i = 0; i < r->job->n_ops; i++)
		all &= r->op[i].found == r->job->ops[i].n;
	if (all)
		return 0;
	r->strays = true;
	r->cut = 0;
	for (size_t i = 0; rc == 0 && i < set->n; i++) {
		const size_t n = (size_t)(strrchr(set->path[i], '/') -
		    set->path[i]) + 1;

		if (last == NULL || strncmp(last, set->path[i], n) != 0 ||
		    strchr(last + n, '/') != NULL)
			rc = strays_beside(r, set, set->path[i], e);
		last = set->path[i];
	}
	/* A pattern in the last component has one folder, even without files. */
	if (set->n == 0 && strcspn(r->job->s->path, "*?[") >
	    (size_t)(strrchr(r->job->s->path, '/') - r->job->s->path))
		rc = strays_beside(r, set, r->job->s->path, e);
	return rc;
}

static int
report(struct resume *r, int64_t ms, struct err *e)
{
	for (size_t i = 0; i < r->job->n_ops; i++) {
		const struct store_pending *p = &r->job->ops[i];
		const struct tally *t = &r->op[i];
		/* What was not found had gone before the crash. */
		const uint64_t gone = p->n - t->found;
		const uint64_t left = t->left + (r->damaged ? gone : 0);
		struct store_outcome o = { .n = p->n, .left = left,
			.skipped_drift = t->drift, .method = r->method,
			.ms = ms, .err = left > 0 ? r->left_err : ERR_EMPTY };

		memcpy(o.op, p->op.op, sizeof o.op);
		o.erased = t->erased + (r->damaged ? 0 : gone);
		if (r->job->sink->done(r->job->sink->ctx, &o, e) == -1)
			return -1;
	}
	return 0;
}

static int
begin(struct resume *r, struct err *e)
{
	r->op = calloc(r->job->n_ops + 1, sizeof *r->op);
	if (r->op == NULL)
		return err_set(e, ERR_MEMORY, "no memory to resume");
	for (size_t i = 0; i < r->job->n_ops; i++) {
		r->op[i].maker = commit_maker_new(&r->job->ops[i].op,
		    r->job->s->full, r->job->ops[i].object);
		if (r->op[i].maker == NULL)
			return err_set(e, ERR_MEMORY, "no memory to resume");
	}
	return logjudge_new(r->job->d, r->job->at, &r->j, e);
}

int
logresume_run(const struct logresume_job *job, struct err *e)
{
	const struct mono start = clock_mono();
	struct logfile_set set = { .n = 0 };
	struct resume r = { .job = job, .method = "log-rewrite",
		.left_err = ERR_EMPTY };
	int rc = begin(&r, e);

	if (rc == 0)
		rc = logfile_list(job->s, &set, e);
	if (rc == 0 && !job->look)
		rc = logtidy_run(job->s, &set, !job->act, e);
	if (rc == 0 && !job->look) {	/* some may be back */
		logfile_release(&set);
		rc = logfile_list(job->s, &set, e);
	}
	for (size_t i = 0; rc == 0 && i < set.n; i++)
		rc = resume_file(&r, set.path[i], e);
	if (rc == 0 && logfile_whole(&set, &r.left_err) == -1)
		r.damaged = true;
	if (rc == 0)
		rc = find_strays(&r, &set, e);
	if (rc == 0 && logjudge_failed(r.j))
		rc = err_set(e, ERR_MEMORY, "no memory for a line");
	if (rc == 0)
		rc = report(&r, clock_since_ms(start, clock_mono()), e);
	for (size_t i = 0; r.op != NULL && i < job->n_ops; i++)
		commit_maker_free(r.op[i].maker);
	free(r.op);
	logjudge_free(r.j);
	logfile_release(&set);
	return rc;
}
