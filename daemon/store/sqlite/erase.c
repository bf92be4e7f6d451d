/*
 * erase - groups of due rows go from selection to reported outcome.
 */
#include "erase.h"

#include <stdlib.h>

#include "act.h"
#include "choose.h"
#include "db.h"
#include "items.h"
#include "query.h"
#include "residue.h"
#include "sampling.h"
#include "scrub.h"
#include "stats.h"
#include "table.h"
#include "turn.h"

#define FEW 100			/* rows left that are looked up one by one */

/* Of a group: an eighth of an index's pages fits into the cache beside the
 * table's. */
#define SHARES 8

#define OPS_MOST (ITEMS_MOST / COMMIT_MAX_ITEMS + 1)

struct tally {
	uint64_t n, erased, skipped, left;
};

struct pass {
	const struct query *q;
	const struct store_sink *sink;
	struct store_result *ret;
	struct items items;
	struct turn *turn;
	struct act *act;
	struct choose choose;
	size_t n_ops;
	struct commit_op ops[OPS_MOST];
	struct tally tally[OPS_MOST];
	struct mono started;
	struct err row_err;
	enum assure scrubbed;		/* the group in hand */
	struct residue *residue;	/* NULL: the store is not scrubbed */
	struct sampling *sampling;	/* NULL: no prints are kept */
	struct err found;		/* ERR_RESIDUE: it was */
};

void
erase_words(const struct query *q, enum assure scrubbed,
    struct store_outcome *o)
{
	static const char *const words[2][2][2] = {
		{ { "sqlite-secure-update", "sqlite-secure-delete" },
		    { "sqlite-secure-update+overwrite-unlink",
		    "sqlite-secure-delete+overwrite-unlink" } },
		{ { "sqlite-secure-update+scrub", "sqlite-secure-delete+scrub" },
		    { "sqlite-secure-update+scrub+overwrite-unlink",
		    "sqlite-secure-delete+scrub+overwrite-unlink" } } };

	o->method = words[scrubbed == ASSURE_IN_PLACE][q->d->files.column != NULL]
	    [q->d->action == RULE_DELETE];
	/* Of files that go with rows nothing is said by this. */
	o->assurance = q->d->files.column != NULL ? NULL :
	    assure_word(assure_worse(q->db->assure, scrubbed));
	for (size_t i = 0; i < q->d->n_columns; i++)
		o->pseudonymous |= rule_method_keyed(q->d->columns[i].method);
}

/*
 * I2: what is still due in the stretch of the group?  Of rows erased by our
 * own statements alone one look at the stretch tells; else, and where more
 * than a few are found, each row is looked up by its key.
 */
static int
look(struct pass *p, struct err *e)
{
	sqlite3_stmt *s;
	int rc, found = 0;

	if (act_is_careful(p->act))
		return act_look(p->act, e);
	s = choose_again(&p->choose, &rc);
	while (rc == SQLITE_OK && found++ < FEW) {
		long i;

		rc = sqlite3_step(s);
		if (rc != SQLITE_ROW)
			break;
		i = items_find(&p->items, s);
		if (i >= 0)
			p->items.item[i].state = ITEM_LEFT;
		rc = SQLITE_OK;
	}
	sqlite3_reset(s);
	if (rc == SQLITE_OK)
		return act_look(p->act, e);
	return rc == SQLITE_DONE ? 0 : db_fail(p->q->db, rc, e, "look again");
}

struct offer {
	uint8_t (*c)[COMMIT_BYTES];
	size_t n, from;
	struct commit_maker *maker;
	struct buf key;
};

/* Commit to the items of one operation and tell the sink. */
static int
intend_op(struct pass *p, size_t op, struct offer *o, struct err *e)
{
	const struct query *q = p->q;
	uint8_t root[32];

	o->n = 0;
	o->from = op * COMMIT_MAX_ITEMS;
	o->maker = commit_maker_new(&p->ops[op], q->db->store->full,
	    q->table->name);
	if (!o->maker)
		return err_set(e, ERR_MEMORY, "commitments: no memory");
	for (size_t i = o->from; i < p->items.n && o->n < COMMIT_MAX_ITEMS;
	    i++) {
		buf_reset(&o->key);
		p->items.item[i].op = (uint16_t)op;
		if (items_canonical(&p->items, i, q->db->file, &o->key) == -1 ||
		    commit_maker_item(o->maker, buf_text(&o->key), o->key.n,
		    o->c[o->n++]) == -1)
			return err_set(e, ERR_REFUSED, "a key of table %s is "
			    "too long to be committed to", q->table->name);
	}
	commit_root(o->c, o->n, root);		/* sorts them */
	for (size_t i = 1; i < o->n; i++)
		if (memcmp(o->c[i - 1], o->c[i], COMMIT_BYTES) == 0)
			return err_set(e, ERR_REFUSED, "keys of table %s "
			    "differ in their type only, such as 1 and '1': "
			    "its rows cannot be told apart in the trail",
			    q->table->name);
	return p->sink->intend(p->sink->ctx, &p->ops[op], q->table->name,
	    (const uint8_t (*)[COMMIT_BYTES])o->c, o->n, root, e);
}

static int
intend(struct pass *p, struct err *e)
{
	struct offer o = { .key = BUF_EMPTY };
	int rc = -1;

	p->n_ops = (p->items.n + COMMIT_MAX_ITEMS - 1) / COMMIT_MAX_ITEMS;
	o.c = calloc(COMMIT_MAX_ITEMS, sizeof(*o.c));
	if (!o.c)
		return err_set(e, ERR_MEMORY, "commitments: no memory");
	if (p->sink->ops(p->sink->ctx, p->n_ops, p->ops, e) == -1)
		goto out;
	for (size_t op = 0; op < p->n_ops; op++) {
		rc = intend_op(p, op, &o, e);
		commit_maker_free(o.maker);
		o.maker = NULL;
		if (rc == -1)
			goto out;
	}
	rc = 0;
out:
	buf_release(&o.key);
	free(o.c);
	return rc;
}

static void
count(struct pass *p)
{
	memset(p->tally, 0, sizeof(p->tally));
	for (size_t i = 0; i < p->items.n; i++) {
		const struct item *it = &p->items.item[i];
		struct tally *t = &p->tally[it->op];

		t->n++;
		t->erased += it->state == ITEM_ERASED;
		t->skipped += it->state == ITEM_SKIPPED;
		t->left += it->state == ITEM_LEFT || it->state == ITEM_CHOSEN;
	}
}

static bool
any_erased(const struct pass *p)
{
	for (size_t op = 0; op < p->n_ops; op++)
		if (p->tally[op].erased > 0)
			return true;
	return false;
}

enum assure
erase_scrub(const struct query *q, const struct store_sink *sink)
{
	struct scrub_sum sum;
	struct err e = ERR_EMPTY;

	if (q->db->store->scrub == RULE_SCRUB_OFF)
		return ASSURE_UNSCRUBBED;
	if (stats_forget(q->db, q->d->table, &e) == -1)
		return ASSURE_BUSY;
	if (scrub_run(q->db, sink, &sum, &e) == 0)
		return sum.found.strange != 0 ? ASSURE_DAMAGED :
		    sum.sealed ? ASSURE_IN_PLACE : ASSURE_BUSY;
	return e.code == ERR_STORE ? ASSURE_DAMAGED : ASSURE_BUSY;
}

/*
 * I2: told when it is gone from the free space of the file as well.  Where that
 * is not to be had, the outcome does not say so; the rows are erased all the
 * same.  What is found in spite of it is overwritten once more, and if that is
 * in vain, the outcome is a failure.
 */
static void
scrub(struct pass *p)
{
	struct err e = ERR_EMPTY;
	size_t found = 0, of = 0;

	p->found = ERR_EMPTY;
	p->scrubbed = ASSURE_UNSCRUBBED;
	if (p->residue == NULL || !any_erased(p))
		return;
	for (int i = 0; i == 0 || (i == 1 && found > 0); i++) {
		p->scrubbed = erase_scrub(p->q, p->sink);
		if (residue_search(p->residue, &p->items, &found, &of,
		    &e) == -1) {
			p->q->db->soil.clean = false;
			return;
		}
	}
	if (found == 0) {
		soil_settle(&p->q->db->soil);
		return;
	}
	p->q->db->soil.clean = false;
	p->scrubbed = ASSURE_DAMAGED;
	(void)err_set(&p->found, ERR_RESIDUE, "of %zu values of erased rows "
	    "%zu are still in the free space of the database or in a file "
	    "beside it", of, found);
}

static int
report_op(struct pass *p, size_t op, const struct err *why, struct err *e)
{
	const struct tally *t = &p->tally[op];
	struct store_outcome o = { .n = t->n, .erased = t->erased,
		.skipped_drift = t->skipped, .left = t->left,
		.err = ERR_EMPTY };

	memcpy(o.op, p->ops[op].op, sizeof(o.op));
	erase_words(p->q, p->scrubbed, &o);
	o.ms = clock_since_ms(p->started, clock_mono());
	if (o.left > 0)
		o.err = why && why->code != ERR_NONE ? *why : p->row_err;
	if (o.erased > 0 && o.err.code == ERR_NONE)
		o.err = p->found;
	p->ret->erased += o.erased;
	p->ret->left += o.left;
	p->ret->skipped_drift += o.skipped_drift;
	return p->sink->done(p->sink->ctx, &o, e);
}

static int
report(struct pass *p, const struct err *why, struct err *e)
{
	int rc = 0;

	for (size_t op = 0; rc == 0 && op < p->n_ops; op++)
		rc = report_op(p, op, why, e);
	explicit_bzero(p->ops, sizeof(p->ops));
	return rc;
}

/* One group, from keys to outcomes.  What was erased before a failure is
 * looked up and reported all the same. */
static int
group(struct pass *p, struct err *e)
{
	struct err why = ERR_EMPTY, second;
	int go, rc = 0;

	p->started = clock_mono();
	p->row_err = ERR_EMPTY;
	if (intend(p, e) == -1)
		return -1;
	go = turn_go(p->turn, p->sink, e);
	if (go == -1)
		return -1;
	p->scrubbed = ASSURE_UNSCRUBBED;
	p->found = ERR_EMPTY;
	if (go == 0) {
		p->ret->stopped = p->ret->more = true;
		count(p);
		return report(p, NULL, e);
	}
	if (p->choose.sort >= 0)
		items_sort(&p->items, SHARES);
	if (p->residue)
		residue_take(p->residue, &p->items);
	sampling_take(p->sampling, &p->items);
	rc = act_run(p->act, &p->row_err, &why);
	if (act_unsettled(p->act)) {
		*e = why;
		return -1;
	}
	if (act_halted(p->act))
		p->ret->stopped = p->ret->more = true;
	if (look(p, rc == -1 ? &second : &why) == -1) {
		*e = why;
		return -1;
	}
	count(p);
	if (sampling_tell(p->sampling, &p->items, rc == -1 ? &second :
	    e) == -1 && rc == 0)
		return -1;
	scrub(p);
	if (report(p, &why, rc == -1 ? &second : e) == -1 && rc == 0)
		return -1;
	if (rc == -1)
		*e = why;
	return rc;
}

static int
prepare(struct pass *p, struct err *e)
{
	const struct query *q = p->q;

	if (items_init(&p->items, q->table->n_key) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	if (turn_new(q->db, &p->turn, e) == -1 ||
	    choose_init(&p->choose, q, &p->items, e) == -1)
		return -1;
	if (act_new(q, &p->items, p->turn, &p->act, e) == -1)
		return -1;
	p->choose.pick = p->sink->pick;
	act_ask(p->act, p->sink);
	if (sampling_new(q, p->sink, &p->sampling, e) == -1)
		return -1;
	if (q->db->store->scrub != RULE_SCRUB_OFF)
		return residue_new(q, &p->residue, e);
	return 0;
}

int
erase_pass(const struct query *q, const struct store_sink *sink,
    struct store_result *ret, struct err *e)
{
	struct pass p = { .q = q, .sink = sink, .ret = ret };
	int rc = prepare(&p, e);

	while (rc == 0 && !ret->stopped) {
		rc = choose_group(&p.choose, e);
		if (rc == -1 || p.items.n == 0)
			break;

		rc = group(&p, e);
		if (!p.choose.ended)
			break;
		choose_next(&p.choose);
	}
	turn_finish(q->db);
	act_free(p.act);
	turn_free(p.turn);
	residue_free(p.residue);
	sampling_free(p.sampling);
	choose_release(&p.choose);
	items_release(&p.items);
	explicit_bzero(p.ops, sizeof(p.ops));
	return rc == -1 ? err_wrap(e, "dataset %s", q->d->full) : 0;
}

int
erase_survey(const struct query *q, const struct store_pick *pick,
    struct err *e)
{
	struct items items = { .n = 0 };
	struct choose choose = { .n_sorts = 0 };
	int rc = items_init(&items, q->table->n_key) == -1 ?
	    err_set(e, ERR_MEMORY, "no memory") : 0;

	if (rc == 0)
		rc = choose_init(&choose, q, &items, e);
	choose.pick = pick;
	choose.survey = true;
	if (rc == 0)
		rc = choose_group(&choose, e);	/* takes none: never full */
	choose_release(&choose);
	items_release(&items);
	return rc == -1 ? err_wrap(e, "dataset %s", q->d->full) : 0;
}
