/*
 * probe - one value of one row says when an event happened.
 */
#include "probe.h"

#include "retention/judge.h"
#include "retention/timetext.h"

#include "db.h"
#include "guard.h"
#include "sql.h"

static struct judge_value
value_of(sqlite3_stmt *s)
{
	struct judge_value v = { .type = RULE_T_NULL };

	switch (sqlite3_column_type(s, 0)) {
	case SQLITE_INTEGER:
		v.type = RULE_T_INT;
		v.i = sqlite3_column_int64(s, 0);
		break;
	case SQLITE_FLOAT:
		v.type = RULE_T_REAL;
		v.r = sqlite3_column_double(s, 0);
		break;
	case SQLITE_TEXT:
		v.type = RULE_T_TEXT;
		v.text = (const char *)sqlite3_column_text(s, 0);
		v.n_text = (size_t)sqlite3_column_bytes(s, 0);
		break;
	default:			/* NULL, and blobs: unreadable */
		break;
	}
	return v;
}

/* An event in the future has not happened; an unreadable time is no time. */
static int
judge_row(sqlite3_stmt *s, const struct rule_event *ev, struct wall now,
    struct wall *ret_at, struct err *e)
{
	struct judge_value v = value_of(s);
	struct zone *z = NULL;
	struct wall at;
	int rc;

	if (ev->zone && timetext_zone(ev->zone, &z, e) == -1)
		return -1;
	rc = judge_instant(ev->clock, z, &v, &at);
	timetext_zone_free(z);
	if (rc == -1)
		return err_set(e, ERR_STORE, "event %s: its query gives no "
		    "time that can be read", ev->name);
	if (at.ms > now.ms)
		return 0;
	*ret_at = at;
	return 1;
}

int
probe_event(struct db *db, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc;

	if (sql_closed(ev->query, e) == -1)
		return err_wrap(e, "event %s", ev->name);
	db->guard->mode = GUARD_QUERY;
	rc = db_prepare_strict(db, ev->query, &s, e);
	db->guard->mode = GUARD_SCHEMA;
	if (rc == -1)
		return err_wrap(e, "event %s", ev->name);
	if (!sqlite3_stmt_readonly(s) || sqlite3_column_count(s) != 1) {
		sqlite3_finalize(s);
		return err_set(e, ERR_REFUSED, "event %s: expected a query "
		    "for one value", ev->name);
	}
	rc = sqlite3_step(s);
	if (rc == SQLITE_DONE || (rc == SQLITE_ROW &&
	    sqlite3_column_type(s, 0) == SQLITE_NULL))
		rc = 0;
	else if (rc == SQLITE_ROW)
		rc = judge_row(s, ev, now, ret_at, e);
	else
		rc = db_fail(db, rc, e, ev->name);
	sqlite3_finalize(s);
	if (rc == -1)
		return -1;
	*ret_fired = rc == 1;
	return 0;
}
