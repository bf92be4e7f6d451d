/*
 * stats - samples are live rows of tables of their own, which nobody misses.
 */
#include "stats.h"

#include <stddef.h>

#include "db.h"
#include "guard.h"

#define THERE(name) "SELECT count(*) FROM sqlite_schema WHERE type = 'table' " \
    "AND name = '" name "' COLLATE NOCASE"
/* A row that goes along has a foreign key. */
#define FORGET(name) "DELETE FROM " name " WHERE lower(tbl) = lower(?1) OR " \
    "EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger') OR " \
    "EXISTS (SELECT 1 FROM pragma_foreign_key_list(tbl))"

static const struct {
	const char *there, *forget;
} samples[] = {
	{ THERE("sqlite_stat2"), FORGET("sqlite_stat2") },
	{ THERE("sqlite_stat3"), FORGET("sqlite_stat3") },
	{ THERE("sqlite_stat4"), FORGET("sqlite_stat4") },
};

static int
forget(struct db *db, const char *sql, const char *table, struct err *e)
{
	sqlite3_stmt *s;
	int rc;

	if (db_prepare(db, sql, &s, e) == -1)
		return -1;
	rc = sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = db_run(s);
	sqlite3_finalize(s);
	return rc == SQLITE_DONE ? 0 : db_fail(db, rc, e, "forget samples");
}

int
stats_forget(struct db *db, const char *table, struct err *e)
{
	db->guard->mode = GUARD_SCHEMA;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		int64_t n;

		if (db_int(db, samples[i].there, &n, e) == -1 || (n > 0 &&
		    forget(db, samples[i].forget, table, e) == -1))
			return -1;
	}
	return 0;
}
