/*
 * stampkit - passes of a few rows over a database of some 5 MiB, each by a
 * connection of its own that is told as what the one before left the file.
 */
#ifndef TESTS_STAMPKIT_H
#define TESTS_STAMPKIT_H

#include "storetest.h"
#include "tap.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "store/sqlite/db.h"
#include "store/sqlite/erase.h"
#include "store/sqlite/query.h"
#include "store/sqlite/stamp.h"

#include "scrubkit.h"

#define STAMP_BASE INT64_C(1600000000)
#define STAMP_EACH 5			/* rows fall due with each pass */

static const char stamp_schema[] = "PRAGMA secure_delete=OFF;"
    "CREATE TABLE t(id INTEGER PRIMARY KEY, ts INT, body TEXT);"
    "CREATE INDEX by_ts ON t(ts);"
    "INSERT INTO t SELECT i, 1600000000 + i, 'mkn' || printf('%06d', i) || "
    "'z' || hex(randomblob(200)) FROM (WITH RECURSIVE s(i) AS (SELECT 1 UNION "
    "ALL SELECT i + 1 FROM s WHERE i < 12000) SELECT i FROM s)";

struct stamped {
	struct fixture f;
	const char *mode;
	char clean[STORE_CLEAN_BYTES];
	int passes;
	uint64_t read, bytes, erased;
	bool trusted;
};

static inline uint64_t
stamp_bytes(const char *path)
{
	struct stat st = { .st_size = 0 };

	(void)stat(path, &st);
	return (uint64_t)st.st_size;
}

/* take: what it left is told. */
static inline bool
stamp_pass_over(struct stamped *w, bool take)
{
	struct rule_dataset d = a_rule("t", "ts");
	struct wall at = { (STAMP_BASE + ++w->passes * STAMP_EACH) * 1000 +
	    86400000 };
	struct told told;
	struct store_sink sink = told_sink(&told);
	struct store_result r = { .erased = 0 };
	struct query *q = NULL;
	struct db *db = NULL;
	int rc = db_open(&(struct db_how){ .store = &w->f.store,
	    .path = w->f.path, .access = STORE_WRITE }, &db, &w->f.e);

	w->trusted = false;
	if (rc == 0) {
		w->trusted = stamp_trust(db, w->clean);
		rc = query_make(db, &d, at, &q, &w->f.e);
	}
	if (rc == 0)
		rc = erase_pass(q, &sink, &r, &w->f.e);
	w->clean[0] = '\0';
	if (rc == 0 && take)
		stamp_take(db, w->clean);
	w->read = rc == 0 ? db->soil.bytes_read : 0;
	w->bytes = stamp_bytes(w->f.path);
	w->erased = r.erased;
	query_free(q);
	db_close(db);
	if (rc == -1)
		printf("# %s\n", w->f.e.text);
	return rc == 0;
}

static inline bool
stamp_was_whole(const struct stamped *w)
{
	return !w->trusted && w->read >= w->bytes;
}

static inline void
stamp_begin(struct stamped *w, const char *mode)
{
	char sql[80];

	*w = (struct stamped){ .mode = mode };
	fixture_open(&w->f, "SELECT 1");
	w->f.store.scrub = RULE_SCRUB_ERASED;
	snprintf(sql, sizeof(sql), "PRAGMA journal_mode=%s", mode);
	fixture_sql(&w->f, sql);
	fixture_sql(&w->f, stamp_schema);
}

/* Are times believed where the databases lie? */
static inline bool
stamp_is_here(void)
{
	struct statfs fs;

	return statfs("/tmp", &fs) == 0 && (fs.f_type == EXT4_SUPER_MAGIC ||
	    fs.f_type == 0x58465342 || fs.f_type == 0x9123683e);
}

#endif
