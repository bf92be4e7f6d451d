/*
 * attach - hides files along with their rows, then erases them.
 *
 * A path is below the root or the row stays; so it does when its file has a
 * second name, is open elsewhere, or is named by a row that is not due.
 */
#include "attach.h"

#include <errno.h>

#include "retention/buf.h"
#include "retention/pool.h"

#include "../files/beneath.h"
#include "../files/stash.h"

#include "db.h"
#include "items.h"
#include "query.h"
#include "sql.h"
#include "table.h"

#define MOST_PATH STASH_MOST_PATH

struct attach {
	const struct query *q;
	struct items *items;
	struct stash stash;
	bool odd;		/* some rows spell paths in their own way */
	sqlite3_stmt *path, *others, *all;
};

static int
prepare(struct attach *a, struct err *e)
{
	const struct query *q = a->q;
	struct buf c = BUF_EMPTY;
	const char *path, *others, *all;
	size_t k = q->table->n_key;
	int rc = -1;

	sql_ident(&c, q->d->files.column);
	path = pool_printf(q->pool, "SELECT %s FROM %s WHERE %s AND (%s)",
	    buf_text(&c), q->from, q->is_key, q->due);
	others = pool_printf(q->pool, "SELECT %s FROM %s WHERE %s IS NOT NULL"
	    " AND NOT (%s) AND (%s) IS NOT TRUE AND (?%zu OR %s IN"
	    " (?%zu, ?%zu))", buf_text(&c), q->from, buf_text(&c), q->is_key,
	    q->due, k + 1, buf_text(&c), k + 2, k + 3);
	all = pool_printf(q->pool, "SELECT %s FROM %s WHERE %s IS NOT NULL",
	    buf_text(&c), q->from, buf_text(&c));
	if (!path || !others || !all || buf_failed(&c))
		(void)err_set(e, ERR_MEMORY, "no memory");
	else if (query_prepare(q, path, false, &a->path, e) == 0 &&
	    query_prepare(q, others, false, &a->others, e) == 0)
		rc = query_prepare(q, all, false, &a->all, e);
	buf_release(&c);
	return rc;
}

static bool
changes_column(const struct query *q)
{
	const struct rule_dataset *d = q->d;

	for (size_t i = 0; i < d->n_columns; i++)
		if (sqlite3_stricmp(d->columns[i].name,
		    d->files.column) == 0)
			return true;
	for (size_t i = 0; i < d->n_set; i++)
		if (sqlite3_stricmp(d->set[i].column, d->files.column) == 0)
			return true;
	return false;
}

/* How a row spells its path: as it is, in its own way, or so that it says
 * which file it is about but erases none. */
enum spelling { PLAIN, ODD, ONLY_NAMED };

/* Adds the parts of a path; ".." takes one away. */
static enum spelling
add_parts(const char *p, char whole[2 * MOST_PATH], size_t *at)
{
	enum spelling how = PLAIN;

	for (p += *p == '/'; *p; ) {
		const size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.') {
			how = ONLY_NAMED;
			while (*at > 0 && whole[--*at] != '/')
				continue;
		} else if (n == 0 || (n == 1 && p[0] == '.')) {
			how = how == PLAIN ? ODD : how;
		} else {
			whole[(*at)++] = '/';
			memcpy(whole + *at, p, n);
			*at += n;
		}
		p += n;
		if (*p == '/' && *++p == '\0')
			how = how == PLAIN ? ODD : how;
	}
	whole[*at] = '\0';
	return how;
}

/* The path of a row below the root, in its plain spelling, and how it was
 * spelled.  -1: not below the root, or unreadable. */
static int
plain_path(const struct attach *a, sqlite3_stmt *s, char ret[MOST_PATH],
    enum spelling *ret_how)
{
	const bool is_text = sqlite3_column_type(s, 0) == SQLITE_TEXT;
	const char *p = (const char *)sqlite3_column_text(s, 0);
	const char *root = a->q->d->files.root;
	size_t n = p ? strlen(p) : 0, n_root = strlen(root), at = 0;
	char whole[2 * MOST_PATH];

	*ret_how = PLAIN;
	if (!p || n != (size_t)sqlite3_column_bytes(s, 0) || n >= MOST_PATH ||
	    n_root >= MOST_PATH - 2)
		return -1;
	if (p[0] != '/')
		(void)add_parts(root, whole, &at);
	*ret_how = add_parts(p, whole, &at);
	if (!is_text)
		*ret_how = ONLY_NAMED;
	if (strncmp(whole, root, n_root) != 0 || whole[n_root] != '/' ||
	    at - n_root > MOST_PATH - 1)
		return -1;
	memcpy(ret, whole + n_root + 1, at - n_root);
	return beneath_is_proper(ret) ? 0 : -1;
}

/* A path spelled otherwise may still lead to a file of another row. */
static int
find_odd(struct attach *a, struct err *e)
{
	char path[MOST_PATH];
	enum spelling how;
	int rc;

	a->odd = false;
	while ((rc = sqlite3_step(a->all)) == SQLITE_ROW && !a->odd)
		a->odd = plain_path(a, a->all, path, &how) == 0 &&
		    how != PLAIN;
	sqlite3_reset(a->all);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 :
	    db_fail(a->q->db, rc, e, "look for paths");
}

int
attach_new(const struct query *q, struct items *items, struct attach **ret,
    struct err *e)
{
	struct attach *a;

	*ret = NULL;
	if (!q->d->files.column)
		return 0;
	if (q->d->action == RULE_ANONYMISE && !changes_column(q))
		return err_set(e, ERR_CONFIG, "dataset %s: files.column is "
		    "not among the columns that are anonymised: rows would go "
		    "on naming files that are gone", q->d->full);
	a = calloc(1, sizeof(*a));
	if (!a)
		return err_set(e, ERR_MEMORY, "no memory");
	a->q = q;
	a->items = items;
	a->stash.holders = q->db->store->holders;
	if (stash_init(&a->stash, q->d->files.root, q->d->full, q->db->file,
	    e) == -1) {
		(void)err_wrap(e, "dataset %s: files.root", q->d->full);
		free(a);
		return -1;
	}
	if (prepare(a, e) == -1 || find_odd(a, e) == -1) {
		attach_free(a);
		return -1;
	}
	*ret = a;
	return 0;
}

void
attach_free(struct attach *a)
{
	if (!a)
		return;
	sqlite3_finalize(a->path);
	sqlite3_finalize(a->others);
	sqlite3_finalize(a->all);
	stash_release(&a->stash);
	free(a);
}

/* Does a row that stays name the same file? */
static int
others_name(struct attach *a, size_t i, const char *path, struct err *why)
{
	int k = (int)a->q->table->n_key, rc = items_bind(a->items, i,
	    a->others);
	char *full = sqlite3_mprintf("%s/%s", a->q->d->files.root, path);
	char other[MOST_PATH];
	enum spelling how;
	bool found = false;

	if (rc == SQLITE_OK && full) {
		sqlite3_bind_int(a->others, k + 1, a->odd);
		sqlite3_bind_text(a->others, k + 2, path, -1, SQLITE_STATIC);
		sqlite3_bind_text(a->others, k + 3, full, -1, SQLITE_STATIC);
		while (!found && (rc = sqlite3_step(a->others)) == SQLITE_ROW)
			found = plain_path(a, a->others, other, &how) == 0 &&
			    strcmp(other, path) == 0;
	}
	sqlite3_reset(a->others);
	sqlite3_free(full);
	if (found)
		return err_set(why, ERR_REFUSED, "a row that is not due names "
		    "the same file: it stays, and so does the row");
	return rc == SQLITE_DONE ? 0 :
	    db_fail(a->q->db, rc, why, "look for rows with the same file");
}

int
attach_hide(struct attach *a, size_t i, struct err *why)
{
	char path[MOST_PATH];
	enum spelling how;
	bool none, bad;
	int rc = items_bind(a->items, i, a->path);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(a->path);
	if (rc != SQLITE_ROW) {
		sqlite3_reset(a->path);
		return rc == SQLITE_DONE ? 0 :
		    db_fail(a->q->db, rc, why, "look up a row's file");
	}
	none = sqlite3_column_type(a->path, 0) == SQLITE_NULL ||
	    sqlite3_column_bytes(a->path, 0) == 0;
	bad = !none && (plain_path(a, a->path, path, &how) == -1 ||
	    how == ONLY_NAMED);
	sqlite3_reset(a->path);
	if (none)
		return 1;
	if (bad)
		return err_set(why, ERR_REFUSED, "a row names a file that is "
		    "not below files.root: it stays, and so does the row");
	if (others_name(a, i, path, why) == -1)
		return -1;
	return stash_hide(&a->stash, i, path, why) == -1 ? -1 : 1;
}

void
attach_undo(struct attach *a, size_t i)
{
	if (a)
		stash_undo(&a->stash, i);
}

bool
attach_full(const struct attach *a)
{
	return a && a->stash.n == STASH_MOST;
}

int
attach_seal(struct attach *a, struct err *e)
{
	return a ? stash_seal(&a->stash, e) : 0;
}

/* What the disk refused, and may do another time? */
static bool
is_of_the_disk(const struct err *e)
{
	return e->code == ERR_SYSTEM && e->sys_errno != EACCES &&
	    e->sys_errno != EPERM;
}

int
attach_end(struct attach *a, int committed, struct err *why)
{
	/* A journal that went, but not durably: it may have been done. */
	const bool unsure = (committed & 0xff) == SQLITE_IOERR;
	struct stash *s = a ? &a->stash : NULL;
	struct err one = ERR_EMPTY, fatal = ERR_EMPTY;
	int rc;

	if (s && unsure)
		stash_forget(s);
	if (!s || unsure)
		return unsure ? -1 : 0;
	if (committed != SQLITE_DONE) {
		while (s->n > 0)
			stash_undo(s, s->hidden[s->n - 1].i);
		return 0;
	}
	rc = stash_erase(s, &one, &fatal);
	if (rc == -1)
		one = fatal;
	else if (is_of_the_disk(&one))
		rc = -1;
	if (one.code != ERR_NONE)
		*why = one;
	for (size_t k = 0; k < s->n; k++)
		if (!s->hidden[k].erased)
			a->items->item[s->hidden[k].i].state = ITEM_LEFT;
	stash_forget(s);
	return rc;
}

/* Whose row is still there gets its name back. */
static int
return_to_rows(struct attach *a, struct err *e)
{
	char path[MOST_PATH];
	enum spelling how;
	struct err why = ERR_EMPTY;
	int rc;

	while ((rc = sqlite3_step(a->all)) == SQLITE_ROW)
		if (plain_path(a, a->all, path, &how) == 0)
			(void)stash_return(&a->stash, path, &why);
	sqlite3_reset(a->all);
	if (rc != SQLITE_DONE)
		return db_fail(a->q->db, rc, e, "look for the rows of files");
	if (why.code == ERR_NONE)
		return 0;
	*e = why;
	return -1;
}

int
attach_recover(struct attach *a, struct err *e)
{
	struct stash *s = a ? &a->stash : NULL;
	struct err why = ERR_EMPTY;
	bool more = s != NULL;
	int rc = 0;

	while (rc == 0 && more) {
		rc = stash_list(s, &more, e);
		if (rc == 0 && s->n > 0)
			rc = return_to_rows(a, e);
		if (rc == 0)
			rc = stash_erase(s, &why, e);
		stash_forget(s);
		if (rc == 0 && why.code != ERR_NONE) {
			*e = why;
			rc = err_wrap(e, "files of rows that are gone");
		}
	}
	return rc;
}
