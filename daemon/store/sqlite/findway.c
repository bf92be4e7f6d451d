/*
 * findway - SQLite's own planner is asked whether an index serves, so nothing
 * here parses a schema.
 */
#include "findway.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/subjectrange.h"

#include "db.h"
#include "guard.h"
#include "sql.h"
#include "table.h"

#define MOST_RANGES 1024
#define NEARLY 1e-13		/* digits that a number loses as text */

static void
put_form(struct buf *b, enum findway_form form, const char *column)
{
	static const char *const before[FINDWAY_N_FORMS] = {
		[FINDWAY_LOWER] = "lower(", [FINDWAY_LOWER_TRIM] =
		    "lower(trim(" };
	static const char *const after[FINDWAY_N_FORMS] = {
		[FINDWAY_BINARY] = " COLLATE BINARY",
		[FINDWAY_NOCASE] = " COLLATE NOCASE",
		[FINDWAY_LOWER] = ")", [FINDWAY_LOWER_TRIM] = "))" };

	buf_puts(b, before[form] != NULL ? before[form] : "");
	sql_ident(b, column);
	buf_puts(b, after[form]);
}

static int
prepare(struct db *db, const char *sql, sqlite3_stmt **ret, struct err *e)
{
	int rc;

	db->guard->mode = GUARD_QUERY;
	rc = db_prepare(db, sql, ret, e);
	db->guard->mode = GUARD_SCHEMA;
	return rc;
}

/* Would SQLite go to the place in an index? */
static int
serves(struct db *db, const struct table *t, const char *column,
    enum findway_form form, struct err *e)
{
	struct buf b = BUF_EMPTY;
	sqlite3_stmt *s = NULL;
	const char *detail;
	int rc = -1;

	buf_puts(&b, "EXPLAIN QUERY PLAN SELECT * FROM ");
	sql_ident(&b, t->name);
	buf_puts(&b, " WHERE ");
	put_form(&b, form, column);
	buf_puts(&b, " >= ?1 AND ");
	put_form(&b, form, column);
	buf_puts(&b, " < ?2");
	if (buf_failed(&b))
		(void)err_set(e, ERR_MEMORY, "no memory");
	else if (prepare(db, buf_text(&b), &s, e) == 0)
		rc = 0;
	if (rc == 0 && sqlite3_step(s) == SQLITE_ROW) {
		detail = (const char *)sqlite3_column_text(s, 3);
		rc = detail != NULL && strncmp(detail, "SEARCH ", 7) == 0;
	}
	sqlite3_finalize(s);
	buf_release(&b);
	return rc;
}

/* Column affinity, "Datatypes In SQLite", section 3.1: a text bound would be
 * made a number. */
static void
affinity(struct db *db, const struct table *t, const char *column,
    struct findway *ret)
{
	static const char *const texts[] = { "CHAR", "CLOB", "TEXT" };
	const char *type = NULL;
	char upper[64] = "";

	(void)sqlite3_table_column_metadata(db->h, "main", t->name, column,
	    &type, NULL, NULL, NULL, NULL);
	ret->numbers = ret->texts = false;
	if (type == NULL || *type == '\0')
		return;
	for (size_t i = 0; i < sizeof(upper) - 1 && type[i] != '\0'; i++)
		upper[i] = (char)(type[i] >= 'a' && type[i] <= 'z' ?
		    type[i] - 32 : type[i]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ret->texts |= strstr(upper, texts[i]) != NULL;
	if (strstr(upper, "INT") != NULL)
		ret->texts = false;
	ret->numbers = !ret->texts && (strstr(upper, "INT") != NULL ||
	    strstr(upper, "BLOB") == NULL);
}

static int
is_utf8(struct db *db, struct err *e)
{
	sqlite3_stmt *s;
	const char *name;
	int rc;

	if (db_prepare(db, "PRAGMA encoding", &s, e) == -1)
		return -1;
	rc = sqlite3_step(s) == SQLITE_ROW;
	name = rc ? (const char *)sqlite3_column_text(s, 0) : NULL;
	rc = name != NULL && strcmp(name, "UTF-8") == 0;
	sqlite3_finalize(s);
	return rc;
}

int
findway_find(struct db *db, const struct table *t, const char *column,
    struct findway *ret, struct err *e)
{
	int rc = is_utf8(db, e);

	if (rc != 1)
		return rc;
	rc = 0;
	for (int i = 0; rc == 0 && i < FINDWAY_N_FORMS; i++) {
		ret->form = (enum findway_form)i;
		rc = serves(db, t, column, ret->form, e);
	}
	affinity(db, t, column, ret);
	return rc;
}

/* "x >= ?1 AND x < ?2", or another pair of conditions. */
static int
begin(const struct findway *w, const char *column, const char *from,
    const char *to, const struct findway_visit *v, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc;

	put_form(&b, w->form, column);
	buf_puts(&b, from);
	if (to != NULL) {
		buf_puts(&b, " AND ");
		put_form(&b, w->form, column);
		buf_puts(&b, to);
	}
	rc = buf_failed(&b) ? err_set(e, ERR_MEMORY, "no memory") :
	    v->begin(v->ctx, buf_text(&b), e);
	buf_release(&b);
	return rc;
}

static int
visit_texts(const struct findway *w, const char *column,
    const struct subjectform *f, const struct findway_visit *v, struct err *e)
{
	struct subjectrange *list;
	size_t n;
	int rc = begin(w, column, " >= ?1", " < ?2", v, e);

	if (rc == -1 || subjectrange_list(f, w->form != FINDWAY_BINARY,
	    MOST_RANGES, &list, &n, e) == -1)
		return -1;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = v->step(v->ctx, &(struct findway_bounds){ list[i].lo,
		    list[i].hi, list[i].n_lo, list[i].n_hi }, e);
	explicit_bzero(list, n * sizeof(*list));
	free(list);
	return rc;
}

static int
visit_number(const struct findway *w, const char *column,
    const struct subjectform *f, const struct findway_visit *v, struct err *e)
{
	double x, lo, hi;

	if (w->texts || !subjectrange_number(f, &x))
		return 0;
	lo = x - fabs(x) * NEARLY;
	hi = x + fabs(x) * NEARLY;
	if (begin(w, column, " >= ?1", " <= ?2", v, e) == -1)
		return -1;
	return v->step(v->ctx, &(struct findway_bounds){ &lo, &hi, -1, -1 }, e);
}

int
findway_visit(const struct findway *w, const char *column,
    const struct subjectform *f, const struct findway_visit *v, struct err *e)
{
	bool plain = w->form == FINDWAY_BINARY || w->form == FINDWAY_NOCASE;

	if (plain && visit_number(w, column, f, v, e) == -1)
		return -1;
	/* Behind all numbers come texts, behind all texts blobs. */
	if (plain && w->numbers)
		return begin(w, column, " >= ''", NULL, v, e) == -1 ? -1 :
		    v->step(v->ctx, NULL, e);
	if (visit_texts(w, column, f, v, e) == -1)
		return -1;
	if (!plain)
		return 0;
	return begin(w, column, " >= x''", NULL, v, e) == -1 ? -1 :
	    v->step(v->ctx, NULL, e);
}
