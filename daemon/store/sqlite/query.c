/*
 * query - builds every statement about one dataset at one instant.
 *
 * Conditions of the policy are pasted in parentheses, on lines of their own,
 * after they have been checked (sql.h); values of rows are bound, never
 * pasted.
 */
#include "query.h"

#include <inttypes.h>
#include <strings.h>

#include "retention/buf.h"
#include "retention/gate.h"
#include "retention/pool.h"

#include "change.h"
#include "correct.h"
#include "db.h"
#include "func.h"
#include "guard.h"
#include "imprint.h"
#include "persons.h"
#include "sql.h"
#include "table.h"

static const char *
keep(struct query *q, struct buf *b, struct err *e)
{
	const char *text = buf_failed(b) ? NULL :
	    pool_dup(q->pool, buf_text(b));

	buf_release(b);
	if (!text)
		(void)err_set(e, ERR_MEMORY, "no memory");
	return text;
}

static int
where_of(struct query *q, const char *where, const char **ret, struct err *e)
{
	struct buf b = BUF_EMPTY;

	if (!where) {
		*ret = "1";
		return 0;
	}
	if (sql_condition(q->db, q->table->name, "where", where, e) == -1)
		return -1;
	buf_putf(&b, "((%s) IS TRUE)", where);
	*ret = keep(q, &b, e);
	return *ret ? 0 : -1;
}

/* A row that matches a rival goes only when the rival is due as well. */
static int
rivals_of(struct query *q, const struct when_scene *scene, struct err *e)
{
	struct buf b = BUF_EMPTY;
	const struct rule_dataset *d = q->d;

	q->rivals = "1";
	if (d->n_rivals == 0)
		return 0;
	q->rival = pool_array(q->pool, d->n_rivals, sizeof(*q->rival));
	if (!q->rival)
		return err_set(e, ERR_MEMORY, "no memory");
	buf_puts(&b, "(1");
	for (size_t i = 0; i < d->n_rivals; i++) {
		const struct rule_rival *r = &d->rivals[i];
		struct query_rival *x = &q->rival[i];

		if (where_of(q, r->where, &x->where, e) == -1 ||
		    when_make(scene, &r->timing, &x->when, e) == -1) {
			buf_release(&b);
			return err_wrap(e, "dataset %s over the same rows",
			    r->dataset);
		}
		buf_putf(&b, " AND (NOT %s OR %s IS TRUE)", x->where,
		    x->when.due);
	}
	buf_puts(&b, ")");
	q->rivals = keep(q, &b, e);
	return q->rivals ? 0 : -1;
}

static int
needs_of(struct query *q, struct err *e)
{
	struct buf b = BUF_EMPTY;
	bool delete = q->d->action == RULE_DELETE;

	buf_puts(&b, delete ? "(1" : "(0");
	if (!delete)
		change_needs(&b, q->table, q->d);
	if (change_children(q, &b, e) == -1) {
		buf_release(&b);
		return -1;
	}
	buf_puts(&b, ")");
	q->needs = keep(q, &b, e);
	if (delete)
		q->needs = "1";
	return q->needs ? 0 : -1;
}

/* I4: the strictest of what is known about the persons of the row. */
static int
gate_of(struct query *q, struct err *e)
{
	const struct rule_dataset *d = q->d;
	struct buf b = BUF_EMPTY;
	size_t n = 0;

	q->gate = "0";
	for (size_t i = 0; d->gates != NULL && i < d->n_persons; i++) {
		int kind = gates_kind(d->gates, d->persons[i].kind);

		if (kind == -1)
			continue;
		if (table_column(q->table, d->persons[i].column) == NULL) {
			buf_release(&b);
			return err_set(e, ERR_STORE, "table %s has no column "
			    "%s, which names a person that may be under hold",
			    q->table->name, d->persons[i].column);
		}
		buf_puts(&b, n++ == 0 ? "max(0, " : ", ");
		buf_puts(&b, "retention_gate(");
		sql_ident(&b, d->persons[i].column);
		buf_putf(&b, ", %d)", kind);
	}
	if (n == 0)
		return 0;
	buf_puts(&b, ")");
	q->gate = keep(q, &b, e);
	return q->gate ? 0 : -1;
}

static int
names_of(struct query *q, struct err *e)
{
	struct buf from = BUF_EMPTY, key = BUF_EMPTY, is = BUF_EMPTY;

	sql_ident(&from, q->table->name);
	for (size_t i = 0; i < q->table->n_key; i++) {
		buf_puts(&key, i ? ", " : "");
		sql_ident(&key, q->table->key[i]);
		buf_puts(&is, i ? " AND " : "");
		sql_ident(&is, q->table->key[i]);
		buf_putf(&is, " = ?%zu", i + 1);
	}
	q->from = keep(q, &from, e);
	q->key = keep(q, &key, e);
	q->is_key = keep(q, &is, e);
	return q->from && q->key && q->is_key ? 0 : -1;
}

/* What is always true need not be said. */
static void
put_due(const struct query *q, struct buf *b)
{
	const char *const parts[] = { q->when.coarse, q->where, q->when.due,
		q->rivals, q->needs };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strcmp(parts[i], "1") != 0)
			buf_putf(b, "%s%s", b->n > 0 ? " AND " : "", parts[i]);
	if (strcmp(q->gate, "0") != 0)
		buf_putf(b, "%s%s = 0", b->n > 0 ? " AND " : "", q->gate);
	if (b->n == 0)
		buf_puts(b, "1");
}

static int
statements_of(struct query *q, struct err *e)
{
	struct buf b = BUF_EMPTY;

	put_due(q, &b);
	q->due = keep(q, &b, e);
	b = BUF_EMPTY;
	if (q->d->action == RULE_DELETE) {
		buf_putf(&b, "DELETE FROM %s", q->from);
	} else {
		change_update(&b, q->table);
		buf_puts(&b, " SET ");
		change_set(&b, q->table, q->d);
	}
	buf_putf(&b, " WHERE %s", q->is_key);
	q->act_plain = keep(q, &b, e);
	if (!q->due || !q->act_plain)
		return -1;
	b = BUF_EMPTY;
	buf_putf(&b, "%s AND (%s)", q->act_plain, q->due);
	q->act = keep(q, &b, e);
	return q->act ? 0 : -1;
}

static bool
deletes_from(const struct rule_child *c, size_t n, const char *table)
{
	for (size_t i = 0; i < n; i++)
		if ((c[i].n_columns == 0 && strcasecmp(c[i].table, table) == 0) ||
		    deletes_from(c[i].children, c[i].n_children, table))
			return true;
	return false;
}

/* Rows that would vanish by ON DELETE CASCADE, with a rule of their own or
 * none, and without a record: the policy has to name their table. */
static int
refuse_cascades(const struct query *q, struct err *e)
{
	const struct rule_dataset *d = q->d;
	sqlite3_stmt *s;
	int rc = 0, step;

	if (db_prepare(q->db, "SELECT m.name, f.\"table\" FROM sqlite_schema"
	    " AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = "
	    "'table' AND f.on_delete = 'CASCADE'", &s, e) == -1)
		return -1;
	while ((step = sqlite3_step(s)) == SQLITE_ROW && rc == 0) {
		const char *from = (const char *)sqlite3_column_text(s, 0);
		const char *to = (const char *)sqlite3_column_text(s, 1);
		bool goes = from && to && ((d->action == RULE_DELETE &&
		    strcasecmp(to, q->table->name) == 0) ||
		    deletes_from(d->children, d->n_children, to));

		if (goes && !deletes_from(d->children, d->n_children, from))
			rc = err_set(e, ERR_REFUSED, "rows of table %s would go "
			    "along by ON DELETE CASCADE; expected it among the "
			    "children", from);
	}
	sqlite3_finalize(s);
	if (rc == 0 && step != SQLITE_DONE)
		return db_fail(q->db, step, e, "foreign keys");
	return rc;
}

/* Rows that go or change along by the application's own foreign keys. */
static int
let_cascades(struct query *q, struct err *e)
{
	struct guard *g = q->db->guard;
	size_t before;

	do {
		sqlite3_stmt *s;
		int rc = 0;

		before = g->n_tables;
		if (db_prepare(q->db, "SELECT m.name, f.\"table\" FROM "
		    "sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f"
		    " WHERE m.type = 'table'", &s, e) == -1)
			return -1;
		while (rc == 0 && sqlite3_step(s) == SQLITE_ROW) {
			const char *from = (const char *)
			    sqlite3_column_text(s, 0);
			const char *to = (const char *)
			    sqlite3_column_text(s, 1);

			if (from && to && guard_lets(g, to))
				rc = guard_let(g, from);
		}
		sqlite3_finalize(s);
		if (rc == -1)
			return err_set(e, ERR_MEMORY, "no memory");
	} while (g->n_tables != before);
	return 0;
}

/* Where the modules of virtual tables keep what they know. */
static int
let_shadows(struct query *q, struct err *e)
{
	sqlite3_stmt *s;
	int rc = 0;

	if (!q->db->write)
		return 0;
	if (db_prepare(q->db, "SELECT name FROM pragma_table_list WHERE "
	    "type = 'shadow'", &s, e) == -1)
		return -1;
	while (rc == 0 && sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);

		rc = name ? guard_shadow(q->db->guard, name) : -1;
	}
	sqlite3_finalize(s);
	return rc == 0 ? 0 : err_set(e, ERR_MEMORY, "no memory");
}

static int
check_rule(const struct rule_dataset *d, struct err *e)
{
	if (!d->table)
		return err_set(e, ERR_CONFIG, "no table named");
	if (d->action != RULE_DELETE && d->action != RULE_ANONYMISE)
		return err_set(e, ERR_CONFIG, "rows cannot be destroyed");
	return 0;
}

static int
fill(struct query *q, struct err *e)
{
	const struct rule_dataset *d = q->d;
	struct table_want want = { d->table, d->n_key, d->key };
	struct when_scene scene = { .db = q->db, .at = q->at,
		.pool = q->pool };

	if (check_rule(d, e) == -1 || func_register(q->db, e) == -1 ||
	    db_int(q->db, "PRAGMA schema_version", &q->schema_version,
	    e) == -1 || table_load(q->db, &want, q->pool, &q->table, e) == -1)
		return -1;
	scene.table = q->table;
	if (guard_let(q->db->guard, q->table->name) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	if (let_shadows(q, e) == -1 ||
	    change_check(q, e) == -1 || correct_check(q, e) == -1 ||
	    names_of(q, e) == -1 ||
	    where_of(q, d->where, &q->where, e) == -1 ||
	    when_make(&scene, &d->timing, &q->when, e) == -1 ||
	    persons_make(q, e) == -1 || rivals_of(q, &scene, e) == -1 || needs_of(q, e) == -1 ||
	    gate_of(q, e) == -1 ||
	    statements_of(q, e) == -1 || refuse_cascades(q, e) == -1)
		return -1;
	return let_cascades(q, e);
}

int
query_make(struct db *db, const struct rule_dataset *d, struct wall at,
    struct query **ret, struct err *e)
{
	struct query *q = calloc(1, sizeof(*q));

	if (!q || !(q->pool = pool_new())) {
		free(q);
		return err_set(e, ERR_MEMORY, "no memory");
	}
	q->db = db;
	q->d = d;
	q->at = at;
	db->gates = d->gates;
	db->n_wanted = d->n_wanted;
	db->wanted = d->wanted;
	db->n_fixes = d->n_fixes;
	db->fixes = d->fixes;
	db->prints = d->prints;
	db->imprint = NULL;
	if (fill(q, e) == -1) {
		err_wrap(e, "dataset %s", d->full);
		query_free(q);
		return -1;
	}
	db->imprint = q->imprint;
	*ret = q;
	return 0;
}

void
query_free(struct query *q)
{
	if (!q)
		return;
	imprint_free(q->imprint);
	pool_free(q->pool);
	free(q);
}

int
query_prepare(const struct query *q, const char *sql, bool writes,
    void *ret_stmt, struct err *e)
{
	sqlite3_stmt *s;
	int rc;

	q->db->guard->mode = writes ? GUARD_ACT : GUARD_QUERY;
	rc = db_prepare(q->db, sql, &s, e);
	q->db->guard->mode = GUARD_SCHEMA;
	if (rc == 0)
		*(sqlite3_stmt **)ret_stmt = s;
	else
		err_wrap(e, "dataset %s", q->d->full);
	return rc;
}
