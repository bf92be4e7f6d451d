/*
 * db - open another application's SQLite file without leaving a trace in it.
 *
 * Every setting that matters is set on our own connection and, where it
 * matters most (secure_delete), read back.  Defaults are never trusted.
 */
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "guard.h"
#include "reader.h"
#include "vfs.h"

struct side {
	bool there;
	off_t bytes;
};

static struct side
side_of(const char *path, const char *suffix)
{
	struct buf b = BUF_EMPTY;
	struct side s = { .there = false };
	struct stat st;

	buf_putf(&b, "%s%s", path, suffix);
	if (!buf_failed(&b) && stat(buf_text(&b), &st) == 0)
		s = (struct side){ .there = true, .bytes = st.st_size };
	buf_release(&b);
	return s;
}

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

/* file: URI of a path, with what URIs take as their own escaped. */
static void
uri_put(struct buf *b, const char *path)
{
	buf_puts(b, "file:");
	for (; *path; path++) {
		if (strchr("%?#", *path))
			buf_putf(b, "%%%02X", (unsigned char)*path);
		else
			buf_add(b, path, 1);
	}
}

static int
look(struct db *db, struct err *e)
{
	uint8_t head[100];
	int fd = open(db->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return err_sys(e, "store %s: open", db->store->full);

	/* Before SQLite has it open: closing this drops no lock of ours. */
	ssize_t n = pread(fd, head, sizeof(head), 0);
	int rc = fstat(fd, &db->before);

	db->assure = assure_fd(fd);

	fd_close(&fd);
	if (n == -1 || rc == -1)
		return err_sys(e, "store %s: read", db->store->full);
	if (!S_ISREG(db->before.st_mode))
		return err_set(e, ERR_STORE, "store %s: not a regular file",
		    db->store->full);
	if (n > 0 && (n < 100 || memcmp(head, "SQLite format 3", 16) != 0))
		return err_set(e, ERR_STORE, "store %s: not an SQLite "
		    "database, or an encrypted one", db->store->full);
	db->wal = n >= 100 && head[19] == 2;
	return 0;
}

static int
open_handle(struct db *db, struct err *e)
{
	struct buf b = BUF_EMPTY;
	const char *vfs = NULL;
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
	    (db->write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);

	if (!(vfs = db->write ? vfs_name(e) : reader_vfs(e)))
		return -1;
	uri_put(&b, db->path);
	if (!db->write) {
		struct side wal = side_of(db->path, "-wal");

		db->immutable = db->wal && wal.bytes == 0 &&
		    !side_of(db->path, "-shm").there;
		if (db->wal && wal.bytes > 0 &&
		    !side_of(db->path, "-shm").there) {
			buf_release(&b);
			return err_set(e, ERR_BUSY, "store %s: its application "
			    "left a write-ahead log behind, which cannot be "
			    "read without changing the folder; it is read "
			    "once the application is running",
			    db->store->full);
		}
		buf_puts(&b, db->immutable ? "?mode=ro&immutable=1" :
		    "?mode=ro&readonly_shm=1");
	}

	int rc = buf_failed(&b) ? SQLITE_NOMEM :
	    sqlite3_open_v2(buf_text(&b), &db->h, flags, vfs);

	buf_release(&b);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc, e, "open");
}

static const char *const settings[] = {
	"PRAGMA secure_delete=ON", "PRAGMA foreign_keys=ON",
	"PRAGMA cell_size_check=ON",
	"PRAGMA temp_store=MEMORY", "PRAGMA mmap_size=0",
	"PRAGMA recursive_triggers=OFF", "PRAGMA synchronous=EXTRA",
	"PRAGMA fullfsync=ON", "PRAGMA case_sensitive_like=OFF",
};

static int
settle(struct db *db, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int64_t secure = 0;
	int64_t cache = db->store->cache_bytes > 0 ? db->store->cache_bytes :
	    (int64_t)40 << 20;

	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0,
	    NULL);
	sqlite3_busy_timeout(db->h, (int)(db->store->busy_ms > 0 ?
	    db->store->busy_ms : 5000));
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (db_exec(db, settings[i], e) == -1)
			return -1;
	/* With triggers it is needed; guard.c sees to what they may do. */
	buf_putf(&b, "PRAGMA cache_size=-%lld; PRAGMA query_only=%d; "
	    "PRAGMA trusted_schema=%d;", (long long)(cache / 1024),
	    !db->write, db->write);

	int rc = db_exec(db, buf_text(&b), e);

	buf_release(&b);
	if (rc == -1 || db_int(db, "PRAGMA secure_delete", &secure, e) == -1)
		return -1;
	if (secure != 1)
		return err_set(e, ERR_STORE, "secure_delete cannot be set");
	return 0;
}

int
db_open(const struct db_how *how, struct db **ret, struct err *e)
{
	struct db *db = calloc(1, sizeof(*db));
	int64_t n;

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
	if (look(db, e) == -1)
		goto fail;
	if (open_handle(db, e) == -1 || !(db->guard = guard_new(db->h)) ||
	    settle(db, e) == -1 ||
	    db_int(db, "SELECT count(*) FROM sqlite_schema", &n, e) == -1) {
		err_wrap(e, "store %s", db->store->full);
		goto fail;
	}
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
	sqlite3_close_v2(db->h);
	fd_close(&db->shm_fd);
	guard_free(db->guard);
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
	    side_of(db->path, "-wal").bytes == 0)
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
