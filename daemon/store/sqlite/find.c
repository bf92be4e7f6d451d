#include "find.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/pool.h"

#include "db.h"
#include "findrow.h"
#include "findway.h"
#include "func.h"
#include "guard.h"
#include "sql.h"
#include "table.h"

#define MOST_PAIRS 64
#define TELL_EACH 200000

/* An identifier and a column that may hold it. */
struct pair {
	const char *column;
	size_t form;
	struct findway way;
	bool by_index, done;
};

struct search {
	struct find_job *j;
	const struct table *t;
	struct findrow *row;
	size_t n;
	struct pair pair[MOST_PAIRS];
	const struct pair *at;		/* the one that is visited */
	sqlite3_stmt *s;		/* owned: of its conditions at hand */
};

int
find_forms(const struct find_ask *ask, struct subjectform *ret, struct err *e)
{
	for (size_t i = 0; i < ask->n_persons; i++)
		if (subjectrange_form(ask->persons[i].kind,
		    ask->persons[i].value, &ret[i], e) == -1)
			return -1;
	return 0;
}

void
find_forms_release(struct subjectform *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		subjectrange_release(&f[i]);
}

static int
tell(struct find_job *j)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRIu64, j->read);

	return j->sink->piece(j->sink->ctx, FIND_PROGRESS, text, (size_t)n,
	    &j->err);
}

static void
person(sqlite3_context *x, int argc, sqlite3_value **argv)
{
	struct find_job *j = sqlite3_user_data(x);
	size_t i = (size_t)sqlite3_value_int(argv[1]);
	const char *text;
	int same = 0;

	(void)argc;
	if (i >= j->n || (++j->read % TELL_EACH == 0 && tell(j) == -1)) {
		sqlite3_result_error(x, "ended", -1);
		return;
	}
	/* Of a BLOB the bytes, not what they would be in UTF-16. */
	text = sqlite3_value_type(argv[0]) == SQLITE_BLOB ?
	    sqlite3_value_blob(argv[0]) :
	    (const char *)sqlite3_value_text(argv[0]);
	if (text != NULL)
		same = subjectrange_same(&j->form[i], text,
		    (size_t)sqlite3_value_bytes(argv[0]));
	if (same == -1)
		sqlite3_result_error_nomem(x);
	else
		sqlite3_result_int(x, same);
}

static void
put_person(struct buf *b, const struct pair *p)
{
	buf_puts(b, "retention_person(");
	sql_ident(b, p->column);
	buf_putf(b, ", %zu)", p->form);
}

/* SELECT ... WHERE condition; it is read where the bounds are known. */
static int
prepare(struct search *s, const char *condition, struct err *e)
{
	struct db *db = s->j->db;
	struct buf b = BUF_EMPTY;
	int rc;

	sqlite3_finalize(s->s);
	s->s = NULL;
	buf_puts(&b, "SELECT ");
	findrow_columns(s->row, &b);
	buf_puts(&b, " FROM ");
	sql_ident(&b, s->t->name);
	buf_putf(&b, " WHERE %s", condition);
	db->guard->mode = GUARD_QUERY;
	rc = buf_failed(&b) ? err_set(e, ERR_MEMORY, "no memory") :
	    db_prepare(db, buf_text(&b), &s->s, e);
	db->guard->mode = GUARD_SCHEMA;
	buf_release(&b);
	return rc;
}

static int
read_all(struct search *s, struct err *e)
{
	int rc = 0, step = SQLITE_DONE;

	while (rc == 0 && (step = sqlite3_step(s->s)) == SQLITE_ROW)
		rc = findrow_take(s->row, s->s, e);
	(void)sqlite3_reset(s->s);
	if (rc == 0 && step != SQLITE_DONE && s->j->err.code != ERR_NONE) {
		*e = s->j->err;
		return -1;
	}
	return rc == 0 && step != SQLITE_DONE ? db_fail(s->j->db, step, e,
	    "find") : rc;
}

/* Rows that an earlier pair gave are not given again. */
static int
begin(void *ctx, const char *condition, struct err *e)
{
	struct search *s = ctx;
	struct buf b = BUF_EMPTY;
	int rc;

	buf_putf(&b, "%s AND ", condition);
	put_person(&b, s->at);
	for (size_t i = 0; i < s->n; i++) {
		if (!s->pair[i].done)
			continue;
		buf_puts(&b, " AND NOT ");
		put_person(&b, &s->pair[i]);
	}
	rc = buf_failed(&b) ? err_set(e, ERR_MEMORY, "no memory") :
	    prepare(s, buf_text(&b), e);
	buf_release(&b);
	return rc;
}

static int
step(void *ctx, const struct findway_bounds *b, struct err *e)
{
	struct search *s = ctx;
	int rc = SQLITE_OK;

	if (b != NULL && b->n_lo == -1) {
		double lo, hi;

		memcpy(&lo, b->lo, sizeof(lo));
		memcpy(&hi, b->hi, sizeof(hi));
		rc = sqlite3_bind_double(s->s, 1, lo);
		if (rc == SQLITE_OK)
			rc = sqlite3_bind_double(s->s, 2, hi);
	} else if (b != NULL) {
		rc = sqlite3_bind_text(s->s, 1, b->lo, b->n_lo, SQLITE_STATIC);
		if (rc == SQLITE_OK)
			rc = sqlite3_bind_text(s->s, 2, b->hi, b->n_hi,
			    SQLITE_STATIC);
	}
	return rc == SQLITE_OK ? read_all(s, e) :
	    db_fail(s->j->db, rc, e, "find");
}

static int
by_index(struct search *s, struct err *e)
{
	const struct findway_visit v = { begin, step, s };

	for (size_t i = 0; i < s->n; i++) {
		struct pair *p = &s->pair[i];

		if (!p->by_index)
			continue;
		s->at = p;
		if (findway_visit(&p->way, p->column,
		    &s->j->form[p->form], &v, e) == -1)
			return -1;
		p->done = true;
	}
	return 0;
}

static int
by_reading(struct search *s, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc;

	for (size_t i = 0; i < s->n; i++) {
		buf_puts(&b, i != 0 ? " OR " : "");
		put_person(&b, &s->pair[i]);
	}
	rc = buf_failed(&b) ? err_set(e, ERR_MEMORY, "no memory") :
	    prepare(s, buf_text(&b), e);
	buf_release(&b);
	return rc == 0 ? read_all(s, e) : -1;
}

static int
add_pairs(struct search *s, const struct rule_subject *list, size_t n,
    struct err *e)
{
	for (size_t f = 0; f < s->j->n; f++)
		for (size_t i = 0; i < n; i++) {
			if (strcmp(list[i].kind, s->j->form[f].kind) != 0 ||
			    table_column(s->t, list[i].column) == NULL)
				continue;
			if (s->n == MOST_PAIRS)
				return err_set(e, ERR_CONFIG, "more than %d "
				    "columns of identifiers", MOST_PAIRS);
			s->pair[s->n++] = (struct pair){
				.column = list[i].column, .form = f };
		}
	return 0;
}

/* What people are told: a word for the worst table of a dataset. */
static void
note(struct search *s, enum find_way way, const char *column)
{
	struct find_found *f = s->j->found;

	if (way >= f->way)
		f->way = way;
	if (column == NULL || f->note != NULL)
		return;
	f->note = pool_printf(s->j->pool, "no index on %s.%s that holds every "
	    "spelling%s", s->t->name, column, way == FIND_SKIPPED ?
	    ": not searched" : ", reading all rows");
}

static int
choose(struct search *s, bool *ret_all, const char **ret_column,
    struct err *e)
{
	*ret_all = true;
	for (size_t i = 0; i < s->n; i++) {
		int rc = findway_find(s->j->db, s->t, s->pair[i].column,
		    &s->pair[i].way, e);

		if (rc == -1)
			return -1;
		s->pair[i].by_index = rc == 1;
		if (rc == 0 && *ret_all) {
			*ret_all = false;
			*ret_column = s->pair[i].column;
		}
	}
	return 0;
}

static int
search(struct search *s, struct err *e)
{
	const char *column = NULL;
	enum find_way way;
	bool all;
	int rc;

	if (choose(s, &all, &column, e) == -1 ||
	    findrow_new(s->j, s->t, &s->row, e) == -1)
		return -1;
	way = all ? FIND_INDEX : s->j->ask->fast ? FIND_SKIPPED : FIND_SCAN;
	note(s, way, column);
	if (way == FIND_SCAN && tell(s->j) == -1) {
		*e = s->j->err;
		rc = -1;
	} else {
		rc = way == FIND_SCAN ? by_reading(s, e) : by_index(s, e);
	}
	sqlite3_finalize(s->s);
	findrow_free(s->row);
	return rc;
}

static int
one_table(struct find_job *j, const char *name, struct err *e)
{
	const struct rule_dataset *d = &j->ask->dataset;
	bool own = d->n_persons == 0;
	struct table_want want = { .name = name,
		.n_key = d->table != NULL ? d->n_key : 0, .key = d->key };
	struct search s = { .j = j };
	struct table *t;

	if (table_load(j->db, &want, j->pool, &t, e) == -1)
		return -1;
	s.t = t;
	if (add_pairs(&s, own ? d->subject : d->persons, own ? d->n_subject :
	    d->n_persons, e) == -1)
		return -1;
	return s.n == 0 ? 0 : search(&s, e);
}

/* A store that goes as a whole names no table: every one counts that has a
 * column of that name. */
static int
every_table(struct find_job *j, struct err *e)
{
	sqlite3_stmt *s;
	int rc = 0, step;

	if (db_prepare(j->db, "SELECT name FROM sqlite_schema WHERE type = "
	    "'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT "
	    "LIKE 'CREATE VIRTUAL%'", &s, e) == -1)
		return -1;
	while (rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const char *name = pool_dup(j->pool,
		    (const char *)sqlite3_column_text(s, 0));

		rc = name == NULL ? err_set(e, ERR_MEMORY, "no memory") :
		    one_table(j, name, e);
	}
	sqlite3_finalize(s);
	if (rc == 0 && step != SQLITE_DONE)
		return db_fail(j->db, step, e, "the schema");
	return rc;
}

int
find_file(struct find_job *j, struct err *e)
{
	const struct rule_dataset *d = &j->ask->dataset;
	int rc = func_register(j->db, e);

	if (rc == 0 && sqlite3_create_function_v2(j->db->h,
	    "retention_person", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY |
	    SQLITE_DETERMINISTIC, j, person, NULL, NULL, NULL) != SQLITE_OK)
		rc = err_set(e, ERR_MEMORY, "no memory");
	if (rc == 0)
		rc = d->table != NULL ? one_table(j, d->table, e) :
		    every_table(j, e);
	return rc == -1 ? err_wrap(e, "dataset %s", d->full) : 0;
}
