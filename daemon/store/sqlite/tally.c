/*
 * tally - one pass over a table gives all counts of a plan.
 *
 * SQL gives each row its class and its instant; the two times of a plan are
 * worked out here, with the calendar, exactly.
 */
#include "tally.h"

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/gate.h"
#include "retention/pool.h"
#include "retention/timetext.h"

#include "db.h"
#include "query.h"

enum class { DUE, RESTRICTED, HELD, UNDATED, FUTURE, KEPT, SILENT,
	OTHERS };

_Static_assert(DUE + GATE_RESTRICTED == RESTRICTED && DUE + GATE_HELD == HELD,
    "the class of a due row is its gate");

/* Of a person's request only the person's rows count; kept are those that
 * another dataset keeps. */
static char *
class_of_persons(const struct query *q)
{
	return pool_printf(q->pool, "SELECT CASE WHEN NOT %s OR NOT %s OR NOT "
	    "%s THEN %d WHEN NOT %s THEN %d ELSE %s END, NULL FROM %s",
	    q->where, q->when.due, q->needs, OTHERS, q->rivals, KEPT, q->gate,
	    q->from);
}

/* The order of the questions is that of judge_value(). */
static char *
class_sql(const struct query *q)
{
	const struct when *w = &q->when;
	struct buf b = BUF_EMPTY;

	buf_putf(&b, "SELECT CASE WHEN NOT %s THEN %d", q->where, SILENT);
	if (w->by_value)
		buf_putf(&b, " WHEN %s THEN %d WHEN %s IS NULL THEN %d"
		    " WHEN %s THEN %d", w->absent, SILENT, w->instant, UNDATED,
		    w->future, FUTURE);
	buf_putf(&b, " WHEN NOT %s THEN %d WHEN %s AND %s THEN %s ELSE %d END,"
	    " %s FROM %s", w->due, KEPT, q->rivals, q->needs, q->gate, SILENT,
	    w->instant, q->from);

	char *sql = buf_failed(&b) ? NULL : pool_dup(q->pool, buf_text(&b));

	buf_release(&b);
	return sql;
}

/* The earliest of many due times.  Later rows may fall due earlier only
 * where days of one month's end fall together: within three days. */
struct earliest {
	bool has;
	int64_t from_ms;	/* the smallest instant seen */
	struct wall due;
};

struct counting {
	const struct query *q;
	struct zone *zone;
	struct earliest oldest, next;
};

static void
consider(const struct counting *c, struct earliest *x, int64_t instant_ms)
{
	if (x->has && instant_ms - 5 * CALENDAR_DAY_MS > x->from_ms)
		return;

	struct wall due = when_due_at(&c->q->d->timing, c->zone, instant_ms);

	if (!x->has || due.ms < x->due.ms)
		x->due = due;
	if (!x->has || instant_ms < x->from_ms)
		x->from_ms = instant_ms;
	x->has = true;
}

static void
count_row(struct counting *c, enum class class, int64_t instant_ms,
    struct store_counts *n)
{
	bool until = c->q->d->timing.keep == RULE_UNTIL;
	bool timed = c->q->when.by_value;

	n->total += class != OTHERS;
	switch (class) {
	case DUE:
		n->due++;
		if (timed)
			consider(c, &c->oldest, instant_ms);
		return;
	case RESTRICTED:
		n->restricted++;
		return;
	case HELD:
		n->held++;
		return;
	case UNDATED:
		n->undated++;
		return;
	case FUTURE:
		n->future++;
		if (until)
			consider(c, &c->next, instant_ms);
		return;
	case KEPT:
		n->kept++;
		if (timed)
			consider(c, &c->next, instant_ms);
		return;
	case SILENT:
		n->kept++;
		return;
	case OTHERS:
		return;
	}
}

static void
earlier(bool *has, struct wall *best, struct wall t)
{
	if (!*has || t.ms < best->ms)
		*best = t;
	*has = true;
}

/* Rules without a time of the row's own have one due time for all rows. */
static void
settle(const struct counting *c, const struct store_counts *n,
    struct store_counts *ret)
{
	const struct rule_timing *t = &c->q->d->timing;
	struct wall due = { 0 };
	bool known = c->q->d->n_wanted == 0 && (t->keep == RULE_UNTIL_DATE ||
	    (t->keep == RULE_UNTIL_EVENT && t->fired));

	if (t->keep == RULE_UNTIL_DATE)
		due.ms = (t->until_day + 1) * CALENDAR_DAY_MS;
	else if (known)
		due = calendar_add(t->fired_at, t->grace);
	if (known && n->due > 0)
		earlier(&ret->has_oldest, &ret->oldest_due, due);
	if (known && due.ms > c->q->at.ms && n->kept > 0)
		earlier(&ret->has_next, &ret->next_due, due);
	if (c->oldest.has)
		earlier(&ret->has_oldest, &ret->oldest_due, c->oldest.due);
	if (c->next.has)
		earlier(&ret->has_next, &ret->next_due, c->next.due);
	ret->total += n->total;
	ret->due += n->due;
	ret->held += n->held;
	ret->restricted += n->restricted;
	ret->undated += n->undated;
	ret->future += n->future;
	ret->kept += n->kept;
}

static int
add_clause(const struct query *q, struct store_counts *ret, struct err *e)
{
	struct buf b = BUF_EMPTY;

	if (ret->clause)
		return 0;
	buf_putf(&b, "SELECT %s FROM %s WHERE %s", q->key, q->from, q->due);
	ret->clause = buf_failed(&b) ? NULL : strdup(buf_text(&b));
	buf_release(&b);
	return ret->clause ? 0 : err_set(e, ERR_MEMORY, "no memory");
}

int
tally_count(const struct query *q, struct store_counts *ret, struct err *e)
{
	struct counting c = { .q = q };
	struct store_counts n = { .total = 0 };
	char *sql = q->d->n_wanted > 0 ? class_of_persons(q) : class_sql(q);
	sqlite3_stmt *s = NULL;
	int rc;

	if (!sql)
		return err_set(e, ERR_MEMORY, "no memory");
	if (q->d->timing.zone &&
	    timetext_zone(q->d->timing.zone, &c.zone, e) == -1)
		return -1;
	if (query_prepare(q, sql, false, &s, e) == -1) {
		timetext_zone_free(c.zone);
		return -1;
	}
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		count_row(&c, (enum class)sqlite3_column_int(s, 0),
		    sqlite3_column_int64(s, 1), &n);
	sqlite3_finalize(s);
	if (rc == SQLITE_DONE)
		settle(&c, &n, ret);
	timetext_zone_free(c.zone);
	if (rc != SQLITE_DONE)
		return db_fail(q->db, rc, e, "plan");
	return add_clause(q, ret, e);
}

int
tally_peek(const struct query *q, bool *ret_due, struct err *e)
{
	struct buf b = BUF_EMPTY;
	sqlite3_stmt *s = NULL;
	int rc;

	buf_putf(&b, "SELECT 1 FROM %s WHERE %s LIMIT 1", q->from, q->due);
	rc = query_prepare(q, buf_text(&b), false, &s, e);
	buf_release(&b);
	if (rc == -1)
		return -1;
	rc = sqlite3_step(s);
	sqlite3_finalize(s);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_fail(q->db, rc, e, "peek");
	*ret_due = rc == SQLITE_ROW;
	return 0;
}
