/*
 * erase - groups of due rows go from selection to reported outcome.
 *
 * A group is a stretch of the table in the order of its clock's index (or of
 * its key).  Within it rows are erased in the order of that other index which
 * they are most scattered over: its pages are then written once, not once for
 * each row.
 */
#include "erase.h"

#include <strings.h>

#include "retention/pool.h"

#include "act.h"
#include "db.h"
#include "items.h"
#include "pace.h"
#include "query.h"
#include "table.h"

#define MOST_ORDER 17		/* the clock's column and 16 of a key */

struct pass {
	const struct query *q;
	const struct store_sink *sink;
	struct store_result *ret;
	struct items items;
	struct pace pace;
	struct act *act;
	bool by_clock;			/* ordered by the clock's index */
	size_t n_sorts;
	sqlite3_stmt *first, *next;	/* selections */
	size_t n_last;
	sqlite3_value *last[MOST_ORDER];	/* owned: where we are */
	size_t n_ops;
	struct commit_op ops[ITEMS_MOST / COMMIT_MAX_ITEMS + 1];
	struct mono started;
	struct err row_err;
};

void
erase_words(const struct query *q, struct store_outcome *o)
{
	o->method = q->d->action == RULE_DELETE ? "sqlite-secure-delete" :
	    "sqlite-secure-update";
	for (size_t i = 0; i < q->d->n_columns; i++)
		o->pseudonymous |= rule_method_keyed(q->d->columns[i].method);
}

/* ", u, v": first columns of indexes that rows may be scattered over. */
static int
put_sorts(struct pass *p, struct buf *b, struct err *e)
{
	static const char sql[] =
	    "SELECT DISTINCT i.name FROM pragma_index_list(?1) AS l,"
	    " pragma_index_info(l.name) AS i WHERE i.seqno = 0"
	    " AND i.name IS NOT NULL";
	const struct query *q = p->q;
	sqlite3_stmt *s;

	if (db_prepare(q->db, sql, &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, q->table->name, -1, SQLITE_STATIC);
	while (p->n_sorts < ITEMS_SORTS && sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);

		if (!name || strcasecmp(name, q->table->key[0]) == 0 ||
		    (q->when.column && strcasecmp(name, q->when.column) == 0))
			continue;
		char *quoted = sqlite3_mprintf("\"%w\"", name);

		buf_putf(b, ", %s", quoted ? quoted : "NULL");
		sqlite3_free(quoted);
		p->n_sorts++;
	}
	sqlite3_finalize(s);
	return 0;
}

static int
select_sql(struct pass *p, bool next, sqlite3_stmt **ret, struct err *e)
{
	const struct query *q = p->q;
	struct buf b = BUF_EMPTY, order = BUF_EMPTY;
	int rc;

	if (p->by_clock) {
		char *quoted = sqlite3_mprintf("\"%w\", ", q->when.column);

		buf_puts(&order, quoted ? quoted : "");
		sqlite3_free(quoted);
	}
	buf_puts(&order, q->key);
	p->n_last = q->table->n_key + p->by_clock;
	p->n_sorts = 0;
	buf_putf(&b, "SELECT %s, %s", q->key, buf_text(&order));
	if (put_sorts(p, &b, e) == -1) {
		buf_release(&b);
		buf_release(&order);
		return -1;
	}
	buf_putf(&b, " FROM %s WHERE %s", q->from, q->due);
	if (next) {
		buf_putf(&b, " AND (%s) > (", buf_text(&order));
		for (size_t i = 1; i <= p->n_last; i++)
			buf_putf(&b, "%s?%zu", i > 1 ? ", " : "", i);
		buf_puts(&b, ")");
	}
	buf_putf(&b, " ORDER BY %s", buf_text(&order));
	rc = buf_failed(&b) || buf_failed(&order) ?
	    err_set(e, ERR_MEMORY, "no memory") :
	    query_prepare(q, buf_text(&b), false, ret, e);
	buf_release(&b);
	buf_release(&order);
	return rc;
}

static void
forget_last(struct pass *p)
{
	for (size_t i = 0; i < MOST_ORDER; i++) {
		sqlite3_value_free(p->last[i]);
		p->last[i] = NULL;
	}
}

static int
remember_last(struct pass *p, sqlite3_stmt *s, struct err *e)
{
	forget_last(p);
	for (size_t i = 0; i < p->n_last; i++) {
		p->last[i] = sqlite3_value_dup(sqlite3_column_value(s,
		    (int)(p->q->table->n_key + i)));
		if (!p->last[i])
			return err_set(e, ERR_MEMORY, "no memory");
	}
	return 0;
}

static void
take_sorts(struct pass *p, sqlite3_stmt *s)
{
	int at = (int)(p->q->table->n_key + p->n_last);
	struct item *it = &p->items.item[p->items.n - 1];

	for (size_t k = 0; k < p->n_sorts; k++)
		it->sort[k] = items_sort_key(sqlite3_column_value(s,
		    at + (int)k));
}

static bool
group_full(const struct pass *p)
{
	return p->items.n == ITEMS_MOST ||
	    p->items.keys.n >= ITEMS_MOST_BYTES;
}

/* The next group of due rows, from where the last one ended. */
static int
choose(struct pass *p, struct err *e)
{
	sqlite3_stmt *s = p->last[0] ? p->next : p->first;
	int rc = SQLITE_OK;

	for (size_t i = 0; p->last[0] && rc == SQLITE_OK && i < p->n_last; i++)
		rc = sqlite3_bind_value(s, (int)i + 1, p->last[i]);
	items_reset(&p->items);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(s);
		if (rc != SQLITE_ROW)
			break;
		if (items_add(&p->items, s) == -1)
			rc = SQLITE_NOMEM;
		else
			take_sorts(p, s);
		if (rc != SQLITE_ROW || !group_full(p))
			continue;
		rc = remember_last(p, s, e) == -1 ? SQLITE_NOMEM : SQLITE_DONE;
	}
	sqlite3_reset(s);
	return rc == SQLITE_DONE ? 0 : db_fail(p->q->db, rc, e, "select");
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
	commit_root(o->c, o->n, root);
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

static int
report_op(struct pass *p, size_t op, const struct err *why, struct err *e)
{
	struct store_outcome o = { .err = ERR_EMPTY };

	memcpy(o.op, p->ops[op].op, sizeof(o.op));
	for (size_t i = 0; i < p->items.n; i++) {
		const struct item *it = &p->items.item[i];

		if (it->op != op)
			continue;
		o.n++;
		o.erased += it->state == ITEM_ERASED;
		o.skipped_drift += it->state == ITEM_SKIPPED;
		o.left += it->state == ITEM_LEFT || it->state == ITEM_CHOSEN;
	}
	erase_words(p->q, &o);
	o.ms = clock_since_ms(p->started, clock_mono());
	if (o.left > 0)
		o.err = why && why->code != ERR_NONE ? *why : p->row_err;
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
	go = p->sink->go(p->sink->ctx, e);
	if (go == -1)
		return -1;
	if (go == 0) {
		p->ret->stopped = p->ret->more = true;
		return report(p, NULL, e);
	}
	items_sort(&p->items, p->n_sorts);
	rc = act_run(p->act, &p->row_err, &why);
	if (act_look(p->act, rc == -1 ? &second : &why) == -1) {
		*e = why;
		return -1;
	}
	if (report(p, &why, rc == -1 ? &second : e) == -1 && rc == 0)
		return -1;
	if (rc == -1)
		*e = why;
	return rc;
}

int
erase_settle(const struct query *q, struct err *e)
{
	return db_exec(q->db, "PRAGMA wal_autocheckpoint=16000", e);
}

void
erase_finish(const struct query *q)
{
	sqlite3 *h = q->db->h;
	int wait_ms = (int)q->db->store->busy_ms;

	if (!q->db->wal)
		return;
	/* Waiting would hold the writers' lock. */
	sqlite3_busy_timeout(h, 0);
	if (sqlite3_wal_checkpoint_v2(h, "main", SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL) != SQLITE_OK)
		(void)sqlite3_wal_checkpoint_v2(h, "main",
		    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	sqlite3_busy_timeout(h, wait_ms > 0 ? wait_ms : 5000);
}

static int
prepare(struct pass *p, struct err *e)
{
	const struct query *q = p->q;

	p->by_clock = q->when.column &&
	    table_indexed(q->db, q->table, q->when.column) &&
	    strcasecmp(q->when.column, q->table->key[0]) != 0;
	if (q->table->n_key >= MOST_ORDER)
		return err_set(e, ERR_REFUSED, "a key of more than %d columns",
		    MOST_ORDER - 1);
	if (items_init(&p->items, q->table->n_key) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	pace_init(&p->pace, q->db->store->lock_ms, clock_mono());
	if (erase_settle(q, e) == -1 ||
	    select_sql(p, false, &p->first, e) == -1 ||
	    select_sql(p, true, &p->next, e) == -1)
		return -1;
	return act_new(q, &p->items, &p->pace, &p->act, e);
}

int
erase_pass(const struct query *q, const struct store_sink *sink,
    struct store_result *ret, struct err *e)
{
	struct pass p = { .q = q, .sink = sink, .ret = ret };
	int rc = prepare(&p, e);

	while (rc == 0 && !ret->stopped) {
		rc = choose(&p, e);
		if (rc == -1 || p.items.n == 0)
			break;

		bool last = !group_full(&p);

		rc = group(&p, e);
		if (last)
			break;
	}
	erase_finish(q);
	act_free(p.act);
	sqlite3_finalize(p.first);
	sqlite3_finalize(p.next);
	forget_last(&p);
	items_release(&p.items);
	explicit_bzero(p.ops, sizeof(p.ops));
	return rc == -1 ? err_wrap(e, "dataset %s", q->d->full) : 0;
}
