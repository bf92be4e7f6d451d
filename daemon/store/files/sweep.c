/*
 * sweep - chooses, commits, asks for leave, erases and reports.
 */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#include "haul.h"
#include "hollow.h"
#include "sift.h"
#include "tree.h"

#define OBJECT "file"

struct pass {
	const struct sweep_job *job;
	struct store_result *ret;
	struct tree *tree;
	struct haul haul;
	struct commit_op op;
	uint8_t (*c)[COMMIT_BYTES];
	struct mono started;
	struct err why;
};

static struct store_outcome
outcome(const struct sweep_job *job, const uint8_t op[COMMIT_OP_BYTES],
    struct mono started)
{
	struct store_outcome o = { .method = "overwrite-unlink",
		.assurance = wipe_assurance(job->root), .err = ERR_EMPTY };

	memcpy(o.op, op, sizeof(o.op));
	o.ms = clock_since_ms(started, clock_mono());
	return o;
}

static void
count(struct store_outcome *o, const struct wipe_item *it)
{
	o->erased += it->state == WIPE_ERASED;
	o->skipped_drift += it->state == WIPE_SKIPPED;
	o->left += it->state == WIPE_LEFT || it->state == WIPE_CHOSEN;
}

/* 1: due, and among what may go. */
static int
takes(const struct sweep_job *job, const struct store_pick *pick,
    const struct tree_file *f, struct err *e)
{
	if (!sift_takes(job->sift, f->name) ||
	    sift_judge(job->sift, f->name, &f->st, NULL) != JUDGE_DUE)
		return 0;
	return pick == NULL ? 1 : pick->item(pick->ctx, OBJECT, f->path,
	    strlen(f->path), e);
}

/* 1: a group, 0: nothing more. */
static int
choose(struct pass *p, struct err *e)
{
	struct tree_file f;
	int rc = 1;

	haul_reset(&p->haul);
	while (!haul_full(&p->haul) && (rc = tree_next(p->tree, &f, e)) == 1) {
		rc = takes(p->job, p->job->sink->pick, &f, e);
		if (rc == -1)
			return -1;
		if (rc == 1 && haul_add(&p->haul, &f, 0) == -1)
			return err_set(e, ERR_MEMORY, "no memory");
	}
	haul_settle(&p->haul);
	return rc == -1 ? -1 : p->haul.n > 0;
}

static int
intend(struct pass *p, struct err *e)
{
	const struct store_sink *sink = p->job->sink;
	struct commit_maker *m;
	uint8_t root[32];
	int rc = 0;

	if (sink->ops(sink->ctx, 1, &p->op, e) == -1)
		return -1;
	m = commit_maker_new(&p->op, p->job->store->full, OBJECT);
	if (m == NULL)
		return err_set(e, ERR_MEMORY, "commitments: no memory");
	for (size_t i = 0; rc == 0 && i < p->haul.n; i++)
		rc = commit_maker_item(m, p->haul.item[i].path,
		    strlen(p->haul.item[i].path), p->c[i]);
	commit_maker_free(m);
	if (rc == -1)
		return err_set(e, ERR_REFUSED, "a path is too long to be "
		    "committed to");
	commit_root(p->c, p->haul.n, root);
	return sink->intend(sink->ctx, &p->op, OBJECT,
	    (const uint8_t (*)[COMMIT_BYTES])p->c, p->haul.n, root, e);
}

static int
report(struct pass *p, const struct err *fatal, struct err *e)
{
	struct store_outcome o = outcome(p->job, p->op.op, p->started);

	o.n = p->haul.n;
	for (size_t i = 0; i < p->haul.n; i++)
		count(&o, &p->haul.item[i]);
	if (o.left > 0)
		o.err = fatal != NULL ? *fatal : p->why;
	p->ret->erased += o.erased;
	p->ret->left += o.left;
	p->ret->skipped_drift += o.skipped_drift;
	return p->job->sink->done(p->job->sink->ctx, &o, e);
}

static int
wipe(const struct wipe_job *job, struct haul *h, struct err *why,
    struct err *e)
{
	if (wipe_run(job, h->item, h->n, why, e) == -1)
		return -1;
	return job->sift->d->empty == RULE_EMPTY_REMOVE ?
	    hollow_remove(job->root, h->item, h->n, e) : 0;
}

static int
group(struct pass *p, struct err *e)
{
	const uint8_t (*ops)[COMMIT_OP_BYTES] = &p->op.op;
	struct wipe_job job = { p->job->root, p->job->store->holders,
		p->job->sift, ops, p->job->sink };
	struct err second = ERR_EMPTY;
	int go;

	p->started = clock_mono();
	p->why = ERR_EMPTY;
	if (intend(p, e) == -1)
		return -1;
	go = p->job->sink->go(p->job->sink->ctx, e);
	if (go == -1)
		return -1;
	if (go == 0) {
		p->ret->stopped = p->ret->more = true;
		return report(p, NULL, e);
	}
	if (wipe(&job, &p->haul, &p->why, e) == 0) {
		for (size_t i = 0; i < p->haul.n; i++)
			if (p->haul.item[i].state == WIPE_CHOSEN)
				p->ret->stopped = p->ret->more = true;
		return report(p, NULL, e);
	}
	/* What is not durably gone may have gone: recovery tells. */
	for (size_t i = 0; i < p->haul.n; i++)
		if (p->haul.item[i].state == WIPE_CHOSEN)
			return -1;
	(void)report(p, e, &second);
	return -1;
}

static int
begin(struct pass *p, struct err *e)
{
	p->c = calloc(COMMIT_MAX_ITEMS, sizeof(*p->c));
	p->tree = tree_new(p->job->root);
	if (p->c == NULL || p->tree == NULL || haul_init(&p->haul) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	return 0;
}

static void
end(struct pass *p)
{
	free(p->c);
	tree_free(p->tree);
	haul_release(&p->haul);
	explicit_bzero(&p->op, sizeof(p->op));
}

/* What is in there may be due, and stays: no pass that went well. */
static int
whole(const struct tree *t, struct err *e)
{
	const struct tree_seen *seen = tree_seen(t);

	return seen->closed == 0 ? 0 : err_set(e, ERR_REFUSED, "%llu folders "
	    "cannot be read, are too deep or on another file system: what is "
	    "in them stays", (unsigned long long)seen->closed);
}

int
sweep_pass(const struct sweep_job *job, struct store_result *ret,
    struct err *e)
{
	struct pass p = { .job = job, .ret = ret };
	int rc = begin(&p, e);

	while (rc == 0 && !ret->stopped) {
		rc = choose(&p, e);
		if (rc <= 0)
			break;
		rc = group(&p, e);
	}
	if (rc == 0 && !ret->stopped)
		rc = whole(p.tree, e);
	end(&p);
	return rc == -1 ? err_wrap(e, "store %s", job->store->full) : 0;
}

int
sweep_survey(const struct sweep_job *job, const struct store_pick *pick,
    struct err *e)
{
	struct tree *tree = tree_new(job->root);
	struct tree_file f;
	int rc;

	if (tree == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	while ((rc = tree_next(tree, &f, e)) == 1)
		if (takes(job, pick, &f, e) == -1) {
			rc = -1;
			break;
		}
	tree_free(tree);
	return rc == -1 ? err_wrap(e, "store %s", job->store->full) : 0;
}

struct tally {
	uint64_t found;
	struct store_outcome o;
	struct commit_maker *maker;	/* owned */
};

struct recall {
	const struct sweep_job *job;
	const struct store_pending *ops;
	size_t n_ops;
	struct tally *tally;		/* owned; n_ops */
	uint8_t (*op)[COMMIT_OP_BYTES];	/* owned; n_ops */
	struct haul haul;
	bool act, asked;
	bool closed;			/* a folder cannot be looked into */
	struct mono started;
};

/* The pending operation that a file belongs to, or -1. */
static long
owner_of(struct recall *r, const struct tree_file *f)
{
	uint8_t c[COMMIT_BYTES];

	for (size_t i = 0; i < r->n_ops; i++)
		if (sift_is_of(f->name, r->ops[i].op.op))
			return (long)i;
	for (size_t i = 0; i < r->n_ops; i++)
		if (commit_maker_item(r->tally[i].maker, f->path,
		    strlen(f->path), c) == 0 &&
		    commit_find(r->ops[i].c, r->ops[i].n, c) >= 0)
			return (long)i;
	return -1;
}

/* Finish what was found so far. */
static int
settle(struct recall *r, struct err *e)
{
	struct wipe_job job = { r->job->root, r->job->store->holders,
		r->job->sift, (const uint8_t (*)[COMMIT_OP_BYTES])r->op, r->job->sink };
	struct err why = ERR_EMPTY;
	int rc = 0;

	if (r->haul.n == 0)
		return 0;
	haul_settle(&r->haul);
	if (r->act && !r->asked) {
		rc = r->job->sink->go(r->job->sink->ctx, e);
		if (rc == -1)
			return -1;
		r->asked = true;
		r->act = rc == 1;
	}
	rc = r->act ? wipe(&job, &r->haul, &why, e) : 0;
	for (size_t i = 0; rc == 0 && i < r->haul.n; i++) {
		struct tally *t = &r->tally[r->haul.item[i].op];

		count(&t->o, &r->haul.item[i]);
		if (r->haul.item[i].state == WIPE_LEFT)
			t->o.err = why;
	}
	haul_reset(&r->haul);
	return rc;
}

static int
meet(struct recall *r, const struct tree_file *f, struct err *e)
{
	long op = owner_of(r, f);
	struct tally *t;

	if (op == -1)
		return 0;
	t = &r->tally[op];
	if (t->found == r->ops[op].n)	/* more than there were: not ours */
		return 0;
	t->found++;
	if (sift_judge(r->job->sift, f->name, &f->st, NULL) != JUDGE_DUE) {
		t->o.skipped_drift++;
		return 0;
	}
	if (haul_add(&r->haul, f, (uint16_t)op) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	return haul_full(&r->haul) ? settle(r, e) : 0;
}

static int
recall_begin(struct recall *r, struct err *e)
{
	r->tally = calloc(r->n_ops + 1, sizeof(*r->tally));
	r->op = calloc(r->n_ops + 1, sizeof(*r->op));
	if (r->tally == NULL || r->op == NULL || haul_init(&r->haul) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < r->n_ops; i++) {
		struct tally *t = &r->tally[i];

		memcpy(r->op[i], r->ops[i].op.op, COMMIT_OP_BYTES);
		t->o = outcome(r->job, r->op[i], r->started);
		t->maker = commit_maker_new(&r->ops[i].op,
		    r->job->store->full, r->ops[i].object);
		if (t->maker == NULL)
			return err_set(e, ERR_MEMORY, "no memory");
	}
	return 0;
}

static void
recall_end(struct recall *r)
{
	for (size_t i = 0; r->tally != NULL && i < r->n_ops; i++)
		commit_maker_free(r->tally[i].maker);
	free(r->tally);
	free(r->op);
	haul_release(&r->haul);
}

static int
recall_report(struct recall *r, struct err *e)
{
	for (size_t i = 0; i < r->n_ops; i++) {
		struct tally *t = &r->tally[i];

		t->o.n = r->ops[i].n;
		/* What was not found had gone before the crash, unless it is
		 * where nobody can look. */
		if (!r->closed)
			t->o.erased += t->o.n - t->found;
		else if (t->found < t->o.n)
			(void)err_set(&t->o.err, ERR_STORE, "a folder cannot "
			    "be read: what is left cannot be told");
		t->o.left = t->o.n - t->o.erased - t->o.skipped_drift;
		t->o.ms = clock_since_ms(r->started, clock_mono());
		if (r->job->sink->done(r->job->sink->ctx, &t->o, e) == -1)
			return -1;
	}
	return 0;
}

int
sweep_resume(const struct sweep_job *job, const struct store_pending *ops,
    size_t n_ops, bool act, struct err *e)
{
	struct recall r = { .job = job, .ops = ops, .n_ops = n_ops,
		.act = act, .started = clock_mono() };
	struct tree *tree = tree_new(job->root);
	struct tree_file f;
	int rc = tree == NULL ? err_set(e, ERR_MEMORY, "no memory") :
	    recall_begin(&r, e), more = 0;

	while (rc == 0 && (more = tree_next(tree, &f, e)) == 1)
		rc = meet(&r, &f, e);
	r.closed = tree != NULL && tree_seen(tree)->closed > 0;
	if (rc == 0 && more == 0)
		rc = settle(&r, e);
	if (rc == 0 && more == 0)
		rc = recall_report(&r, e);
	tree_free(tree);
	recall_end(&r);
	return more == -1 ? -1 : rc;
}
