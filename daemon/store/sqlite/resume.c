/*
 * resume - finds the rows of pending operations by computing, for every row
 * that is still there, the commitment it would have in each of them.
 *
 * A row's key never left the worker, so after a crash this is the only way to
 * tell which rows an operation was about.
 */
#include "resume.h"

#include "act.h"
#include "correct.h"
#include "db.h"
#include "erase.h"
#include "items.h"
#include "query.h"
#include "table.h"
#include "turn.h"

#include "retention/pool.h"

struct tally {
	uint64_t found, erased, left, drift;
	struct commit_maker *maker;	/* owned; of the file in hand */
};

struct resume {
	const struct resume_job *job;	/* borrowed */
	struct tally *op;		/* owned, n_ops */
	struct items items;
	struct mono started;
	struct store_outcome words;
	struct err row_err;
	bool may_act, asked;
	enum assure scrubbed;		/* the worst of the files so far */
};

int
resume_new(const struct resume_job *job, struct resume **ret, struct err *e)
{
	struct resume *r = calloc(1, sizeof(*r));

	if (!r || !(r->op = calloc(job->n_ops + 1, sizeof(*r->op)))) {
		free(r);
		return err_set(e, ERR_MEMORY, "no memory");
	}
	r->job = job;
	r->started = clock_mono();
	r->row_err = ERR_EMPTY;
	*ret = r;
	return 0;
}

void
resume_free(struct resume *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->job->n_ops; i++)
		commit_maker_free(r->op[i].maker);
	free(r->op);
	items_release(&r->items);
	free(r);
}

/* Leave to act is asked for once, and only when there is something to do. */
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

static void
count(struct resume *r, const struct item *it)
{
	struct tally *t = &r->op[it->op];

	t->erased += it->state == ITEM_ERASED;
	t->drift += it->state == ITEM_SKIPPED;
	t->left += it->state == ITEM_LEFT || it->state == ITEM_CHOSEN;
}

/* Act on the group found, or only look which of it is still due. */
static int
finish_group(struct resume *r, const struct query *q, struct err *e)
{
	struct turn *turn = NULL;
	struct act *act = NULL;
	int rc;

	/* Files of rows that are gone may have to be finished. */
	if (r->items.n == 0 && !(q->d->files.column && r->job->act))
		return 0;
	if (ask(r, e) == -1)
		return -1;
	/* A correction that was not done is not known any more. */
	if (!r->may_act || correct_is_blind(q->d)) {
		for (size_t i = 0; i < r->items.n; i++)
			count(r, &r->items.item[i]);
		items_reset(&r->items);
		return 0;
	}
	if (turn_new(q->db, &turn, e) == -1)
		return -1;
	rc = act_new(q, &r->items, turn, &act, e);
	if (rc == 0)
		rc = act_run(act, &r->row_err, e);
	if (rc == 0)
		rc = act_look(act, e);
	act_free(act);
	turn_free(turn);
	for (size_t i = 0; rc == 0 && i < r->items.n; i++)
		count(r, &r->items.item[i]);
	items_reset(&r->items);
	return rc;
}

static int
makers_of(struct resume *r, const struct query *q, struct err *e)
{
	for (size_t i = 0; i < r->job->n_ops; i++) {
		const struct store_pending *p = &r->job->ops[i];

		commit_maker_free(r->op[i].maker);
		r->op[i].maker = commit_maker_new(&p->op, q->db->store->full,
		    p->object);
		if (!r->op[i].maker)
			return err_set(e, ERR_MEMORY, "no memory");
	}
	return 0;
}

/* Is the row just added (the last item) one of a pending operation? */
static void
match(struct resume *r, const struct query *q, struct buf *key, bool due)
{
	struct item *it = &r->items.item[r->items.n - 1];
	uint8_t c[COMMIT_BYTES];

	buf_reset(key);
	if (items_canonical(&r->items, r->items.n - 1, q->db->file, key) == -1)
		key->n = 0;
	for (size_t i = 0; key->n > 0 && i < r->job->n_ops; i++) {
		const struct store_pending *p = &r->job->ops[i];

		if (commit_maker_item(r->op[i].maker, buf_text(key), key->n,
		    c) == -1 || commit_find(p->c, p->n, c) < 0)
			continue;
		r->op[i].found++;
		if (due) {
			it->op = (uint16_t)i;
			return;
		}
		r->op[i].drift++;
		break;
	}
	/* Not ours to act on: forget it. */
	buf_reset(key);
	r->items.n--;
	r->items.keys.n = it->at;
}

static int
scan(struct resume *r, const struct query *q, sqlite3_stmt *s, struct err *e)
{
	struct buf key = BUF_EMPTY;
	int rc, got = 0;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		bool due = sqlite3_column_int(s, (int)q->table->n_key) == 1;

		if (items_add(&r->items, s) != 1) {
			got = err_set(e, ERR_REFUSED, "more operations are "
			    "pending than can be finished in one go");
			break;
		}
		match(r, q, &key, due);
	}
	buf_release(&key);
	if (got == -1)
		return -1;
	return rc == SQLITE_DONE ? 0 : db_fail(q->db, rc, e, "look for rows");
}

int
resume_file(struct resume *r, const struct query *q, struct err *e)
{
	struct buf b = BUF_EMPTY;
	sqlite3_stmt *s = NULL;
	int rc;

	erase_words(q, ASSURE_UNSCRUBBED, &r->words);
	if (!r->items.item && items_init(&r->items, q->table->n_key) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	if (makers_of(r, q, e) == -1)
		return -1;
	buf_putf(&b, "SELECT %s, (%s) IS TRUE FROM %s WHERE %s", q->key,
	    q->due, q->from, q->needs);
	rc = query_prepare(q, buf_text(&b), false, &s, e);
	buf_release(&b);
	if (rc == -1)
		return -1;
	rc = scan(r, q, s, e);
	sqlite3_finalize(s);
	if (rc == 0)
		rc = finish_group(r, q, e);
	if (r->may_act)
		turn_finish(q->db);
	/* What had gone before the kill may never have been overwritten. */
	if (rc == 0 && r->job->act)
		r->scrubbed = assure_worse(r->scrubbed, erase_scrub(q,
		    r->job->sink));
	if (rc == 0 && r->job->act)
		erase_words(q, r->scrubbed, &r->words);
	return rc;
}

int
resume_report(struct resume *r, struct err *e)
{
	for (size_t i = 0; i < r->job->n_ops; i++) {
		const struct store_pending *p = &r->job->ops[i];
		const struct tally *t = &r->op[i];
		struct store_outcome o = r->words;

		memcpy(o.op, p->op.op, sizeof(o.op));
		o.n = p->n;
		o.left = t->left;
		o.skipped_drift = t->drift;
		/* What was not found had gone before the crash. */
		o.erased = t->erased + (p->n - t->found);
		o.err = t->left > 0 ? r->row_err : ERR_EMPTY;
		o.ms = clock_since_ms(r->started, clock_mono());
		if (r->job->sink->done(r->job->sink->ctx, &o, e) == -1)
			return -1;
	}
	return 0;
}
