/*
 * change - anonymising and children, as SQL.
 *
 * Children go first: the statements on them are ordered from the deepest up
 * and are bound to the parent's key, so that no foreign key stands in the way
 * whatever its pragma says.
 */
#include "change.h"

#include <inttypes.h>
#include <strings.h>

#include "retention/buf.h"
#include "retention/pool.h"

#include "correct.h"
#include "db.h"
#include "guard.h"
#include "kin.h"
#include "query.h"
#include "sql.h"
#include "table.h"

#define MOST_STEPS 64

struct column_at {
	const struct table *table;
	const char *alias;		/* NULL: the table's own name */
	const struct rule_column *c;
};

static void
put_column(struct buf *b, const struct column_at *at)
{
	sql_ident(b, at->alias ? at->alias : at->table->name);
	buf_puts(b, ".");
	sql_ident(b, at->c->name);
}

/* What the column is to become. */
static void
put_form(struct buf *b, const struct column_at *at, bool alone)
{
	const struct table_column *c = table_column(at->table, at->c->name);

	if (at->c->method == RULE_NULL) {
		buf_puts(b, "NULL");
		return;
	}
	if (at->c->method == RULE_EMPTY || at->c->method == RULE_SET) {
		sql_text(b, at->c->method == RULE_SET && at->c->text ?
		    at->c->text : "");
		return;
	}
	buf_puts(b, "retention_anon(");
	if (alone)
		sql_ident(b, at->c->name);
	else
		put_column(b, at);
	buf_putf(b, ", %d, %" PRId64 ", %d)", (int)at->c->method, at->c->n,
	    c && c->unique);
}

/* NULL holds nothing, so only set: fills it. */
static void
put_need(struct buf *b, const struct column_at *at)
{
	buf_puts(b, " OR (");
	if (at->c->method == RULE_EMPTY) {
		put_column(b, at);
		buf_puts(b, " IS NOT NULL AND ");
	}
	put_column(b, at);
	buf_puts(b, " COLLATE BINARY IS NOT ");
	put_form(b, at, false);
	buf_puts(b, ")");
}

static void
put_assign(struct buf *b, const struct column_at *at, bool first)
{
	buf_puts(b, first ? "" : ", ");
	sql_ident(b, at->c->name);
	buf_puts(b, " = ");
	if (at->c->method != RULE_EMPTY) {
		put_form(b, at, true);
		return;
	}
	buf_puts(b, "CASE WHEN ");
	sql_ident(b, at->c->name);
	buf_puts(b, " IS NOT NULL THEN '' END");
}

static void
put_value(struct buf *b, const struct rule_value *v)
{
	switch (v->type) {
	case RULE_T_NULL:
		buf_puts(b, "NULL");
		return;
	case RULE_T_INT:
		buf_putf(b, "%" PRId64, v->i);
		return;
	case RULE_T_REAL:
		sql_real(b, v->r);
		return;
	case RULE_T_TEXT:
		sql_text(b, v->text ? v->text : "");
		return;
	}
}

void
change_update(struct buf *b, const struct table *t)
{
	buf_puts(b, t->conflicts ? "UPDATE OR ABORT " : "UPDATE ");
	sql_ident(b, t->name);
}

void
change_set(struct buf *b, const struct table *t, const struct rule_dataset *d)
{
	for (size_t i = 0; i < d->n_columns; i++)
		put_assign(b, &(struct column_at){ t, NULL, &d->columns[i] },
		    i == 0);
	for (size_t i = 0; i < d->n_set; i++) {
		buf_puts(b, i + d->n_columns > 0 ? ", " : "");
		sql_ident(b, d->set[i].column);
		buf_puts(b, " = ");
		put_value(b, &d->set[i]);
	}
	correct_set(b, d, d->n_columns + d->n_set == 0);
}

void
change_needs(struct buf *b, const struct table *t,
    const struct rule_dataset *d)
{
	for (size_t i = 0; i < d->n_columns; i++)
		put_need(b, &(struct column_at){ t, NULL, &d->columns[i] });
	for (size_t i = 0; i < d->n_set; i++) {
		buf_puts(b, " OR (");
		sql_ident(b, t->name);
		buf_puts(b, ".");
		sql_ident(b, d->set[i].column);
		buf_puts(b, " COLLATE BINARY IS NOT ");
		put_value(b, &d->set[i]);
		buf_puts(b, ")");
	}
	correct_needs(b, t, d);
}

static bool
is_key(const struct table *t, const char *column)
{
	for (size_t i = 0; i < t->n_key; i++)
		if (strcasecmp(t->key[i], column) == 0)
			return true;
	return false;
}

static int
check_column(const struct table *t, const char *name, struct err *e)
{
	const struct table_column *c = table_column(t, name);

	if (!c)
		return err_set(e, ERR_STORE, "table %s has no column %s",
		    t->name, name);
	if (is_key(t, name))
		return err_set(e, ERR_REFUSED, "column %s is of the key of "
		    "table %s: name another key, or leave it out", name,
		    t->name);
	if (c->generated)
		return err_set(e, ERR_REFUSED, "column %s of table %s is "
		    "generated from others", name, t->name);
	return 0;
}

static int
check_method(const struct query *q, const struct rule_column *c, struct err *e)
{
	if (c->method == RULE_PSEUDONYM && !q->db->has_key)
		return err_set(e, ERR_REFUSED, "column %s: there is no key "
		    "for pseudonyms", c->name);
	return 0;
}

int
change_check(const struct query *q, struct err *e)
{
	const struct rule_dataset *d = q->d;

	if (d->action == RULE_ANONYMISE && d->n_columns + d->n_set +
	    d->n_fixes == 0)
		return err_set(e, ERR_CONFIG, "no columns to anonymise");
	for (size_t i = 0; i < d->n_columns; i++)
		if (check_column(q->table, d->columns[i].name, e) == -1 ||
		    check_method(q, &d->columns[i], e) == -1)
			return -1;
	for (size_t i = 0; i < d->n_set; i++)
		if (check_column(q->table, d->set[i].column, e) == -1)
			return -1;
	for (size_t i = 0; i < d->n_fixes; i++)
		if (check_column(q->table, d->fixes[i].column, e) == -1)
			return -1;
	return 0;
}

struct walk {
	struct query *q;
	const struct rule_child *child;
	const struct table *parent;
	const char *parent_name;	/* how the EXISTS test calls it */
	const char *parents;		/* SQL of the parents' keys for ?1 */
	int depth;
	struct kin kin;			/* filled in by walk_child() */
};

static const char *
text_of(const struct walk *w, struct buf *b)
{
	const char *text = buf_failed(b) ? NULL :
	    pool_dup(w->q->pool, buf_text(b));

	buf_release(b);
	return text;
}

static int
add_step(const struct walk *w, const struct table *t, struct err *e)
{
	struct buf b = BUF_EMPTY;
	const struct rule_child *c = w->child;
	struct query *q = w->q;

	if (c->n_columns) {
		change_update(&b, t);
	} else {
		buf_puts(&b, "DELETE FROM ");
		sql_ident(&b, t->name);
	}
	for (size_t i = 0; i < c->n_columns; i++) {
		buf_puts(&b, i == 0 ? " SET " : "");
		put_assign(&b, &(struct column_at){ t, NULL, &c->columns[i] },
		    i == 0);
	}
	buf_puts(&b, " WHERE ");
	kin_in(&b, &w->kin, w->parents);
	if (c->n_columns) {
		buf_puts(&b, " AND (0");
		for (size_t i = 0; i < c->n_columns; i++)
			put_need(&b, &(struct column_at){ t, NULL,
			    &c->columns[i] });
		buf_puts(&b, ")");
	}
	if (q->n_before == MOST_STEPS)
		return err_set(e, ERR_CONFIG, "more than %d children",
		    MOST_STEPS);
	q->before[q->n_before] = text_of(w, &b);
	if (!q->before[q->n_before++])
		return err_set(e, ERR_MEMORY, "no memory");
	return 0;
}

/* The keys of the child's rows, for its own children's statements. */
static const char *
child_keys(const struct walk *w, const struct table *t)
{
	struct buf b = BUF_EMPTY;

	buf_puts(&b, "SELECT ");
	sql_ident(&b, t->key[0]);
	buf_puts(&b, " AS retention_key FROM ");
	sql_ident(&b, t->name);
	buf_puts(&b, " WHERE ");
	kin_in(&b, &w->kin, w->parents);
	return text_of(w, &b);
}

static int
load_child(const struct walk *w, struct table **ret, struct err *e)
{
	const struct rule_child *c = w->child;
	struct table_want want = { .name = c->table };
	struct table *t;

	if (w->depth > 8)
		return err_set(e, ERR_CONFIG, "children nest too deep");
	if (w->parent->n_key != 1)
		return err_set(e, ERR_REFUSED, "children need a key of one "
		    "column, that of table %s has %zu", w->parent->name,
		    w->parent->n_key);
	if (table_load(w->q->db, &want, w->q->pool, &t, e) == -1)
		return -1;
	if (!table_column(t, c->column))
		return err_set(e, ERR_STORE, "table %s has no column %s",
		    t->name, c->column);
	for (size_t i = 0; i < c->n_columns; i++)
		if (check_column(t, c->columns[i].name, e) == -1 ||
		    check_method(w->q, &c->columns[i], e) == -1)
			return -1;
	if (guard_let(w->q->db->guard, t->name) == -1)
		return err_set(e, ERR_MEMORY, "no memory");
	*ret = t;
	return 0;
}

static int
walk_child(struct walk *w, struct buf *needs, struct err *e)
{
	const struct rule_child *c = w->child;
	struct table *t = NULL;
	char alias[32];

	if (load_child(w, &t, e) == -1)
		return -1;
	w->kin = kin_find(w->q->db, w->parent, t, c->column);
	snprintf(alias, sizeof(alias), "retention_c%d", w->depth);
	buf_puts(needs, " OR EXISTS (SELECT 1 FROM ");
	sql_ident(needs, t->name);
	buf_putf(needs, " AS %s WHERE ", alias);
	kin_equal(needs, &w->kin, alias, w->parent_name, w->parent->key[0]);
	buf_puts(needs, c->n_columns ? " AND (0" : " AND (1");
	for (size_t i = 0; i < c->n_columns; i++)
		put_need(needs, &(struct column_at){ t, alias,
		    &c->columns[i] });
	for (size_t i = 0; i < c->n_children; i++) {
		struct walk next = { .q = w->q, .child = &c->children[i],
			.parent = t, .parent_name = alias,
			.parents = child_keys(w, t), .depth = w->depth + 1 };

		if (!next.parents)
			return err_set(e, ERR_MEMORY, "no memory");
		if (walk_child(&next, needs, e) == -1)
			return -1;
	}
	buf_puts(needs, "))");
	return add_step(w, t, e);
}

int
change_children(struct query *q, struct buf *needs, struct err *e)
{
	q->before = pool_array(q->pool, MOST_STEPS, sizeof(*q->before));
	if (!q->before)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < q->d->n_children; i++) {
		struct walk w = { .q = q, .child = &q->d->children[i],
			.parent = q->table, .parent_name = q->table->name,
			.parents = "?1", .depth = 1 };

		if (walk_child(&w, needs, e) == -1)
			return err_wrap(e, "child %s",
			    q->d->children[i].table);
	}
	return 0;
}
