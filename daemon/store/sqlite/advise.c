/*
 * advise - findings of `check` about a dataset, with what to do about them.
 *
 * Nothing here says a value of the data; counts and schema names only.
 */
#include "advise.h"

#include <fcntl.h>
#include <inttypes.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/pool.h"

#include "attach.h"
#include "db.h"
#include "destroy.h"
#include "query.h"
#include "table.h"

#define SAMPLE 1000

void
advise_say(const struct advise_to *to, enum store_severity severity,
    const char *code, const char *text)
{
	struct store_finding f = { severity, code, text, NULL };

	to->found(to->ctx, &f);
}

struct advice {
	struct db *db;
	const struct query *q;
	const struct rule_dataset *d;
	const struct advise_to *to;
};

/* A warning of its own words, with a fix or none. */
static void
warn(const struct advice *a, const char *code, const char *fix,
    const char *text)
{
	struct store_finding f = { STORE_WARNING, code, text, fix };

	if (text && a->to->found)
		a->to->found(a->to->ctx, &f);
}

static void
advise_index(const struct advice *a, const struct table *t, const char *column)
{
	struct buf fix = BUF_EMPTY, text = BUF_EMPTY;
	const struct table_column *c = table_column(t, column);

	if (!c || table_indexed(a->db, t, column))
		return;
	if (table_part_indexed(a->db, t, column)) {
		buf_putf(&text, "only an index of some rows (CREATE INDEX ... "
		    "WHERE) of table %s starts with column %s: it may help, "
		    "where the dataset's own conditions imply that one",
		    t->name, c->name);
		advise_say(a->to, STORE_NOTE, "partial-index", buf_text(&text));
		buf_release(&text);
		return;
	}
	char *sql = sqlite3_mprintf("CREATE INDEX \"retention_%w_%w\" ON "
	    "\"%w\" (\"%w\");", t->name, c->name, t->name, c->name);

	buf_puts(&fix, sql ? sql : "");
	sqlite3_free(sql);
	buf_putf(&text, "no index of table %s starts with column %s: every "
	    "look reads the whole table", t->name, c->name);
	warn(a, "no-index", buf_text(&fix), buf_text(&text));
	buf_release(&fix);
	buf_release(&text);
}

static void
advise_children(const struct advice *a, const struct rule_child *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct table_want want = { .name = c[i].table };
		struct table *t;
		struct err ignored;

		if (table_load(a->db, &want, a->q->pool, &t, &ignored) == 0)
			advise_index(a, t, c[i].column);
		advise_children(a, c[i].children, c[i].n_children);
	}
}

static bool
names_child(const struct rule_child *c, size_t n, const char *table)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(c[i].table, table) == 0 ||
		    names_child(c[i].children, c[i].n_children, table))
			return true;
	return false;
}

static int
advise_foreign_keys(const struct advice *a, struct err *e)
{
	static const char sql[] =
	    "SELECT DISTINCT m.name FROM sqlite_schema AS m,"
	    " pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"
	    " AND f.\"table\" = ?1 COLLATE NOCASE"
	    " AND f.on_delete NOT IN ('CASCADE', 'SET NULL')";
	sqlite3_stmt *s;

	if (a->d->action != RULE_DELETE)
		return 0;
	if (db_prepare(a->db, sql, &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, a->q->table->name, -1, SQLITE_STATIC);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);
		struct buf b = BUF_EMPTY;

		if (!name || names_child(a->d->children, a->d->n_children,
		    name))
			continue;
		buf_putf(&b, "table %s refers to rows of %s by a foreign key; "
		    "rows it refers to will be left, unless it is named "
		    "among the children", name, a->q->table->name);
		warn(a, "foreign-key", NULL, buf_text(&b));
		buf_release(&b);
	}
	sqlite3_finalize(s);
	return 0;
}

static int
advise_triggers(const struct advice *a, struct err *e)
{
	static const char sql[] =
	    "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"
	    " AND tbl_name = ?1 COLLATE NOCASE AND sql LIKE '%INSERT%'";
	sqlite3_stmt *s;

	if (db_prepare(a->db, sql, &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, a->q->table->name, -1, SQLITE_STATIC);
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0) > 0)
		warn(a, "trigger", NULL, "triggers of the table write to "
		    "other tables; copies they keep are not erased with the "
		    "row");
	sqlite3_finalize(s);
	return 0;
}

/* Times that cannot be read, over the first rows of the table. */
static int
advise_clock(const struct advice *a, struct err *e)
{
	const struct when *w = &a->q->when;
	int64_t bad = 0;
	char *sql;
	int rc;

	if (!w->by_value)
		return 0;
	sql = pool_printf(a->q->pool, "SELECT count(*) FROM (SELECT %s AS t, "
	    "%s AS a, %s AS w FROM %s LIMIT %d) WHERE w AND NOT a AND t IS "
	    "NULL", w->instant, w->absent, a->q->where, a->q->from, SAMPLE);
	rc = sql ? db_int(a->db, sql, &bad, e) :
	    err_set(e, ERR_MEMORY, "no memory");
	if (rc == 0 && bad > 0) {
		struct buf b = BUF_EMPTY;

		buf_putf(&b, "%" PRId64 " of the first %d rows have no time "
		    "that clock \"%s\" can read; they are kept", bad, SAMPLE,
		    rule_clock_name(a->d->timing.clock));
		warn(a, "bad-clock", NULL, buf_text(&b));
		buf_release(&b);
	}
	return rc;
}

static void
advise_column(const struct advice *a, const struct rule_column *c)
{
	const struct table_column *t = table_column(a->q->table, c->name);
	struct buf b = BUF_EMPTY;

	if (t && t->not_null && c->method == RULE_NULL) {
		buf_putf(&b, "column %s is NOT NULL: its method null will "
		    "fail on every row; use empty or redact", c->name);
		warn(a, "not-null", NULL, buf_text(&b));
	}
	if (t && t->unique && c->method != RULE_NULL &&
	    c->method != RULE_REDACT && c->method != RULE_PSEUDONYM) {
		buf_putf(&b, "column %s is UNIQUE: method %s makes values "
		    "alike, and such rows will be left; use redact or "
		    "pseudonym", c->name, rule_method_name(c->method));
		warn(a, "unique", NULL, buf_text(&b));
	}
	buf_release(&b);
}

static void
advise_assurance(const struct advice *a)
{
	enum assure x = a->db->store->scrub == RULE_SCRUB_OFF ?
	    assure_worse(a->db->assure, ASSURE_UNSCRUBBED) : a->db->assure;
	struct store_finding f = { STORE_NOTE, "assurance", assure_word(x),
		assure_advice(x) };

	if (f.fix != NULL)
		f.severity = STORE_WARNING;
	a->to->found(a->to->ctx, &f);
}

static void
advise_file(const struct advice *a)
{
	const struct stat *st = &a->db->before;

	if (!(st->st_mode & S_IWUSR))
		warn(a, "read-only", "chmod u+w", "the file is not writable "
		    "by its owner");
	if (st->st_nlink > 1)
		warn(a, "hard-link", NULL,
		    "the file has more than one name (hard links)");
	if (a->db->claimed)
		warn(a, "reserved-bytes", NULL, "a checksum or a cipher is in "
		    "the reserved bytes of its pages: what is written without "
		    "it would be broken, so nothing is erased");
	advise_assurance(a);
	advise_say(a->to, STORE_NOTE, "journal-mode", a->db->wal ?
	    "the database is in WAL mode" :
	    "the database uses a rollback journal");
}

/* Can the files be reached, as a pass would? */
static void
advise_files(const struct advice *a)
{
	struct attach *files = NULL;
	struct err why = ERR_EMPTY;

	if (!a->d->files.column)
		return;
	if (attach_new(a->q, NULL, &files, &why) == -1)
		advise_say(a->to, STORE_ERROR, "files-root", why.text);
	else if (faccessat(AT_FDCWD, a->d->files.root, W_OK, AT_EACCESS) == -1)
		advise_say(a->to, STORE_ERROR, "files-root", "files.root "
		    "cannot be written to: no file in it can be erased");
	attach_free(files);
	advise_index(a, a->q->table, a->d->files.column);
}

int
advise_dataset(struct db *db, const struct rule_dataset *d, struct wall at,
    const struct advise_to *to, struct err *e)
{
	struct advice a = { .db = db, .d = d, .to = to };
	struct query *q = NULL;
	struct err why = ERR_EMPTY;
	int rc = 0;

	if (query_make(db, d, at, &q, &why) == -1) {
		if (why.code == ERR_MEMORY || why.code == ERR_BUSY) {
			*e = why;
			return -1;
		}
		advise_say(to, STORE_ERROR, why.code == ERR_STORE ?
		    "no-table" : "refused", why.text);
		return 0;
	}
	a.q = q;
	if (q->when.column)
		advise_index(&a, q->table, q->when.column);
	advise_children(&a, d->children, d->n_children);
	for (size_t i = 0; i < d->n_columns; i++)
		advise_column(&a, &d->columns[i]);
	advise_file(&a);
	advise_files(&a);
	if (advise_clock(&a, e) == -1 || advise_foreign_keys(&a, e) == -1 ||
	    advise_triggers(&a, e) == -1)
		rc = -1;
	query_free(q);
	return rc;
}

int
advise_destroy(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, const struct advise_to *to, struct err *e)
{
	struct store_counts n;
	struct stat st;

	if (destroy_plan(s, d, at, &n, e) == -1)
		return -1;
	if (n.total == 0)
		advise_say(to, STORE_NOTE, "no-file",
		    "there is no file to destroy (yet, or any more)");
	if (!rule_path_is_glob(s->path) && lstat(s->path, &st) == 0 &&
	    (!S_ISREG(st.st_mode) || st.st_nlink > 1))
		advise_say(to, STORE_ERROR, "refused", "the store is a link "
		    "or has several names, and will not be destroyed");
	return 0;
}
