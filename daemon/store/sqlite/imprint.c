/*
 * imprint - the print of a row is made of the values that SQLite gives, so it
 * is one whatever the encoding of the file.
 */
#include "imprint.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/gate.h"
#include "retention/pool.h"
#include "retention/subject.h"

#include "db.h"
#include "mark.h"
#include "query.h"
#include "sql.h"
#include "table.h"

/* Instants on the quarter of an hour, and the last moment before it, which is
 * what the end of a day is. */
#define QUARTER_MS 900000

struct imprint {
	struct print *maker;		/* owned */
	size_t n;
	const char **name;		/* the query's */
	const char *columns;		/* quoted, with commas */
	const char *moment;		/* SQL: 1 or 0 */
};

void
imprint_free(struct imprint *x)
{
	if (x != NULL)
		print_free(x->maker);
}

void
imprint_file(const struct db *db, uint8_t ret[PRINT_FILE_BYTES])
{
	memset(ret, 0, PRINT_FILE_BYTES);
	if (db->file != NULL)
		mark_name(db->file, ret);
}

static int
list_columns(const struct query *q, struct imprint *x, struct err *e)
{
	struct buf b = BUF_EMPTY;

	x->name = pool_array(q->pool, q->table->n_columns + 1,
	    sizeof(*x->name));
	for (size_t i = 0; x->name != NULL && i < q->table->n_columns; i++) {
		const struct table_column *c = &q->table->columns[i];

		if (c->generated)
			continue;
		buf_puts(&b, x->n > 0 ? ", " : "");
		sql_ident(&b, q->table->name);
		buf_puts(&b, ".");
		sql_ident(&b, c->name);
		x->name[x->n++] = c->name;
	}
	x->columns = buf_failed(&b) ? NULL : pool_dup(q->pool, buf_text(&b));
	buf_release(&b);
	return x->name != NULL && x->columns != NULL ? 0 :
	    err_set(e, ERR_MEMORY, "no memory");
}

int
imprint_make(struct query *q, struct err *e)
{
	struct imprint *x = pool_alloc(q->pool, sizeof(*x));
	uint8_t file[PRINT_FILE_BYTES];

	if (q->d->n_wanted == 0 || q->d->n_fixes != 0 || q->d->gates == NULL)
		return 0;
	if (x == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	*x = (struct imprint){ .n = 0 };
	if (list_columns(q, x, e) == -1)
		return -1;
	x->moment = pool_printf(q->pool, "CASE WHEN (%s) %% %d BETWEEN 1 AND "
	    "%d THEN 1 ELSE 0 END", q->when.instant, QUARTER_MS,
	    QUARTER_MS - 2);
	if (x->moment == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (x->n == 0 || x->n > IMPRINT_COLUMNS)
		return 0;
	imprint_file(q->db, file);
	x->maker = print_new(q->d->gates->key, q->db->store->full, file,
	    q->table->name);
	if (x->maker == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	q->imprint = x;
	return 0;
}

void
imprint_narrow(const struct query *q, struct buf *b)
{
	const struct imprint *x = q->imprint;

	if (!q->d->printed)
		return;
	if (x == NULL || q->d->prints == NULL)
		buf_puts(b, " AND 0");
	else
		buf_putf(b, " AND retention_printed(%s, %s)", x->moment,
		    x->columns);
}

static void
put_value(struct print *p, const char *name, sqlite3_value *v)
{
	const void *bytes;

	switch (sqlite3_value_type(v)) {
	case SQLITE_INTEGER:
		print_int(p, name, sqlite3_value_int64(v));
		return;
	case SQLITE_FLOAT:
		print_real(p, name, sqlite3_value_double(v));
		return;
	case SQLITE_TEXT:
		bytes = sqlite3_value_text(v);
		print_text(p, name, bytes, bytes != NULL ?
		    (size_t)sqlite3_value_bytes(v) : 0);
		return;
	case SQLITE_BLOB:
		bytes = sqlite3_value_blob(v);
		print_blob(p, name, bytes, bytes != NULL ?
		    (size_t)sqlite3_value_bytes(v) : 0);
		return;
	default:
		return;
	}
}

const char *
imprint_columns(const struct query *q)
{
	return q->imprint != NULL ? q->imprint->columns : NULL;
}

void
imprint_row(const struct query *q, sqlite3_stmt *row, int from,
    uint8_t ret[PRINT_BYTES])
{
	const struct imprint *x = q->imprint;

	for (size_t i = 0; i < x->n; i++)
		put_value(x->maker, x->name[i], sqlite3_column_value(row,
		    from + (int)i));
	print_end(x->maker, ret);
}

/* retention_printed(moment, columns...): may it go by that? */
static void
printed(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	const struct db *db = sqlite3_user_data(x);
	const struct imprint *m = db->imprint;
	uint8_t print[PRINT_BYTES];

	if (m == NULL || db->prints == NULL || (size_t)argc != m->n + 1) {
		sqlite3_result_error(x, "retention_printed: no prints", -1);
		return;
	}
	if (sqlite3_value_int(argv[0]) == 1) {
		sqlite3_result_int(x, 1);
		return;
	}
	for (size_t i = 0; i < m->n; i++)
		put_value(m->maker, m->name[i], argv[i + 1]);
	print_end(m->maker, print);
	sqlite3_result_int(x, print_list_find(db->prints, print) < db->prints->n);
}

/* retention_whose(value, i): which of the wanted bears this identifier of the
 * i-th one's kind; -1: none. */
static void
whose(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	const struct db *db = sqlite3_user_data(x);
	const char *text = (const char *)sqlite3_value_text(argv[0]);
	size_t at = (size_t)sqlite3_value_int64(argv[1]);
	const struct rule_person *w = db->wanted;
	uint8_t hash[GATE_HASH_BYTES];
	struct err e = ERR_EMPTY;
	int64_t found = -1;

	(void)argc;
	if (db->gates == NULL || at >= db->n_wanted) {
		sqlite3_result_error(x, "retention_whose: nobody is", -1);
		return;
	}
	if (text != NULL && subject_hash(db->gates->key, w[at].kind, text,
	    (size_t)sqlite3_value_bytes(argv[0]), hash, &e) == 0)
		for (size_t i = at; found == -1 && i < db->n_wanted; i++)
			if (memcmp(w[i].hash, hash, sizeof(hash)) == 0 &&
			    strcmp(w[i].kind, w[at].kind) == 0)
				found = (int64_t)i;
	sqlite3_result_int64(x, found);
}

int
imprint_register(struct db *db)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int rc = sqlite3_create_function_v2(db->h, "retention_printed", -1,
	    flags, db, printed, NULL, NULL, NULL);

	return rc != SQLITE_OK ? rc : sqlite3_create_function_v2(db->h,
	    "retention_whose", 2, flags, db, whose, NULL, NULL, NULL);
}

/* Rows of it are deleted, and their numbers are never given again. */
static bool
is_numbered(const struct query *q)
{
	int counts = 0;

	for (size_t i = 0; q->d->action == RULE_DELETE &&
	    i < q->table->n_columns; i++)
		if (q->table->columns[i].pk == 1 && counts == 0)
			sqlite3_table_column_metadata(q->db->h, "main",
			    q->table->name, q->table->columns[i].name, NULL,
			    NULL, NULL, NULL, &counts);
	return counts != 0;
}

static void
compare_row(const struct query *q, sqlite3_stmt *s, bool numbered,
    struct store_matched *ret)
{
	const struct prints *p = q->d->prints;
	bool moment = sqlite3_column_int(s, 0) == 1;
	uint8_t print[PRINT_BYTES];
	int flags = STORE_MATCHED;
	size_t i;

	imprint_row(q, s, 1, print);
	i = print_list_find(p, print);
	if (i == p->n) {
		*(moment ? &ret->timed : &ret->other) += 1;
		return;
	}
	if (numbered || (moment && q->d->action == RULE_DELETE))
		flags |= STORE_STRONG;
	else if (moment)
		flags |= STORE_WEAK;
	for (; i < p->n && memcmp(p->known[i].print, print, PRINT_BYTES) == 0;
	    i++) {
		uint8_t *to = &ret->flags[p->known[i].at];

		*to = (uint8_t)(*to | flags | (*to != 0 ? STORE_TWICE : 0));
	}
}

int
imprint_match(const struct query *q, struct store_matched *ret,
    struct err *e)
{
	bool numbered = is_numbered(q);
	struct buf b = BUF_EMPTY;
	sqlite3_stmt *s = NULL;
	int rc;

	if (q->imprint == NULL)
		return err_set(e, ERR_REFUSED, "table %s: more than %d "
		    "columns: its rows have no prints", q->table->name,
		    IMPRINT_COLUMNS);
	buf_putf(&b, "SELECT %s, %s FROM %s WHERE %s", q->imprint->moment,
	    q->imprint->columns, q->from, q->due);
	rc = buf_failed(&b) ? err_set(e, ERR_MEMORY, "no memory") :
	    query_prepare(q, buf_text(&b), false, &s, e);
	buf_release(&b);
	if (rc == -1)
		return -1;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		compare_row(q, s, numbered, ret);
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : db_fail(q->db, rc, e, "compare");
}
