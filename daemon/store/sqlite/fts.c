/*
 * fts - merges full-text indexes, FTS5's in steps of a few hundred pages.
 *
 * FTS3 and FTS4 can only do it at one go, which holds the writers' lock for as
 * long as it takes.
 */
#include "fts.h"

#include <time.h>

#include "retention/buf.h"
#include "retention/clock.h"

#include "db.h"
#include "sql.h"

#define STEP_PAGES 200
#define REST_NS 10000000L

/* A virtual table by its words and by the tables that come with it. */
static const char list[] =
    "SELECT name, sql LIKE '%USING%fts5%' FROM sqlite_schema AS v WHERE "
    "type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%' AND "
    "((sql LIKE '%USING%fts5%' AND EXISTS (SELECT 1 FROM sqlite_schema AS s "
    "WHERE s.name = v.name || '_data') AND EXISTS (SELECT 1 FROM "
    "sqlite_schema AS s WHERE s.name = v.name || '_idx')) OR "
    "((sql LIKE '%USING%fts4%' OR sql LIKE '%USING%fts3%') AND EXISTS "
    "(SELECT 1 FROM sqlite_schema AS s WHERE s.name = v.name || "
    "'_segdir'))) ORDER BY name";

static void
put_insert(struct buf *b, const char *table, const char *what, long pages)
{
	buf_puts(b, "INSERT INTO ");
	sql_ident(b, table);
	buf_puts(b, "(");
	sql_ident(b, table);
	if (pages != 0)
		buf_putf(b, ", rank) VALUES ('%s', %ld)", what, pages);
	else
		buf_putf(b, ") VALUES ('%s')", what);
}

static int
run(struct db *db, const char *table, const char *what, long pages,
    struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc;

	put_insert(&b, table, what, pages);
	rc = buf_failed(&b) ? SQLITE_NOMEM : sqlite3_exec(db->h, buf_text(&b),
	    NULL, NULL, NULL);
	buf_release(&b);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, e, "merge a full-text "
	    "index");
}

/* A negative count begins a merge of everything, positive ones go on with it;
 * it is over when a step changes nothing but its own notes. */
static int
merge5(struct db *db, const char *table, int64_t most_ms, struct err *e)
{
	const struct timespec rest = { 0, REST_NS };
	struct mono began = clock_mono();

	for (long i = 0; clock_since_ms(began, clock_mono()) <= most_ms;
	    i++) {
		sqlite3_int64 before = sqlite3_total_changes64(db->h);

		if (run(db, table, "merge", i == 0 ? -STEP_PAGES : STEP_PAGES,
		    e) == -1)
			return -1;
		if (sqlite3_total_changes64(db->h) - before < 2)
			return 0;
		(void)nanosleep(&rest, NULL);
	}
	return err_set(e, ERR_BUSY, "a full-text index takes long to merge");
}

int
fts_merge(struct db *db, int64_t most_ms, struct err *e)
{
	sqlite3_stmt *s;
	struct buf names = BUF_EMPTY;
	size_t at = 0;
	int rc;

	if (db_prepare(db, list, &s, e) == -1)
		return -1;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);

		buf_putf(&names, "%d%s", sqlite3_column_int(s, 1),
		    name ? name : "");
		buf_add(&names, "", 1);
	}
	sqlite3_finalize(s);
	rc = rc != SQLITE_DONE ? db_fail(db, rc, e, "schema") :
	    buf_failed(&names) ? err_set(e, ERR_MEMORY, "no memory") : 0;
	for (; rc == 0 && at < names.n; at += strlen(names.data + at) + 1) {
		const char *name = names.data + at + 1;

		rc = names.data[at] == '1' ? merge5(db, name, most_ms, e) :
		    run(db, name, "optimize", 0, e);
	}
	buf_release(&names);
	return rc;
}
