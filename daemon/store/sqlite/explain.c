/*
 * explain - what the query's parts say of one row.
 */
#include "explain.h"

#include "retention/buf.h"
#include "retention/judge.h"
#include "retention/pool.h"
#include "retention/timetext.h"

#include "db.h"
#include "query.h"
#include "sql.h"
#include "table.h"

enum column { WHERE, ABSENT, INSTANT, FUTURE, DUE, RIVALS, NEEDS, GATE, GOES,
	N_COLUMNS };
#define OF_RIVAL 3		/* columns: where, due, instant */

static int
due_at(const struct rule_timing *t, bool dated, int64_t instant_ms,
    struct wall *ret, bool *ret_has, struct err *e)
{
	struct zone *zone = NULL;

	*ret_has = false;
	if (t->keep != RULE_PERIOD && t->keep != RULE_UNTIL) {
		*ret_has = judge_due_at(t, NULL, NULL, ret) == 0;
		return 0;
	}
	if (!dated)
		return 0;
	if (t->zone && timetext_zone(t->zone, &zone, e) == -1)
		return -1;
	*ret = when_due_at(t, zone, instant_ms);
	*ret_has = true;
	timetext_zone_free(zone);
	return 0;
}

static void
put_key(struct buf *b, const struct query *q, bool as_text)
{
	if (!as_text)
		buf_puts(b, q->is_key);
	for (size_t i = 0; as_text && i < q->table->n_key; i++) {
		buf_puts(b, i ? " AND CAST(" : "CAST(");
		sql_ident(b, q->table->key[i]);
		buf_putf(b, " AS TEXT) = ?%zu", i + 1);
	}
}

static int
prepare(const struct query *q, const struct explain_key *key, bool as_text,
    sqlite3_stmt **ret, struct err *e)
{
	const struct when *w = &q->when;
	struct buf b = BUF_EMPTY;
	int rc;

	buf_putf(&b, "SELECT %s, %s, %s, %s, %s IS TRUE, %s, %s, %s, (%s)",
	    q->where, w->absent, w->instant, w->future, w->due, q->rivals,
	    q->needs, q->gate, q->due);
	for (size_t i = 0; i < q->d->n_rivals; i++)
		buf_putf(&b, ", %s, %s IS TRUE, %s", q->rival[i].where,
		    q->rival[i].when.due, q->rival[i].when.instant);
	buf_putf(&b, " FROM %s WHERE ", q->from);
	put_key(&b, q, as_text);
	rc = buf_failed(&b) ? err_set(e, ERR_MEMORY, "no memory") :
	    query_prepare(q, buf_text(&b), false, ret, e);
	buf_release(&b);
	for (size_t i = 0; rc == 0 && i < key->n; i++)
		sqlite3_bind_text(*ret, (int)i + 1, key->text[i], -1,
		    SQLITE_STATIC);
	return rc;
}

static int
read_rivals(const struct query *q, sqlite3_stmt *s, struct pool *p,
    struct explain *ret, struct err *e)
{
	size_t n = q->d->n_rivals;
	struct explain_rival *list = pool_array(p, n + 1, sizeof(*list));

	if (!list)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < n; i++) {
		const struct rule_rival *r = &q->d->rivals[i];
		int at = N_COLUMNS + (int)i * OF_RIVAL;
		bool dated = sqlite3_column_type(s, at + 2) != SQLITE_NULL;

		list[i] = (struct explain_rival){ .dataset = r->dataset,
			.matches = sqlite3_column_int(s, at) != 0,
			.due = sqlite3_column_int(s, at + 1) != 0 };
		if (due_at(&r->timing, dated, sqlite3_column_int64(s, at + 2),
		    &list[i].due_at, &list[i].has_due_at, e) == -1)
			return -1;
	}
	ret->rivals = list;
	ret->n_rivals = n;
	return 0;
}

/* The order of the questions is that of a plan's classes. */
static enum explain_clock
clock_of(const struct query *q, sqlite3_stmt *s)
{
	if (!q->when.by_value)
		return EXPLAIN_NO_CLOCK;
	if (sqlite3_column_int(s, ABSENT))
		return EXPLAIN_ABSENT;
	if (sqlite3_column_type(s, INSTANT) == SQLITE_NULL)
		return EXPLAIN_UNDATED;
	return sqlite3_column_int(s, FUTURE) ? EXPLAIN_FUTURE : EXPLAIN_DATED;
}

static int
read_row(const struct query *q, sqlite3_stmt *s, struct pool *p,
    struct explain *ret, struct err *e)
{
	int gate = sqlite3_column_int(s, GATE);

	*ret = (struct explain){
		.matches = sqlite3_column_int(s, WHERE) != 0,
		.clock = clock_of(q, s),
		.time = { sqlite3_column_int64(s, INSTANT) },
		.due = sqlite3_column_int(s, DUE) != 0,
		.outlasted = sqlite3_column_int(s, RIVALS) != 0,
		.needs = sqlite3_column_int(s, NEEDS) != 0,
		.goes = sqlite3_column_int(s, GOES) != 0,
	};
	ret->gate = gate >= 0 && gate < GATE_N_STATES ?
	    (enum gate_state)gate : GATE_HELD;
	ret->has_time = ret->clock == EXPLAIN_DATED ||
	    ret->clock == EXPLAIN_FUTURE;
	if (due_at(&q->d->timing, ret->clock == EXPLAIN_DATED, ret->time.ms,
	    &ret->due_at, &ret->has_due_at, e) == -1)
		return -1;
	return read_rivals(q, s, p, ret, e);
}

static int
find(const struct query *q, const struct explain_key *key, bool as_text,
    struct pool *p, struct explain *ret, struct err *e)
{
	sqlite3_stmt *s = NULL;
	uint64_t rows = ret->rows;
	int rc, step;

	if (prepare(q, key, as_text, &s, e) == -1)
		return -1;
	for (rc = 0; rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW;
	    rows++)
		if (rows == 0)
			rc = read_row(q, s, p, ret, e);
	sqlite3_finalize(s);
	if (rc == 0 && step != SQLITE_DONE)
		return db_fail(q->db, step, e, "explain");
	ret->rows = rows;
	return rc;
}

int
explain_row(const struct query *q, const struct explain_key *key,
    struct pool *p, struct explain *ret, struct err *e)
{
	uint64_t before = ret->rows;

	if (key->n != q->table->n_key)
		return err_set(e, ERR_INPUT, "the key of table %s is (%s): "
		    "expected %zu value%s", q->table->name, q->key,
		    q->table->n_key, q->table->n_key == 1 ? "" : "s");
	if (find(q, key, false, p, ret, e) == -1)
		return -1;
	/* A column without a type keeps numbers, which equal no text. */
	return ret->rows != before ? 0 : find(q, key, true, p, ret, e);
}
