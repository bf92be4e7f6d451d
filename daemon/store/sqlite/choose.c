/*
 * choose - selections of due rows.
 *
 * A group is a stretch of the table in the order of its clock's index (or of
 * its key).  Within it rows are erased in the order of that other index which
 * they are most scattered over: its pages are then written once, not once for
 * each row.
 */
#include "choose.h"

#include <strings.h>

#include "retention/buf.h"
#include "retention/store.h"

#include "db.h"
#include "items.h"
#include "query.h"
#include "sql.h"
#include "table.h"

#define MOST_SORTS 4		/* indexes considered */
#define SAMPLE 500		/* rows that decide between them */

/* ", u, v": first columns of indexes that rows may be scattered over. */
static int
put_sorts(struct choose *c, struct buf *b, struct err *e)
{
	static const char sql[] =
	    "SELECT DISTINCT i.name FROM pragma_index_list(?1) AS l,"
	    " pragma_index_info(l.name) AS i WHERE i.seqno = 0"
	    " AND i.name IS NOT NULL";
	const struct query *q = c->q;
	sqlite3_stmt *s;

	c->n_sorts = 0;
	if (db_prepare(q->db, sql, &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, q->table->name, -1, SQLITE_STATIC);
	while (c->n_sorts < MOST_SORTS && sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);

		if (!name || strcasecmp(name, q->table->key[0]) == 0 ||
		    (q->when.column && strcasecmp(name, q->when.column) == 0))
			continue;
		buf_puts(b, ", ");
		sql_ident(b, name);
		c->n_sorts++;
	}
	sqlite3_finalize(s);
	return 0;
}

static void
put_place(const struct choose *c, struct buf *b, const char *order,
    const char *than, size_t from)
{
	buf_putf(b, " AND (%s) %s (", order, than);
	for (size_t i = 1; i <= c->n_order; i++)
		buf_putf(b, "%s?%zu", i > 1 ? ", " : "", from + i);
	buf_puts(b, ")");
}

/* The statement for after and up to, with the places bound as parameters. */
static int
select_sql(struct choose *c, bool after, bool upto, struct err *e)
{
	const struct query *q = c->q;
	struct buf b = BUF_EMPTY, order = BUF_EMPTY;
	int rc = -1;

	if (c->by_clock) {
		sql_ident(&order, q->when.column);
		buf_puts(&order, ", ");
	}
	buf_puts(&order, q->key);
	c->n_order = q->table->n_key + c->by_clock;
	buf_putf(&b, "SELECT %s, %s", q->key, buf_text(&order));
	if (put_sorts(c, &b, e) == -1)
		goto out;
	/* Within CASE no bound of `due` stands in for the nearer one, the
	 * place up to which is looked. */
	buf_putf(&b, upto ? " FROM %s WHERE CASE WHEN %s THEN 1 ELSE 0 END" :
	    " FROM %s WHERE %s", q->from, q->due);
	if (after)
		put_place(c, &b, buf_text(&order), ">", 0);
	if (upto)
		put_place(c, &b, buf_text(&order), "<=", c->n_order);
	buf_putf(&b, " ORDER BY %s", buf_text(&order));
	rc = buf_failed(&b) || buf_failed(&order) ?
	    err_set(e, ERR_MEMORY, "no memory") :
	    query_prepare(q, buf_text(&b), false, &c->due[after][upto], e);
out:
	buf_release(&b);
	buf_release(&order);
	return rc;
}

static void
forget(sqlite3_value *place[CHOOSE_ORDER])
{
	for (size_t i = 0; i < CHOOSE_ORDER; i++) {
		sqlite3_value_free(place[i]);
		place[i] = NULL;
	}
}

static int
remember(struct choose *c, sqlite3_stmt *s)
{
	forget(c->upto);
	for (size_t i = 0; i < c->n_order; i++) {
		c->upto[i] = sqlite3_value_dup(sqlite3_column_value(s,
		    (int)(c->q->table->n_key + i)));
		if (!c->upto[i])
			return SQLITE_NOMEM;
	}
	c->ended = true;
	return SQLITE_DONE;
}

static int
bind_place(sqlite3_stmt *s, sqlite3_value *const place[CHOOSE_ORDER], size_t n,
    size_t from)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < n; i++)
		rc = sqlite3_bind_value(s, (int)(from + i) + 1, place[i]);
	return rc;
}

static sqlite3_stmt *
selection(struct choose *c, bool upto, int *ret_rc)
{
	sqlite3_stmt *s = c->due[c->begun][upto];

	*ret_rc = c->begun ? bind_place(s, c->after, c->n_order, 0) : SQLITE_OK;
	if (*ret_rc == SQLITE_OK && upto)
		*ret_rc = bind_place(s, c->upto, c->n_order, c->n_order);
	return s;
}

static uint64_t
sort_key(const struct choose *c, sqlite3_stmt *s, int sort)
{
	return items_sort_key(sqlite3_column_value(s,
	    (int)(c->q->table->n_key + c->n_order) + sort));
}

/* Over which index are the first rows scattered most? */
static int
sample(struct choose *c, struct err *e)
{
	sqlite3_stmt *s = c->due[0][0];
	uint64_t last[MOST_SORTS] = { 0 };
	int falls[MOST_SORTS] = { 0 };
	int n = 0, rc = SQLITE_ROW;

	c->sort = -1;
	for (; c->n_sorts > 0 && n < SAMPLE &&
	    (rc = sqlite3_step(s)) == SQLITE_ROW; n++) {
		for (int k = 0; k < c->n_sorts; k++) {
			uint64_t key = sort_key(c, s, k);

			falls[k] += key < last[k];
			last[k] = key;
		}
	}
	sqlite3_reset(s);
	for (int k = 0; k < c->n_sorts; k++)
		if (falls[k] > n / 8 &&
		    (c->sort == -1 || falls[k] > falls[c->sort]))
			c->sort = k;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 :
	    db_fail(c->q->db, rc, e, "select");
}

static bool
is_full(const struct choose *c)
{
	return c->items->n == ITEMS_MOST ||
	    c->items->keys.n >= ITEMS_MOST_BYTES;
}

/* The row just added: is it among those that may go?  1/0/-1. */
static int
is_picked(struct choose *c, struct buf *key, struct err *e)
{
	const struct items *x = c->items;
	int rc;

	if (c->pick == NULL)
		return 1;
	buf_reset(key);
	if (items_canonical(x, x->n - 1, c->q->db->file, key) == -1)
		return err_set(e, ERR_REFUSED, "a key of table %s is too long "
		    "to be committed to", c->q->table->name);
	rc = c->pick->item(c->pick->ctx, c->q->table->name, buf_text(key),
	    key->n, e);
	return rc == 1 && c->survey ? 0 : rc;
}

static void
drop_last(struct items *x)
{
	x->n--;
	x->keys.n = x->item[x->n].at;
}

/* The next group of due rows, from where the last one ended. */
int
choose_group(struct choose *c, struct err *e)
{
	struct buf key = BUF_EMPTY;
	int rc, take = 1;
	sqlite3_stmt *s = selection(c, false, &rc);

	items_reset(c->items);
	c->ended = false;
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(s);
		if (rc != SQLITE_ROW)
			break;
		if (items_add(c->items, s) == -1)
			rc = SQLITE_NOMEM;
		else if ((take = is_picked(c, &key, e)) != 1)
			drop_last(c->items);
		else if (c->sort >= 0)
			c->items->item[c->items->n - 1].sort =
			    sort_key(c, s, c->sort);
		if (take == -1)
			break;
		if (rc == SQLITE_ROW && is_full(c))
			rc = remember(c, s);
	}
	sqlite3_reset(s);
	buf_release(&key);
	if (take == -1)
		return -1;
	return rc == SQLITE_DONE ? 0 : db_fail(c->q->db, rc, e, "select");
}

sqlite3_stmt *
choose_again(struct choose *c, int *ret_rc)
{
	return selection(c, c->ended, ret_rc);
}

void
choose_next(struct choose *c)
{
	forget(c->after);
	memcpy(c->after, c->upto, sizeof(c->after));
	memset(c->upto, 0, sizeof(c->upto));
	c->begun = true;
}

int
choose_init(struct choose *c, const struct query *q, struct items *items,
    struct err *e)
{
	*c = (struct choose){ .q = q, .items = items, .sort = -1 };
	c->by_clock = q->when.column &&
	    table_indexed(q->db, q->table, q->when.column) &&
	    strcasecmp(q->when.column, q->table->key[0]) != 0;
	if (q->table->n_key >= CHOOSE_ORDER)
		return err_set(e, ERR_REFUSED, "a key of more than %d columns",
		    CHOOSE_ORDER - 1);
	for (int k = 0; k < 4; k++)
		if (select_sql(c, k & 1, k & 2, e) == -1)
			return -1;
	return sample(c, e);
}

void
choose_release(struct choose *c)
{
	for (int k = 0; k < 4; k++)
		sqlite3_finalize(c->due[k & 1][k >> 1]);
	forget(c->after);
	forget(c->upto);
}
