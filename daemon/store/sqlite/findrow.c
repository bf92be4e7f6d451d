#include "findrow.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/find.h"
#include "retention/judge.h"
#include "retention/pool.h"
#include "retention/timetext.h"

#include "../files/beneath.h"

#include "db.h"
#include "find.h"
#include "findfile.h"
#include "guard.h"
#include "kin.h"
#include "sql.h"
#include "table.h"
#include "when.h"

#define MOST_DEPTH 8

struct findrow {
	struct find_job *j;		/* borrowed */
	const struct table *t;
	const struct findrow *above;	/* NULL: the dataset's own table */
	unsigned depth;
	sqlite3_stmt *s;		/* owned: of a child, by ?1 */
	size_t n_children;
	struct findrow **child;		/* owned */
	const char *where;		/* SQL; "1" */
	struct when when;
	bool timed;			/* a row's own time says when it is due */
	struct zone *zone;		/* owned; NULL: UTC */
	int root;			/* owned: of attached files; -1 */
	int file;			/* the column that names one; -1 */
};

static int
piece(struct find_job *j, enum find_piece what, const void *bytes, size_t n,
    struct err *e)
{
	return j->sink->piece(j->sink->ctx, what, bytes, n, e);
}

static int
children_of(struct findrow *r, const struct rule_child *c, size_t n,
    struct err *e);

void
findrow_columns(const struct findrow *r, struct buf *b)
{
	for (size_t i = 0; i < r->t->n_columns; i++) {
		buf_puts(b, i != 0 ? ", " : "");
		sql_ident(b, r->t->columns[i].name);
	}
	buf_putf(b, ", (%s) IS TRUE, ", r->where);
	if (r->n_children != 0)
		sql_ident(b, r->t->key[0]);
	else
		buf_puts(b, "NULL");
	buf_putf(b, ", %s", r->timed ? r->when.instant : "NULL");
}

static int
prepare_child(struct findrow *r, const char *column, struct err *e)
{
	struct kin kin = kin_find(r->j->db, r->above->t, r->t, column);
	struct buf b = BUF_EMPTY;
	int rc;

	buf_puts(&b, "SELECT ");
	findrow_columns(r, &b);
	buf_puts(&b, " FROM ");
	sql_ident(&b, r->t->name);
	buf_puts(&b, " WHERE ");
	kin_in(&b, &kin, "?1");
	r->j->db->guard->mode = GUARD_QUERY;
	rc = buf_failed(&b) ? err_set(e, ERR_MEMORY, "no memory") :
	    db_prepare(r->j->db, buf_text(&b), &r->s, e);
	r->j->db->guard->mode = GUARD_SCHEMA;
	buf_release(&b);
	return rc;
}

static struct findrow *
make(struct find_job *j, const struct findrow *above, struct err *e)
{
	struct findrow *r = pool_alloc(j->pool, sizeof(*r));

	if (r == NULL) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		return NULL;
	}
	*r = (struct findrow){ .j = j, .above = above, .root = -1, .file = -1,
		.where = "1", .depth = above != NULL ? above->depth + 1 : 0 };
	return r;
}

static int
child_of(struct findrow *above, const struct rule_child *c,
    struct findrow **ret, struct err *e)
{
	struct table_want want = { .name = c->table };
	struct findrow *r = make(above->j, above, e);
	struct table *t;

	if (r == NULL)
		return -1;
	*ret = r;
	if (r->depth > MOST_DEPTH)
		return err_set(e, ERR_CONFIG, "children nest too deep");
	if (above->t->n_key != 1)
		return err_set(e, ERR_REFUSED, "children need a key of one "
		    "column, that of table %s has %zu", above->t->name,
		    above->t->n_key);
	if (table_load(r->j->db, &want, r->j->pool, &t, e) == -1)
		return -1;
	r->t = t;
	if (table_column(t, c->column) == NULL)
		return err_set(e, ERR_STORE, "table %s has no column %s",
		    t->name, c->column);
	return children_of(r, c->children, c->n_children, e) == -1 ? -1 :
	    prepare_child(r, c->column, e);
}

static int
children_of(struct findrow *r, const struct rule_child *c, size_t n,
    struct err *e)
{
	r->child = pool_array(r->j->pool, n + 1, sizeof(struct findrow *));
	if (r->child == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < n; i++) {
		r->n_children = i + 1;
		if (child_of(r, &c[i], &r->child[i], e) == -1)
			return -1;
	}
	return 0;
}

static int
files_of(struct findrow *r, const struct rule_files *f, struct err *e)
{
	if (f->column == NULL || f->root == NULL)
		return 0;
	for (size_t i = 0; i < r->t->n_columns; i++)
		if (sqlite3_stricmp(r->t->columns[i].name, f->column) == 0)
			r->file = (int)i;
	if (r->file == -1)
		return err_set(e, ERR_STORE, "table %s has no column %s",
		    r->t->name, f->column);
	r->root = beneath_root(f->root, e);
	return r->root == -1 ? err_wrap(e, "files.root") : 0;
}

/* Of the dataset's own rows: when they fall due. */
static int
timing_of(struct findrow *r, struct err *e)
{
	const struct rule_dataset *d = &r->j->ask->dataset;
	const struct rule_timing *t = &d->timing;
	struct when_scene scene = { .db = r->j->db, .table = r->t,
		.at = r->j->ask->at, .pool = r->j->pool };

	if (d->table == NULL || (t->keep != RULE_PERIOD &&
	    t->keep != RULE_UNTIL))
		return 0;
	if (when_make(&scene, t, &r->when, e) == -1 || (t->zone != NULL &&
	    timetext_zone(t->zone, &r->zone, e) == -1))
		return -1;
	r->timed = true;
	return 0;
}

int
findrow_new(struct find_job *j, const struct table *t, struct findrow **ret,
    struct err *e)
{
	const struct rule_dataset *d = &j->ask->dataset;
	struct findrow *r = make(j, NULL, e);
	int rc;

	if (r == NULL)
		return -1;
	r->t = t;
	rc = d->where == NULL ? 0 :
	    sql_condition(j->db, t->name, "where", d->where, e);
	if (rc == 0 && d->where != NULL)
		r->where = d->where;
	if (rc == 0)
		rc = timing_of(r, e);
	if (rc == 0)
		rc = children_of(r, d->children, d->n_children, e);
	if (rc == 0)
		rc = files_of(r, &d->files, e);
	if (rc == -1)
		findrow_free(r);
	else
		*ret = r;
	return rc;
}

void
findrow_free(struct findrow *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; r->child != NULL && i < r->n_children; i++)
		findrow_free(r->child[i]);
	sqlite3_finalize(r->s);
	r->s = NULL;
	timetext_zone_free(r->zone);
	r->zone = NULL;
	fd_close(&r->root);
}

/* Of any length, in pieces. */
static int
send_bytes(struct find_job *j, const char *bytes, size_t n, struct err *e)
{
	int rc = 0;

	while (rc == 0 && n != 0) {
		size_t part = n < FIND_PIECE_MOST ? n : FIND_PIECE_MOST;

		rc = piece(j, FIND_MORE, bytes, part, e);
		bytes += part;
		n -= part;
	}
	return rc;
}

static int
send_value(struct find_job *j, sqlite3_stmt *s, int i, struct err *e)
{
	char text[64];
	const void *bytes = text;
	size_t n = 0;
	char type = 'n';

	switch (sqlite3_column_type(s, i)) {
	case SQLITE_INTEGER:
		type = 'i';
		n = (size_t)snprintf(text, sizeof(text), "%" PRId64,
		    (int64_t)sqlite3_column_int64(s, i));
		break;
	case SQLITE_FLOAT:
		type = 'r';
		n = (size_t)snprintf(text, sizeof(text), "%.17g",
		    sqlite3_column_double(s, i));
		break;
	case SQLITE_TEXT:
		type = 't';
		bytes = sqlite3_column_text(s, i);
		n = (size_t)sqlite3_column_bytes(s, i);
		break;
	case SQLITE_BLOB:
		type = 'b';
		bytes = sqlite3_column_blob(s, i);
		n = (size_t)sqlite3_column_bytes(s, i);
		break;
	}
	if (n != 0 && bytes == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a value");
	return piece(j, FIND_VALUE, &type, 1, e) == -1 ? -1 :
	    send_bytes(j, bytes, n, e);
}

static int
send_table(struct findrow *r, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc = 0;

	if (r->j->current == r)
		return 0;
	buf_add(&b, r->t->name, strlen(r->t->name) + 1);
	for (size_t i = 0; i < r->t->n_columns; i++)
		buf_add(&b, r->t->columns[i].name,
		    strlen(r->t->columns[i].name) + 1);
	if (buf_failed(&b) || b.n > FIND_PIECE_MOST)
		rc = err_set(e, ERR_STORE, "table %s: too many columns",
		    r->t->name);
	else
		rc = piece(r->j, FIND_TABLE, b.data, b.n, e);
	r->j->current = r;
	buf_release(&b);
	return rc;
}

/* Nothing where it is not known. */
static void
put_due(const struct findrow *r, sqlite3_stmt *s, char ret[CLOCK_TEXT_BYTES])
{
	const struct rule_timing *t = &r->j->ask->dataset.timing;
	int at = (int)r->t->n_columns + 2;
	struct wall due;

	if (r->timed && sqlite3_column_type(s, at) == SQLITE_INTEGER)
		clock_text_s(when_due_at(t, r->zone,
		    sqlite3_column_int64(s, at)), ret);
	else if (r->depth == 0 && !r->timed && t->keep != RULE_PERIOD &&
	    t->keep != RULE_UNTIL && judge_due_at(t, NULL, NULL, &due) == 0)
		clock_text_s(due, ret);
}

static int
send_row(struct findrow *r, sqlite3_stmt *s, bool matches, struct err *e)
{
	char head[2 + CLOCK_TEXT_BYTES] = { (char)r->depth, matches };
	int rc;

	if (!r->j->ask->rows)
		return 0;
	if (send_table(r, e) == -1)
		return -1;
	put_due(r, s, head + 2);
	rc = piece(r->j, FIND_ROW, head, 2 + strlen(head + 2), e);
	for (size_t i = 0; rc == 0 && i < r->t->n_columns; i++)
		rc = send_value(r->j, s, (int)i, e);
	return rc == 0 ? piece(r->j, FIND_END, "", 0, e) : rc;
}

static int
take_file(struct findrow *r, sqlite3_stmt *s, struct err *e)
{
	const char *path = r->file == -1 ? NULL :
	    (const char *)sqlite3_column_text(s, r->file);
	int fd, rc = 0;

	if (path == NULL || *path == '\0')
		return 0;
	fd = strlen(path) == (size_t)sqlite3_column_bytes(s, r->file) ?
	    findfile_open(r->root, r->j->ask->dataset.files.root, path) : -1;
	if (fd == -1) {
		r->j->found->files_lost++;
		return 0;
	}
	r->j->found->files++;
	if (r->j->ask->rows)
		rc = findfile_send(r->j, fd, path, e);
	fd_close(&fd);
	return rc;
}

static int
take_children(struct findrow *r, sqlite3_stmt *s, struct err *e)
{
	for (size_t i = 0; i < r->n_children; i++) {
		struct findrow *c = r->child[i];
		int rc = 0, step = SQLITE_DONE;

		(void)sqlite3_reset(c->s);
		(void)sqlite3_bind_value(c->s, 1, sqlite3_column_value(s,
		    (int)r->t->n_columns + 1));
		while (rc == 0 && (step = sqlite3_step(c->s)) == SQLITE_ROW)
			rc = findrow_take(c, c->s, e);
		(void)sqlite3_reset(c->s);
		if (rc == 0 && step != SQLITE_DONE)
			rc = db_fail(r->j->db, step, e, "children");
		if (rc == -1)
			return -1;
	}
	return 0;
}

int
findrow_take(struct findrow *r, sqlite3_stmt *s, struct err *e)
{
	struct find_found *f = r->j->found;
	bool matches = sqlite3_column_int(s, (int)r->t->n_columns) != 0;

	if (r->depth != 0)
		f->children++;
	else if (matches)
		f->rows++;
	else
		f->outside++;
	if (send_row(r, s, matches, e) == -1)
		return -1;
	return take_file(r, s, e) == -1 ? -1 : take_children(r, s, e);
}
