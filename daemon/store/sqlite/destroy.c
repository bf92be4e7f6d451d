/*
 * destroy - erases whole SQLite files with their side files.
 *
 * The main file goes last: as long as it is there, a crash leaves something
 * that says the work is not finished.
 */
#include "destroy.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/judge.h"

#include "wreck.h"

static const char *const sides[] = { "-journal", "-wal", "-shm", "" };

#define N_SIDES (sizeof(sides) / sizeof(*sides))

struct files {
	glob_t found;
	size_t n;
	char **path;			/* in found; those that count */
};

static bool
is_side(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i + 1 < N_SIDES; i++) {
		size_t k = strlen(sides[i]);

		if (n > k && strcmp(path + n - k, sides[i]) == 0)
			return true;
	}
	return false;
}

static int
list(const struct rule_store *s, struct files *f, struct err *e)
{
	struct stat st;
	int flags = rule_path_is_glob(s->path) ? 0 : GLOB_NOESCAPE;
	int rc = glob(s->path, GLOB_ERR | flags, NULL, &f->found);

	f->n = 0;
	if (rc != 0 && rc != GLOB_NOMATCH)
		return err_set(e, ERR_STORE, "store %s: its files cannot be "
		    "listed", s->full);
	f->path = f->found.gl_pathv;
	for (size_t i = 0; rc == 0 && i < f->found.gl_pathc; i++) {
		char *path = f->found.gl_pathv[i];

		if (is_side(path) || lstat(path, &st) == -1)
			continue;
		/* Kept in front, the rest behind, for globfree(). */
		f->found.gl_pathv[i] = f->path[f->n];
		f->path[f->n++] = path;
	}
	return 0;
}

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int
check_rule(const struct rule_dataset *d, struct err *e)
{
	if (d->timing.keep == RULE_PERIOD || d->timing.keep == RULE_UNTIL)
		return err_set(e, ERR_CONFIG, "dataset %s: a whole store is "
		    "destroyed by an event or on a date, not by the time of "
		    "a row", d->full);
	if (d->table || d->where)
		return err_set(e, ERR_CONFIG, "dataset %s: destroy is about "
		    "the whole store and takes no table", d->full);
	return 0;
}

int
destroy_plan(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, struct store_counts *ret, struct err *e)
{
	struct store_counts n = { .total = 0 };
	struct files f;
	struct wall due;

	if (check_rule(d, e) == -1 || list(s, &f, e) == -1)
		return -1;
	n.total = f.n;
	globfree(&f.found);
	if (judge_value(&d->timing, NULL, NULL, at) == JUDGE_DUE)
		n.due = n.total;
	n.kept = n.total - n.due;
	if (n.total > 0 && judge_due_at(&d->timing, NULL, NULL, &due) == 0) {
		n.has_oldest = n.due > 0;
		n.has_next = n.due == 0;
		n.oldest_due = n.next_due = due;
	}
	*ret = n;
	return 0;
}

static bool
gone(const char *path)
{
	struct stat st;

	return lstat(path, &st) == -1;
}

struct batch {
	const struct destroy_job *job;
	struct files files;
	struct commit_op op;
	uint8_t (*c)[COMMIT_BYTES];
	struct mono started;
};

static int
commit_of(const struct commit_op *op, const char *store, const char *path,
    uint8_t ret[COMMIT_BYTES])
{
	struct commit_maker *m = commit_maker_new(op, store, "file");
	const char *key = base_of(path);
	int rc = m ? commit_maker_item(m, key, strlen(key), ret) : -1;

	commit_maker_free(m);
	return rc;
}

static int
intend(struct batch *b, struct err *e)
{
	const struct store_sink *sink = b->job->sink;
	uint8_t root[32];

	if (sink->ops(sink->ctx, 1, &b->op, e) == -1)
		return -1;
	for (size_t i = 0; i < b->files.n; i++)
		if (commit_of(&b->op, b->job->store->full, b->files.path[i],
		    b->c[i]) == -1)
			return err_set(e, ERR_MEMORY, "no memory");
	commit_root(b->c, b->files.n, root);
	return sink->intend(sink->ctx, &b->op, "file",
	    (const uint8_t (*)[COMMIT_BYTES])b->c, b->files.n, root, e);
}

static struct store_outcome
outcome(const uint8_t op[COMMIT_OP_BYTES], size_t n, struct mono started)
{
	struct store_outcome o = { .n = n, .method = "overwrite-unlink",
		.err = ERR_EMPTY };

	memcpy(o.op, op, sizeof(o.op));
	o.ms = clock_since_ms(started, clock_mono());
	return o;
}

static int
run(struct batch *b, struct store_result *ret, struct err *e)
{
	const struct store_sink *sink = b->job->sink;
	struct err why = ERR_EMPTY;
	struct store_outcome o;
	int go;

	if (intend(b, e) == -1 || (go = sink->go(sink->ctx, e)) == -1)
		return -1;
	for (size_t i = 0; go == 1 && i < b->files.n; i++) {
		struct err one = ERR_EMPTY;

		if (wreck_file(b->job->store, b->files.path[i],
		    &one) == -1)
			why = one;
	}
	o = outcome(b->op.op, b->files.n, b->started);
	for (size_t i = 0; i < b->files.n; i++)
		*(gone(b->files.path[i]) ? &o.erased : &o.left) += 1;
	o.err = why;
	ret->erased += o.erased;
	ret->left += o.left;
	ret->stopped = ret->more = go == 0;
	return sink->done(sink->ctx, &o, e);
}

/* Only the files that may go stay in front; none when `survey`. */
static int
keep_picked(struct files *f, const struct store_pick *pick, bool survey,
    struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; pick != NULL && i < f->n; i++) {
		char *path = f->path[i];
		const char *key = base_of(path);
		int rc = pick->item(pick->ctx, "file", key, strlen(key), e);

		if (rc == -1)
			return -1;
		if (rc == 0 || survey)
			continue;
		f->path[i] = f->path[n];
		f->path[n++] = path;
	}
	if (pick != NULL)
		f->n = n;
	return 0;
}

int
destroy_survey(const struct destroy_job *job, const struct store_pick *pick,
    struct err *e)
{
	struct files f;
	int rc;

	if (check_rule(job->d, e) == -1)
		return -1;
	if (judge_value(&job->d->timing, NULL, NULL, job->at) != JUDGE_DUE)
		return 0;
	if (list(job->store, &f, e) == -1)
		return -1;
	rc = keep_picked(&f, pick, true, e);
	globfree(&f.found);
	return rc;
}

int
destroy_pass(const struct destroy_job *job, struct store_result *ret,
    struct err *e)
{
	struct batch b = { .job = job, .started = clock_mono() };
	int rc = -1;

	if (check_rule(job->d, e) == -1)
		return -1;
	if (judge_value(&job->d->timing, NULL, NULL, job->at) != JUDGE_DUE)
		return 0;
	if (list(job->store, &b.files, e) == -1)
		return -1;
	if (keep_picked(&b.files, job->sink->pick, false, e) == -1)
		;
	else if (b.files.n > COMMIT_MAX_ITEMS)
		(void)err_set(e, ERR_REFUSED, "more than %d files",
		    COMMIT_MAX_ITEMS);
	else if (!(b.c = calloc(b.files.n + 1, sizeof(*b.c))))
		(void)err_set(e, ERR_MEMORY, "no memory");
	else
		rc = b.files.n == 0 ? 0 : run(&b, ret, e);
	free(b.c);
	globfree(&b.files.found);
	explicit_bzero(&b.op, sizeof(b.op));
	return rc == -1 ? err_wrap(e, "store %s", job->store->full) : 0;
}

struct found {
	uint64_t n, erased, left, drift;
	struct err why;
};

static int
resume_one(const struct destroy_job *job, const struct store_pending *p,
    const struct files *f, bool may_act, struct found *ret)
{
	bool due = judge_value(&job->d->timing, NULL, NULL, job->at) ==
	    JUDGE_DUE;

	for (size_t i = 0; i < f->n; i++) {
		uint8_t c[COMMIT_BYTES];

		if (commit_of(&p->op, job->store->full, f->path[i], c) == -1)
			return -1;
		if (commit_find(p->c, p->n, c) < 0)
			continue;
		ret->n++;
		if (!due)
			ret->drift++;
		else if (may_act && wreck_file(job->store, f->path[i],
		    &ret->why) == 0)
			ret->erased++;
		else
			ret->left++;
	}
	return 0;
}

int
destroy_resume(const struct destroy_job *job, const struct resume_job *r,
    struct err *e)
{
	struct mono started = clock_mono();
	struct files f;
	int rc = 0, go = 0;

	if (list(job->store, &f, e) == -1)
		return -1;
	if (r->act && f.n > 0)
		go = r->sink->go(r->sink->ctx, e);
	for (size_t i = 0; go != -1 && rc == 0 && i < r->n_ops; i++) {
		const struct store_pending *p = &r->ops[i];
		struct found n = { .why = ERR_EMPTY };
		struct store_outcome o = outcome(p->op.op, p->n, started);

		if (resume_one(job, p, &f, go == 1, &n) == -1) {
			rc = err_set(e, ERR_MEMORY, "no memory");
			break;
		}
		o.erased = n.erased + (p->n - n.n);
		o.left = n.left;
		o.skipped_drift = n.drift;
		o.err = n.why;
		rc = r->sink->done(r->sink->ctx, &o, e);
	}
	globfree(&f.found);
	return go == -1 ? -1 : rc;
}
