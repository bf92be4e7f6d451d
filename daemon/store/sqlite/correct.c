/*
 * correct - what is corrected is never what the row is found by in the trail,
 * nor what decides when and with what it goes: that would change the answer to
 * the question whether it is due, behind the policy's back.
 */
#include "correct.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "retention/buf.h"
#include "retention/gate.h"
#include "retention/subject.h"

#include "db.h"
#include "guard.h"
#include "query.h"
#include "sql.h"
#include "table.h"

/* Does the policy's column or expression read that column? */
static int
reads(const struct query *q, const char *text, const char *column, struct err *e)
{
	struct guard *g = q->db->guard;
	int rc;

	if (table_column(q->table, text) != NULL)
		return strcasecmp(text, column) == 0;
	g->watch = column;
	g->watched = false;
	rc = sql_condition(q->db, q->table->name, "what decides about rows",
	    text, e);
	g->watch = NULL;
	return rc == -1 ? -1 : g->watched;
}

/* Does that query of an event?  It may read other tables as well. */
static int
asks(const struct query *q, const char *text, const char *column, struct err *e)
{
	struct guard *g = q->db->guard;
	sqlite3_stmt *s = NULL;
	int rc = sql_closed(text, e);

	if (rc == 0) {
		g->mode = GUARD_QUERY;
		g->watch = column;
		g->watch_in = q->table->name;
		g->watched = false;
		rc = db_prepare_strict(q->db, text, &s, e);
		g->mode = GUARD_SCHEMA;
		g->watch = g->watch_in = NULL;
		sqlite3_finalize(s);
	}
	return rc == -1 ? err_wrap(e, "the query of an event") : g->watched;
}

typedef int reads_fn(const struct query *q, const char *text,
    const char *column, struct err *e);

/* What a generated column is made of is in no answer of SQLite's, so one that
 * decides stands for every column. */
static int
reads_generated(const struct query *q, reads_fn *in, const char *text,
    const char **ret_column, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < q->table->n_columns; i++) {
		*ret_column = q->table->columns[i].name;
		if (q->table->columns[i].generated)
			rc = in(q, text, *ret_column, e);
	}
	return rc;
}

static int
check_bound(const struct query *q, reads_fn *in, const char *text,
    const char *column, struct err *e)
{
	const char *other;
	int rc = in(q, text, column, e);

	if (rc != 0)
		return rc == -1 ? -1 : err_set(e, ERR_REFUSED, "column %s "
		    "decides when or with what a row of table %s goes, by the "
		    "policy: it is not corrected here", column, q->table->name);
	rc = reads_generated(q, in, text, &other, e);
	if (rc != 0)
		return rc == -1 ? -1 : err_set(e, ERR_REFUSED, "column %s "
		    "decides when or with what a row of table %s goes, and is "
		    "generated from others, perhaps from column %s: it is not "
		    "corrected here", other, q->table->name, column);
	return 0;
}

static bool
takes_numbers(const char *type)
{
	static const char *const words[] = { "INT", "REAL", "FLOA", "DOUB",
		"NUMERIC", "DEC" };

	for (size_t i = 0; type != NULL && i < sizeof(words) /
	    sizeof(words[0]); i++)
		if (strcasestr(type, words[i]) != NULL)
			return true;
	return false;
}

static bool
is_number(const char *text)
{
	char *end;

	(void)strtod(text, &end);
	return *text != '\0' && *end == '\0' &&
	    strspn(text, "0123456789.eE+-") == strlen(text);
}

static int
check_fix(const struct query *q, const struct rule_fix *f, struct err *e)
{
	const struct table_column *c = table_column(q->table, f->column);
	const char *type = NULL;

	if (c != NULL && c->pk > 0)
		return err_set(e, ERR_REFUSED, "column %s is of the primary "
		    "key of table %s: corrected, it would be another row",
		    f->column, q->table->name);
	for (size_t i = 0; i < q->d->n_bound; i++)
		if (check_bound(q, reads, q->d->bound[i], f->column, e) == -1)
			return -1;
	for (size_t i = 0; i < q->d->n_asked; i++)
		if (check_bound(q, asks, q->d->asked[i], f->column, e) == -1)
			return -1;
	sqlite3_table_column_metadata(q->db->h, "main", q->table->name,
	    f->column, &type, NULL, NULL, NULL, NULL);
	if (f->text != NULL && takes_numbers(type) && !is_number(f->text))
		return err_set(e, ERR_REFUSED, "column %s of table %s is "
		    "declared %s: expected a number", f->column,
		    q->table->name, type);
	return 0;
}

int
correct_check(const struct query *q, struct err *e)
{
	for (size_t i = 0; i < q->d->n_fixes; i++)
		if (check_fix(q, &q->d->fixes[i], e) == -1)
			return -1;
	return 0;
}

void
correct_set(struct buf *b, const struct rule_dataset *d, bool first)
{
	for (size_t i = 0; i < d->n_fixes; i++) {
		buf_puts(b, first && i == 0 ? "" : ", ");
		sql_ident(b, d->fixes[i].column);
		buf_putf(b, " = retention_new(%zu)", i);
	}
}

void
correct_needs(struct buf *b, const struct table *t,
    const struct rule_dataset *d)
{
	for (size_t i = 0; i < d->n_fixes; i++) {
		buf_puts(b, " OR NOT retention_is(");
		sql_ident(b, t->name);
		buf_puts(b, ".");
		sql_ident(b, d->fixes[i].column);
		buf_putf(b, ", %zu)", i);
	}
}

bool
correct_is_blind(const struct rule_dataset *d)
{
	for (size_t i = 0; i < d->n_fixes; i++)
		if (!d->fixes[i].null && d->fixes[i].text == NULL)
			return true;
	return false;
}

static const struct rule_fix *
fix_of(sqlite3_context *x, sqlite3_value *no)
{
	const struct db *db = sqlite3_user_data(x);
	size_t i = (size_t)sqlite3_value_int64(no);

	if (db->gates != NULL && i < db->n_fixes)
		return &db->fixes[i];
	sqlite3_result_error(x, "retention: no such correction", -1);
	return NULL;
}

static bool
has_hash(const struct db *db, const struct rule_fix *f, const char *text,
    size_t n)
{
	uint8_t hash[32];

	subject_value(db->gates->key, f->column, text, n, hash);
	return memcmp(hash, f->hash, sizeof(hash)) == 0;
}

#define MOST_PLACES 6

/* Affinity makes 42.0 of 42 in one column and 42 of 42.00 in another: it is
 * the same number with any zeros behind its last decimal. */
static bool
is_same_number(const struct db *db, const struct rule_fix *f, const char *text)
{
	char digits[44 + MOST_PLACES];
	size_t n = strlen(text), point = strcspn(text, ".");

	if (n >= 40 || strspn(text, "0123456789.-") != n)
		return false;
	memcpy(digits, text, n + 1);
	while (n > point && (digits[n - 1] == '0' || n - 1 == point))
		n--;
	if (n <= point) {
		n = point;
		if (has_hash(db, f, digits, n))
			return true;
		digits[n++] = '.';
	}
	for (; n - point - 1 <= MOST_PLACES; digits[n++] = '0')
		if (n > point + 1 && has_hash(db, f, digits, n))
			return true;
	return false;
}

/* retention_is(value, i): has it the i-th new value? */
static void
is(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	const struct db *db = sqlite3_user_data(x);
	const struct rule_fix *f = fix_of(x, argv[1]);
	int type = sqlite3_value_type(argv[0]);
	const char *text;

	(void)argc;
	if (f == NULL)
		return;
	if (f->null || type == SQLITE_NULL || type == SQLITE_BLOB) {
		sqlite3_result_int(x, f->null && type == SQLITE_NULL);
		return;
	}
	text = (const char *)sqlite3_value_text(argv[0]);
	if (text == NULL) {
		sqlite3_result_error_nomem(x);
		return;
	}
	sqlite3_result_int(x, has_hash(db, f, text,
	    (size_t)sqlite3_value_bytes(argv[0])) || (type != SQLITE_TEXT &&
	    is_same_number(db, f, text)));
}

/* retention_new(i): the i-th new value. */
static void
new_value(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	const struct rule_fix *f = fix_of(x, argv[0]);

	(void)argc;
	if (f == NULL)
		return;
	if (f->null)
		sqlite3_result_null(x);
	else if (f->text == NULL)
		sqlite3_result_error(x, "retention: no new value", -1);
	else
		sqlite3_result_text(x, f->text, -1, SQLITE_TRANSIENT);
}

int
correct_register(struct db *db)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int rc = sqlite3_create_function_v2(db->h, "retention_is", 2, flags,
	    db, is, NULL, NULL, NULL);

	return rc != SQLITE_OK ? rc : sqlite3_create_function_v2(db->h,
	    "retention_new", 1, flags, db, new_value, NULL, NULL, NULL);
}
