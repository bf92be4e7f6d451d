/*
 * table - reads a table's shape through SQLite's pragmas, and finds its key.
 *
 * A key must name one row for certain, today and after a crash; where none
 * does, nothing of the table is touched.
 */
#include "table.h"

#include <strings.h>

#include "retention/pool.h"

#include "db.h"

static const char shape_sql[] =
    "SELECT name, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1)";
static const char unique_sql[] =
    "SELECT 1 FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i"
    " WHERE l.\"unique\" AND i.name = ?2 COLLATE NOCASE LIMIT 1";
static const char indexed_sql[] =
    "SELECT 1 FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i"
    " WHERE NOT l.partial AND i.seqno = 0 AND i.name = ?2 COLLATE NOCASE"
    " LIMIT 1";
static const char part_indexed_sql[] =
    "SELECT 1 FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i"
    " WHERE l.partial AND i.seqno = 0 AND i.name = ?2 COLLATE NOCASE"
    " LIMIT 1";
static const char list_sql[] =
    "SELECT name, type, wr, EXISTS (SELECT 1 FROM sqlite_schema AS m WHERE"
    " m.type = 'table' AND m.name = ?1 COLLATE NOCASE AND m.sql LIKE"
    " '%conflict%') FROM pragma_table_list(?1) WHERE schema = 'main'";
/* Whole unique indexes over n columns that all are among the wanted and
 * compare as their columns do. */
static const char candidates_sql[] =
    "SELECT l.name FROM pragma_index_list(?1) AS l"
    " WHERE l.\"unique\" AND NOT l.partial";
static const char parts_sql[] =
    "SELECT name, coll FROM pragma_index_xinfo(?1) WHERE \"key\"";

static int
ask(struct db *db, const char *sql, const char *a, sqlite3_stmt **ret,
    struct err *e)
{
	if (db_prepare(db, sql, ret, e) == -1)
		return -1;
	sqlite3_bind_text(*ret, 1, a, -1, SQLITE_STATIC);
	return 0;
}

static bool
says_one(struct db *db, const char *sql, const char *table, const char *column)
{
	struct err ignored;
	sqlite3_stmt *s;

	if (ask(db, sql, table, &s, &ignored) == -1)
		return false;
	sqlite3_bind_text(s, 2, column, -1, SQLITE_STATIC);

	bool yes = sqlite3_step(s) == SQLITE_ROW;

	sqlite3_finalize(s);
	return yes;
}

bool
table_part_indexed(struct db *db, const struct table *t, const char *column)
{
	return says_one(db, part_indexed_sql, t->name, column);
}

bool
table_indexed(struct db *db, const struct table *t, const char *column)
{
	const struct table_column *c = table_column(t, column);

	if (c && t->n_key >= 1 && strcasecmp(t->key[0], column) == 0 &&
	    t->rowid)
		return true;
	return says_one(db, indexed_sql, t->name, column);
}

const struct table_column *
table_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (strcasecmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

static int
load_kind(struct db *db, const char *name, struct pool *p, struct table *t,
    struct err *e)
{
	sqlite3_stmt *s;

	if (ask(db, list_sql, name, &s, e) == -1)
		return -1;
	if (sqlite3_step(s) != SQLITE_ROW) {
		sqlite3_finalize(s);
		return err_set(e, ERR_STORE, "there is no table %s", name);
	}

	const char *type = (const char *)sqlite3_column_text(s, 1);
	bool plain = type && strcmp(type, "table") == 0;

	t->name = pool_dup(p, (const char *)sqlite3_column_text(s, 0));
	t->rowid = !sqlite3_column_int(s, 2);
	t->conflicts = sqlite3_column_int(s, 3) != 0;
	if (!plain)
		(void)err_set(e, ERR_REFUSED, "%s is a %s table or view, whose "
		    "rows have no key to rely on", name, type ? type : "?");
	sqlite3_finalize(s);
	if (plain && strncasecmp(name, "sqlite_", 7) == 0) {
		plain = false;
		(void)err_set(e, ERR_REFUSED, "%s is SQLite's own", name);
	}
	return plain ? 0 : -1;
}

static int
load_columns(struct db *db, struct pool *p, struct table *t, struct err *e)
{
	sqlite3_stmt *s;
	size_t room = 0;

	if (ask(db, shape_sql, t->name, &s, e) == -1)
		return -1;
	while (sqlite3_step(s) == SQLITE_ROW)
		room++;
	sqlite3_reset(s);
	t->columns = pool_array(p, room, sizeof(*t->columns));
	while (t->columns && t->n_columns < room &&
	    sqlite3_step(s) == SQLITE_ROW) {
		struct table_column *c = &t->columns[t->n_columns++];

		c->name = pool_dup(p, (const char *)sqlite3_column_text(s, 0));
		c->not_null = sqlite3_column_int(s, 1) != 0;
		c->pk = sqlite3_column_int(s, 2);
		c->generated = sqlite3_column_int(s, 3) != 0;
		if (!c->name)
			t->columns = NULL;
	}
	sqlite3_finalize(s);
	if (!t->columns)
		return err_set(e, ERR_MEMORY, "no memory");
	for (size_t i = 0; i < t->n_columns; i++)
		t->columns[i].unique = t->columns[i].pk > 0 ||
		    says_one(db, unique_sql, t->name, t->columns[i].name);
	return 0;
}

static void
find_row_name(struct table *t)
{
	static const char *const names[] = { "rowid", "_rowid_", "oid" };

	for (size_t i = 0; t->rowid && i < 3 && !t->row; i++)
		if (!table_column(t, names[i]))
			t->row = names[i];
}

/* Does the unique index cover exactly the key, comparing as the columns do? */
static bool
covers(struct db *db, const struct table *t, const char *index)
{
	struct err ignored;
	sqlite3_stmt *s;
	size_t hits = 0, parts = 0;

	if (ask(db, parts_sql, index, &s, &ignored) == -1)
		return false;
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);
		const char *coll = (const char *)sqlite3_column_text(s, 1);
		const char *own = NULL;

		parts++;
		for (size_t i = 0; name && i < t->n_key; i++) {
			if (strcasecmp(t->key[i], name) != 0)
				continue;
			sqlite3_table_column_metadata(db->h, "main", t->name,
			    name, NULL, &own, NULL, NULL, NULL);
			if (own && coll && strcasecmp(own, coll) == 0)
				hits++;
		}
	}
	sqlite3_finalize(s);
	return parts == hits && parts > 0;
}

static int
key_is_unique(struct db *db, const struct table *t, struct err *e)
{
	sqlite3_stmt *s;
	bool yes = false;

	if (ask(db, candidates_sql, t->name, &s, e) == -1)
		return -1;
	while (!yes && sqlite3_step(s) == SQLITE_ROW)
		yes = covers(db, t, (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return yes ? 0 : err_set(e, ERR_REFUSED, "no usable key: no UNIQUE "
	    "index of table %s covers the columns of the key", t->name);
}

static bool
is_rowid_alias(struct db *db, const struct table *t)
{
	const char *type = NULL;
	int64_t n = 0;
	struct err ignored;
	sqlite3_stmt *s;

	if (!t->rowid || t->n_key != 1)
		return false;
	sqlite3_table_column_metadata(db->h, "main", t->name, t->key[0], &type,
	    NULL, NULL, NULL, NULL);
	if (!type || strcasecmp(type, "INTEGER") != 0)
		return false;
	/* INTEGER PRIMARY KEY DESC, alone, has an index and is no alias. */
	if (ask(db, "SELECT count(*) FROM pragma_index_list(?1) WHERE "
	    "origin = 'pk'", t->name, &s, &ignored) == -1)
		return false;
	n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 1;
	sqlite3_finalize(s);

	const struct table_column *c = table_column(t, t->key[0]);

	return n == 0 && c && c->pk == 1;
}

/* The key's columns, in order: named by the policy or the primary key's. */
static int
key_columns(const struct table_want *want, struct pool *p, struct table *t,
    struct err *e)
{
	size_t n = want->n_key;

	for (size_t i = 0; want->n_key == 0 && i < t->n_columns; i++)
		n += t->columns[i].pk > 0;
	t->key = pool_array(p, n + 1, sizeof(*t->key));
	if (!t->key)
		return err_set(e, ERR_MEMORY, "no memory");
	t->n_key = n;
	for (size_t i = 0; i < want->n_key; i++) {
		const struct table_column *c = table_column(t, want->key[i]);

		if (!c)
			return err_set(e, ERR_STORE,
			    "table %s has no column %s", t->name,
			    want->key[i]);
		t->key[i] = c->name;
	}
	for (size_t i = 0; want->n_key == 0 && i < t->n_columns; i++)
		if (t->columns[i].pk > 0)
			t->key[t->columns[i].pk - 1] = t->columns[i].name;
	if (n == 0 && !t->row)
		return err_set(e, ERR_REFUSED, "no usable key: table %s has "
		    "no primary key, and columns hide its rowid", t->name);
	if (n == 0)
		t->key[t->n_key++] = t->row;
	return 0;
}

/* A primary key of a rowid table may hold NULLs, which name nothing. */
static int
key_not_null(struct db *db, const struct table *t, struct err *e)
{
	for (size_t i = 0; i < t->n_key; i++) {
		const struct table_column *c = table_column(t, t->key[i]);
		int64_t null_rows = 0;

		if (!c || c->not_null || (!t->rowid && c->pk > 0))
			continue;

		char *sql = sqlite3_mprintf("SELECT EXISTS (SELECT 1 FROM "
		    "\"%w\" WHERE \"%w\" IS NULL)", t->name, c->name);
		int rc = sql ? db_int(db, sql, &null_rows, e) :
		    err_set(e, ERR_MEMORY, "no memory");

		sqlite3_free(sql);
		if (rc == -1)
			return -1;
		if (null_rows)
			return err_set(e, ERR_REFUSED, "no usable key: column "
			    "%s of table %s holds NULLs", c->name, t->name);
	}
	return 0;
}

int
table_load(struct db *db, const struct table_want *want, struct pool *p,
    struct table **ret, struct err *e)
{
	struct table *t = pool_alloc(p, sizeof(*t));

	if (!t)
		return err_set(e, ERR_MEMORY, "no memory");
	if (load_kind(db, want->name, p, t, e) == -1 ||
	    load_columns(db, p, t, e) == -1)
		return -1;
	find_row_name(t);
	if (key_columns(want, p, t, e) == -1)
		return -1;
	if (t->key[0] != t->row && !is_rowid_alias(db, t) &&
	    (key_is_unique(db, t, e) == -1 || key_not_null(db, t, e) == -1))
		return -1;
	*ret = t;
	return 0;
}
