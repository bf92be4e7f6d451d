/*
 * db - open another application's SQLite file without leaving a trace in it.
 */
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "connect.h"
#include "guard.h"
#include "vfs.h"

/* The class, by primary result code. */
static enum err_code
class_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_SCHEMA:
		return ERR_CHANGED;
	case SQLITE_AUTH:
		return ERR_REFUSED;
	default:
		return ERR_STORE;
	}
}

static const char *
hint_of(int rc)
{
	if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY)
		return " (its application left unfinished work in a journal; "
		    "it is read once the application has opened it again)";
	if ((rc & 0xff) == SQLITE_NOTADB)
		return " (not an SQLite database, or an encrypted one)";
	return "";
}

int
db_fail(const struct db *db, int rc, struct err *e, const char *what)
{
	(void)db;
	return err_set(e, class_of(rc), "%s: %s%s", what, sqlite3_errstr(rc),
	    hint_of(rc));
}

int
db_prepare(struct db *db, const char *sql, sqlite3_stmt **ret, struct err *e)
{
	const char *tail = NULL;
	sqlite3_stmt *s = NULL;

	db->guard->why[0] = '\0';

	int rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &s, &tail);

	if (rc != SQLITE_OK)
		return err_set(e, class_of(rc), "%s%s",
		    db->guard->why[0] ? db->guard->why : sqlite3_errmsg(db->h),
		    hint_of(rc));
	if (!s || tail[strspn(tail, " \t\r\n;")]) {
		sqlite3_finalize(s);
		return err_set(e, ERR_REFUSED, "expected one SQL statement");
	}
	*ret = s;
	return 0;
}

int
db_prepare_strict(struct db *db, const char *sql, sqlite3_stmt **ret,
    struct err *e)
{
	int was = 1, rc;

	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DML, -1, &was);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	rc = db_prepare(db, sql, ret, e);
	/* The application's triggers may need it. */
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DML, was, NULL);
	return rc;
}

int
db_exec(struct db *db, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(db, rc, e, sql);
}

int
db_int(struct db *db, const char *sql, int64_t *ret, struct err *e)
{
	sqlite3_stmt *s;

	if (db_prepare(db, sql, &s, e) == -1)
		return -1;

	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return rc == SQLITE_ROW ? 0 : db_fail(db, rc, e, sql);
}

int
db_run(sqlite3_stmt *s)
{
	int rc = sqlite3_step(s), end;

	end = sqlite3_reset(s);
	return rc == SQLITE_ROW && end == SQLITE_OK ? SQLITE_ROW :
	    rc == SQLITE_DONE ? SQLITE_DONE : end != SQLITE_OK ? end : rc;
}

int64_t
db_number(sqlite3_stmt *s)
{
	int64_t n = sqlite3_step(s) == SQLITE_ROW ?
	    sqlite3_column_int64(s, 0) : -1;

	sqlite3_reset(s);
	return n;
}

int
db_open(const struct db_how *how, struct db **ret, struct err *e)
{
	struct db *db = calloc(1, sizeof(*db));
	int64_t page_bytes = 0;
	struct err ignored;

	if (!db)
		return err_set(e, ERR_MEMORY, "no memory");
	db->shm_fd = -1;
	db->store = how->store;
	db->write = how->access == STORE_WRITE;
	db->path = strdup(how->path);
	db->file = how->file ? strdup(how->file) : NULL;
	if (how->pseudonym_key) {
		memcpy(db->key, how->pseudonym_key, sizeof(db->key));
		db->has_key = true;
	}
	if (!db->path || (how->file && !db->file)) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		goto fail;
	}
	if (connect_open(db, e) == -1)
		goto fail;
	if (db->write && vfs_watch(db->h, &db->soil) &&
	    db_int(db, "PRAGMA page_size", &page_bytes, &ignored) == 0)
		db->soil.page_bytes = (uint32_t)page_bytes;
	*ret = db;
	return 0;
fail:
	db_close(db);
	return -1;
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	connect_close(db);
	fd_close(&db->shm_fd);
	soil_release(&db->soil);
	explicit_bzero(db->key, sizeof(db->key));
	free(db->path);
	free(db->file);
	free(db);
}

int
db_still(const struct db *db, struct err *e)
{
	struct stat now;

	if (!db->immutable)
		return 0;
	if (stat(db->path, &now) == 0 && now.st_ino == db->before.st_ino &&
	    now.st_dev == db->before.st_dev &&
	    now.st_size == db->before.st_size &&
	    now.st_mtim.tv_sec == db->before.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == db->before.st_mtim.tv_nsec &&
	    connect_log_bytes(db->path) == 0)
		return 0;
	return err_set(e, ERR_CHANGED, "store %s: changed while it was read",
	    db->store->full);
}

int
db_same_file(const struct db *db, struct err *e)
{
	struct stat now;

	if (stat(db->path, &now) == 0 && now.st_ino == db->before.st_ino &&
	    now.st_dev == db->before.st_dev)
		return 0;
	return err_set(e, ERR_CHANGED, "store %s: the file was replaced, "
	    "renamed or removed", db->store->full);
}

/* Every connection holds a shared lock on byte 128 of the -shm.  Our own are
 * not reported; the descriptor stays open as long as SQLite's, since closing
 * it would drop SQLite's locks. */
bool
db_has_company(struct db *db)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
		.l_start = 128, .l_len = 1 };

	if (!db->wal)
		return false;
	if (db->shm_fd == -1) {
		struct buf b = BUF_EMPTY;

		buf_putf(&b, "%s-shm", db->path);
		db->shm_fd = open(buf_text(&b), O_RDWR | O_CLOEXEC);
		buf_release(&b);
	}
	return db->shm_fd == -1 || fcntl(db->shm_fd, F_GETLK, &l) == -1 ||
	    l.l_type != F_UNLCK;
}

bool
db_has_triggers(struct db *db)
{
	int64_t n = 1;
	struct err ignored;

	/* Any trigger at all: it may fire by way of another's statement. */
	(void)db_int(db, "SELECT count(*) FROM sqlite_schema WHERE type = "
	    "'trigger'", &n, &ignored);
	return n > 0;
}
