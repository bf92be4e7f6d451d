/*
 * act - the erasing transactions.
 *
 * A row that fails by a constraint or by RAISE in a trigger is left.  Where it
 * shows only at the commit, or takes the transaction down, one by one.
 */
#include "act.h"

#include "retention/pool.h"
#include "retention/store.h"

#include "act_private.h"
#include "attach.h"
#include "mark.h"
#include "query.h"
#include "table.h"
#include "turn.h"

#define MOST_FAILED 100		/* and a tenth: the pass stops */

static int
prepare_taken(struct act *a, struct err *e)
{
	const struct query *q = a->q;
	char *sql = pool_printf(q->pool, "SELECT 1 FROM %s WHERE %s AND %s",
	    q->from, q->is_key, q->needs);
	return sql ? query_prepare(q, sql, false, &a->taken, e) :
	    err_set(e, ERR_MEMORY, "no memory");
}

static int
prepare_all(struct act *a, struct err *e)
{
	const struct query *q = a->q;
	char *test = pool_printf(q->pool, "SELECT 1 FROM %s WHERE %s AND (%s)",
	    q->from, q->is_key, q->due);
	bool children = q->n_before > 0;

	if (!test)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < q->n_before; i++)
		if (query_prepare(q, q->before[i], true, &a->before[i],
		    e) == -1)
			return -1;
	a->careful = children || a->attach || db_has_triggers(q->db);
	if (query_prepare(q, "BEGIN IMMEDIATE", true, &a->begin, e) == -1 ||
	    query_prepare(q, "COMMIT", true, &a->commit, e) == -1 ||
	    query_prepare(q, "SAVEPOINT retention", true, &a->save, e) == -1 ||
	    query_prepare(q, "ROLLBACK TO retention", true, &a->undo,
	    e) == -1 ||
	    query_prepare(q, "RELEASE retention", true, &a->free, e) == -1 ||
	    query_prepare(q, test, false, &a->look, e) == -1 ||
	    query_prepare(q, children ? q->act_plain : q->act, true, &a->act,
	    e) == -1)
		return -1;
	if (children && query_prepare(q, test, false, &a->test, e) == -1)
		return -1;
	if (a->whole && prepare_taken(a, e) == -1)
		return -1;
	return db_prepare(q->db, "PRAGMA schema_version", &a->version, e);
}

int
act_new(const struct query *q, struct items *items, struct turn *turn,
    struct act **ret, struct err *e)
{
	struct act *a = calloc(1, sizeof(*a));

	if (!a)
		return err_set(e, ERR_MEMORY, "no memory");
	a->q = q;
	a->items = items;
	a->turn = turn;
	a->whole = q->d->n_fixes > 0;
	if (attach_new(q, items, &a->attach, e) == -1 ||
	    attach_recover(a->attach, e) == -1 || prepare_all(a, e) == -1) {
		act_free(a);
		return -1;
	}
	*ret = a;
	return 0;
}

void
act_free(struct act *a)
{
	if (!a)
		return;

	sqlite3_stmt *all[] = { a->begin, a->commit, a->version, a->look,
		a->save, a->undo, a->free, a->test, a->act, a->taken };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		sqlite3_finalize(all[i]);
	for (size_t i = 0; i < sizeof(a->before) / sizeof(*a->before); i++)
		sqlite3_finalize(a->before[i]);
	attach_free(a->attach);
	free(a);
}

static const char *
constraint(const struct act *a, int rc)
{
	static const struct { int rc; const char *name; } names[] = {
		{ SQLITE_CONSTRAINT_CHECK, "CHECK" },
		{ SQLITE_CONSTRAINT_DATATYPE, "type of a STRICT table" },
		{ SQLITE_CONSTRAINT_FOREIGNKEY, "FOREIGN KEY" },
		{ SQLITE_CONSTRAINT_NOTNULL, "NOT NULL" },
		{ SQLITE_CONSTRAINT_TRIGGER, "a trigger" },
		{ SQLITE_CONSTRAINT_UNIQUE, "UNIQUE" },
	};
	int code = sqlite3_extended_errcode(a->q->db->h);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].rc == code)
			return names[i].name;
	return sqlite3_errstr(rc);
}

/* What the failure of one row's statement means. */
static enum step
failure(struct act *a, int rc)
{
	int primary = rc & 0xff;

	if (primary != SQLITE_CONSTRAINT && primary != SQLITE_MISMATCH &&
	    primary != SQLITE_TOOBIG && primary != SQLITE_RANGE) {
		(void)db_fail(a->q->db, rc, a->row_err, "erase");
		return STEP_BROKEN;
	}
	if (a->whole)
		(void)err_set(a->row_err, ERR_REFUSED, "the application's "
		    "rules do not allow it (%s)", constraint(a, rc));
	else
		(void)err_set(a->row_err, ERR_STORE, "the application's rules "
		    "keep some rows: %s", sqlite3_errstr(rc));
	return sqlite3_get_autocommit(a->q->db->h) ? STEP_TORN : STEP_FAILED;
}

static enum step
do_row(struct act *a, size_t i)
{
	int rc = a->test ? act_private_run(a, i, a->test) : SQLITE_ROW;
	if (rc == SQLITE_DONE)
		return STEP_SKIP;
	if (rc != SQLITE_ROW)
		return failure(a, rc);
	rc = a->attach ? attach_hide(a->attach, i, a->row_err) : 1;
	if (rc != 1)
		return rc == 0 ? STEP_SKIP : STEP_FAILED;
	for (size_t k = 0; k < a->q->n_before; k++)
		if ((rc = act_private_run(a, i, a->before[k])) != SQLITE_DONE)
			return failure(a, rc);
	rc = act_private_run(a, i, a->act);
	if (rc != SQLITE_DONE)
		return failure(a, rc);
	switch (sqlite3_changes(a->q->db->h)) {
	case 0:
		return STEP_SKIP;
	case 1:
		return STEP_DONE;
	default:		/* a key that names two rows is none */
		(void)err_set(a->row_err, ERR_CHANGED,
		    "a key names more than one row");
		return STEP_BROKEN;
	}
}

static enum step
do_row_safely(struct act *a, size_t i)
{
	enum step step;

	if (!a->careful)
		return do_row(a, i);
	if (db_run(a->save) != SQLITE_DONE)
		return STEP_BROKEN;
	step = do_row(a, i);
	if (step == STEP_TORN)
		return step;
	if (step != STEP_DONE) {
		attach_undo(a->attach, i);
		if (db_run(a->undo) != SQLITE_DONE)
			return STEP_BROKEN;
	}
	return db_run(a->free) == SQLITE_DONE ? step : STEP_BROKEN;
}

/* Of a correction: one row that does not take it, and none has it. */
static enum step
or_nothing(struct act *a, enum step step)
{
	if (step == STEP_SKIP)
		(void)err_set(a->row_err, ERR_CHANGED, "a row changed, or came "
		    "under a hold, meanwhile");
	return step == STEP_DONE ? STEP_DONE : STEP_BROKEN;
}

static int
begin(struct act *a, struct err *e)
{
	int rc;

	turn_wait(a->turn);
	rc = a->whole ? act_look_lock(a) : db_run(a->begin);
	if (rc != SQLITE_DONE)
		return db_fail(a->q->db, rc, e, "write lock");
	turn_begin(a->turn);
	if (db_number(a->version) != a->q->schema_version) {
		act_private_undo(a);
		return err_set(e, ERR_CHANGED, "store %s: its schema changed "
		    "under way", a->q->db->store->full);
	}
	if (db_same_file(a->q->db, e) == -1 || mark_move(a->q->db, e) == -1) {
		act_private_undo(a);
		return -1;
	}
	return 0;
}

static void
settle(struct act *a, const size_t range[2], uint8_t from, uint8_t to)
{
	for (size_t i = range[0]; i < range[1]; i++)
		if (a->items->item[i].state == from)
			a->items->item[i].state = to;
}

/* Between two transactions nothing is erased yet: the states of this one are
 * kept aside in bit 7 until its commit. */
#define PENDING 0x80

static void
finish(struct act *a, const size_t range[2], bool committed)
{
	for (size_t i = range[0]; i < range[1]; i++) {
		struct item *it = &a->items->item[i];

		if (it->state & PENDING)
			it->state = committed ?
			    (uint8_t)(it->state & ~PENDING) : ITEM_CHOSEN;
	}
}

static bool
is_too_much(const struct act *a)
{
	return a->failed > MOST_FAILED && a->failed * 10 > a->tried;
}

/* From range[0] on until it is time to commit; range[1] is where it ended. */
static enum step
do_range(struct act *a, size_t range[2], size_t most)
{
	struct items *x = a->items;
	size_t i = range[0];
	enum step step = STEP_DONE;

	for (size_t n = 0; i < x->n && n < most; i++, n++) {
		if (x->item[i].state != ITEM_CHOSEN)
			continue;
		step = do_row_safely(a, i);
		if (a->whole)
			step = or_nothing(a, step);
		if (step >= STEP_TORN)
			break;
		a->tried++;
		a->failed += step == STEP_FAILED;
		x->item[i].state = PENDING | (step == STEP_DONE ?
		    ITEM_ERASED : step == STEP_SKIP ? ITEM_SKIPPED : ITEM_LEFT);
		if (!a->whole && (attach_full(a->attach) || is_too_much(a) ||
		    (n % 8 == 7 && turn_over(a->turn)))) {
			i++;
			break;
		}
	}
	range[1] = i < x->n ? i + (step == STEP_TORN) : x->n;
	return step;
}

/* 1: done up to range[1]; 0: the transaction was undone, retry one by one. */
static int
transaction(struct act *a, size_t range[2], size_t most, struct err *e)
{
	enum step step;

	if (begin(a, e) == -1)
		return -1;
	step = do_range(a, range, most);
	if (a->whole && step == STEP_DONE)
		step = act_look_kept(a, range[1]);
	turn_commit(a->turn);
	if (step != STEP_TORN && attach_seal(a->attach, a->row_err) == -1)
		step = STEP_BROKEN;

	int rc = step >= STEP_TORN ? SQLITE_ABORT : db_run(a->commit);

	if (rc != SQLITE_DONE)
		act_private_undo(a);
	finish(a, range, rc == SQLITE_DONE);
	a->unsettled = attach_end(a->attach, rc, a->row_err) == -1;
	if (rc == SQLITE_DONE) {
		turn_end(a->turn);
		*e = a->unsettled ? *a->row_err : *e;
		return a->unsettled ? -1 : 1;
	}
	if (step == STEP_BROKEN) {
		*e = *a->row_err;
		return e->code == ERR_NONE ? err_set(e, ERR_STORE,
		    "erase: failed") : -1;
	}
	if (step == STEP_TORN || failure(a, rc) != STEP_BROKEN)
		return 0;
	return db_fail(a->q->db, rc, e, "commit");
}

void
act_ask(struct act *a, const struct store_sink *sink)
{
	a->sink = sink;
}

bool
act_halted(const struct act *a)
{
	return a->halted;
}

bool
act_unsettled(const struct act *a)
{
	return a->unsettled;
}

/* Where so much goes wrong the rule is wrong, or the application is. */
static bool
fails_too_often(struct act *a)
{
	if (!is_too_much(a))
		return false;
	(void)err_set(a->row_err, ERR_STORE, "stopped: %zu of %zu rows "
	    "cannot go: the application's rules keep them", a->failed,
	    a->tried);
	return a->halted = true;
}

/* I11: a pass can be ended between two transactions. */
static bool
must_halt(struct act *a)
{
	if (fails_too_often(a))
		return true;
	if (a->sink == NULL || a->sink->halted == NULL ||
	    !a->sink->halted(a->sink->ctx))
		return false;
	(void)err_set(a->row_err, ERR_REFUSED, "stopped under way");
	return a->halted = true;
}

int
act_run(struct act *a, struct err *row_err, struct err *e)
{
	size_t range[2] = { 0, 0 };

	*row_err = ERR_EMPTY;
	a->row_err = row_err;
	while (range[0] < a->items->n && !must_halt(a)) {
		int rc = transaction(a, range, SIZE_MAX, e);

		if (rc == 0 && a->whole) {	/* not at the commit */
			*e = *row_err;
			return -1;
		}
		for (size_t i = range[0]; rc == 0 && i < range[1]; i++) {
			size_t one[2] = { i, i + 1 };

			rc = transaction(a, one, 1, e);
			if (rc == 0) {
				settle(a, one, ITEM_CHOSEN, ITEM_LEFT);
				a->failed++;
				a->tried++;
			}
			rc = rc == -1 ? -1 : i + 1 == range[1];
		}
		if (rc == -1)
			return -1;
		range[0] = range[1];
	}
	return 0;
}

bool
act_is_careful(const struct act *a)
{
	return a->careful;
}
