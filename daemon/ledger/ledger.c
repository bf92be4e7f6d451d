/*
 * ledger - opens the daemon's own database and keeps its statements.  The
 * tables are in files of their own.  Nothing here opens any other database.
 */
#include "retention/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "ledger_private.h"

#define SCHEMA_VERSION 1
#define BUSY_MS 5000

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE event(name TEXT PRIMARY KEY, at INTEGER NOT NULL,"
    " declared INTEGER NOT NULL, uid INTEGER NOT NULL, user TEXT NOT NULL)"
    " STRICT;"
    "CREATE TABLE head(one INTEGER PRIMARY KEY CHECK(one=1),"
    " size INTEGER NOT NULL, root BLOB NOT NULL) STRICT;"
    "CREATE TABLE op(op BLOB PRIMARY KEY, job TEXT NOT NULL) STRICT;"
    "CREATE TABLE dataset(dataset TEXT PRIMARY KEY,"
    " last_pass INTEGER NOT NULL, erased_total INTEGER NOT NULL,"
    " due INTEGER NOT NULL, undated INTEGER NOT NULL,"
    " future INTEGER NOT NULL, oldest_due INTEGER NOT NULL,"
    " last_error TEXT NOT NULL) STRICT;"
    "CREATE TABLE policy(one INTEGER PRIMARY KEY CHECK(one=1),"
    " digest BLOB NOT NULL) STRICT;"
    "CREATE TABLE clock(one INTEGER PRIMARY KEY CHECK(one=1),"
    " at INTEGER NOT NULL) STRICT;"
    "PRAGMA user_version=1;"
    "COMMIT;";

/* What came with later versions, beside what is there already. */
static const char additions[] =
    "CREATE TABLE IF NOT EXISTS hold(id TEXT PRIMARY KEY,"
    " state INTEGER NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL,"
    " kind TEXT NOT NULL, hash BLOB NOT NULL, matter TEXT NOT NULL,"
    " issuer TEXT NOT NULL, reason TEXT NOT NULL, placed INTEGER NOT NULL,"
    " until INTEGER NOT NULL, released INTEGER NOT NULL,"
    " uid INTEGER NOT NULL, user TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS plan(id TEXT PRIMARY KEY,"
    " dataset TEXT NOT NULL, why TEXT NOT NULL, state TEXT NOT NULL,"
    " ep INTEGER NOT NULL, n INTEGER NOT NULL, erased INTEGER NOT NULL,"
    " root BLOB NOT NULL, rule BLOB NOT NULL, made INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, decided INTEGER NOT NULL,"
    " uid INTEGER NOT NULL, user TEXT NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS plan_dataset ON plan(dataset,made);"
    "CREATE TABLE IF NOT EXISTS sight(one INTEGER PRIMARY KEY CHECK(one=1),"
    " at INTEGER NOT NULL, since_boot INTEGER NOT NULL,"
    " boot TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS fresh(dataset TEXT PRIMARY KEY) STRICT;"
    "CREATE TABLE IF NOT EXISTS deferred(dataset TEXT PRIMARY KEY,"
    " held INTEGER NOT NULL, restricted INTEGER NOT NULL,"
    " gate INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS request(id TEXT PRIMARY KEY,"
    " what TEXT NOT NULL, state TEXT NOT NULL, received INTEGER NOT NULL,"
    " due INTEGER NOT NULL, made INTEGER NOT NULL, closed INTEGER NOT NULL,"
    " uid INTEGER NOT NULL, user TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS request_person(request TEXT NOT NULL,"
    " kind TEXT NOT NULL, hash BLOB NOT NULL,"
    " PRIMARY KEY(request,kind,hash)) STRICT;"
    "CREATE TABLE IF NOT EXISTS request_outcome(request TEXT NOT NULL,"
    " dataset TEXT NOT NULL, store TEXT NOT NULL, state TEXT NOT NULL,"
    " n_rows INTEGER NOT NULL, children INTEGER NOT NULL,"
    " files INTEGER NOT NULL, lines INTEGER NOT NULL,"
    " n_left INTEGER NOT NULL, error TEXT NOT NULL,"
    " PRIMARY KEY(request,dataset,store)) STRICT;"
    "CREATE TABLE IF NOT EXISTS erasure(id TEXT PRIMARY KEY,"
    " what TEXT NOT NULL, reason TEXT NOT NULL, made INTEGER NOT NULL,"
    " ended INTEGER NOT NULL, lines INTEGER NOT NULL,"
    " uid INTEGER NOT NULL, user TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS erasure_file(erasure TEXT PRIMARY KEY,"
    " file BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS erasure_person(erasure TEXT NOT NULL,"
    " kind TEXT NOT NULL, hash BLOB NOT NULL, before INTEGER NOT NULL,"
    " PRIMARY KEY(erasure,kind,hash)) STRICT;"
    "CREATE TABLE IF NOT EXISTS erasure_part(erasure TEXT NOT NULL,"
    " store TEXT NOT NULL, dataset TEXT NOT NULL, state TEXT NOT NULL,"
    " erased INTEGER NOT NULL, left INTEGER NOT NULL,"
    " held INTEGER NOT NULL, restricted INTEGER NOT NULL,"
    " kept INTEGER NOT NULL, error TEXT NOT NULL,"
    " PRIMARY KEY(erasure,dataset)) STRICT;"
    "CREATE TABLE IF NOT EXISTS suppression(kind TEXT NOT NULL,"
    " hash BLOB NOT NULL, erased INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, PRIMARY KEY(kind,hash)) STRICT;"
    "CREATE TABLE IF NOT EXISTS mark(store TEXT NOT NULL,"
    " file BLOB NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
    " counter INTEGER NOT NULL, cookie INTEGER NOT NULL,"
    " schema BLOB NOT NULL, PRIMARY KEY(store,file)) STRICT;"
    "CREATE TABLE IF NOT EXISTS print(store TEXT NOT NULL,"
    " file BLOB NOT NULL, dataset TEXT NOT NULL, kind TEXT NOT NULL,"
    " hash BLOB NOT NULL, print BLOB NOT NULL, t INTEGER NOT NULL,"
    " PRIMARY KEY(store,file,dataset,kind,hash,print))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS erasure_print(erasure TEXT NOT NULL,"
    " dataset TEXT NOT NULL, print BLOB NOT NULL,"
    " PRIMARY KEY(erasure,dataset,print)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS clean(store TEXT PRIMARY KEY,"
    " says TEXT NOT NULL) STRICT;";

static const char *const sql[LEDGER_N_STATEMENTS] = {
#define LEDGER_SQL(name, text) [LEDGER_##name] = text,
	LEDGER_STATEMENTS(LEDGER_SQL)
#undef LEDGER_SQL
};

static int
failed(struct ledger *l, struct err *e)
{
	int rc = sqlite3_extended_errcode(l->db) & 0xff;

	if (rc == SQLITE_FULL) {
		errno = ENOSPC;
		return err_sys(e, "ledger");
	}
	return err_set(e, rc == SQLITE_BUSY || rc == SQLITE_LOCKED ? ERR_BUSY :
	    ERR_STORE, "ledger: %s", sqlite3_errmsg(l->db));
}

static int
execute(struct ledger *l, const char *text, struct err *e)
{
	return sqlite3_exec(l->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 :
	    failed(l, e);
}

static int
user_version(struct ledger *l, int *ret, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = -1;

	if (sqlite3_prepare_v2(l->db, "PRAGMA user_version", -1, &s, NULL) ==
	    SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
		*ret = sqlite3_column_int(s, 0);
		rc = 0;
	} else {
		(void)failed(l, e);
	}
	(void)sqlite3_finalize(s);
	return rc;
}

static int
make_ready(struct ledger *l, struct err *e)
{
	int version = 0;

	if (execute(l, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
	    "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON;"
	    "PRAGMA secure_delete=ON;", e) == -1 ||
	    user_version(l, &version, e) == -1)
		return -1;
	if (version > SCHEMA_VERSION || version < 0)
		return err_set(e, ERR_CONFIG, "ledger: version %d of the file: "
		    "this program knows up to %d; a newer one wrote it",
		    version, SCHEMA_VERSION);
	if (version == 0 && execute(l, schema, e) == -1)
		return -1;
	if (execute(l, additions, e) == -1)
		return -1;
	for (int i = 0; i < LEDGER_N_STATEMENTS; i++)
		if (sqlite3_prepare_v3(l->db, sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &l->statements[i], NULL) !=
		    SQLITE_OK)
			return failed(l, e);
	return 0;
}

/* The file exists with its mode before SQLite sees it; side files inherit. */
static int
make_file(struct ledger *l, const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK, 0600);
	int rc = 0;

	if (fd == -1)
		return err_sys(e, "ledger: %s", path);
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, "ledger: %s", path);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(e, ERR_CONFIG, "ledger: %s is no file", path);
	else if ((st.st_mode & 077) != 0)
		rc = err_set(e, ERR_CONFIG, "ledger: %s is open to others: "
		    "run chmod 600 on it", path);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	fd_close(&fd);
	return rc;
}

int
ledger_there(const struct ledger *l, struct err *e)
{
	struct stat st;

	if (lstat(l->path, &st) == -1)
		return err_sys(e, "ledger: %s", l->path);
	return S_ISREG(st.st_mode) && st.st_dev == l->dev &&
	    st.st_ino == l->ino ? 0 : err_set(e, ERR_STORE, "ledger: %s is "
	    "another file than the one that is open", l->path);
}

int
ledger_open(const char *state, struct ledger **ret, struct err *e)
{
	struct ledger *l = calloc(1, sizeof(*l));
	struct buf path = BUF_EMPTY;
	int rc = -1;

	buf_putf(&path, "%s/ledger.db", state);
	if (l == NULL || buf_failed(&path) ||
	    (l->path = strdup(path.data)) == NULL) {
		(void)err_set(e, ERR_MEMORY, "ledger: no memory");
		goto out;
	}
	if (make_file(l, path.data, e) == -1)
		goto out;
	if (sqlite3_open_v2(path.data, &l->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK) {
		(void)failed(l, e);
		goto out;
	}
	(void)sqlite3_busy_timeout(l->db, BUSY_MS);
	if (make_ready(l, e) == -1)
		goto out;
	*ret = l;
	l = NULL;
	rc = 0;
out:
	ledger_close(l);
	buf_release(&path);
	return rc;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	for (int i = 0; i < LEDGER_N_STATEMENTS; i++)
		(void)sqlite3_finalize(l->statements[i]);
	(void)sqlite3_close(l->db);
	free(l->path);
	free(l);
}

sqlite3_stmt *
ledger_statement(struct ledger *l, enum ledger_statement which)
{
	(void)sqlite3_reset(l->statements[which]);
	(void)sqlite3_clear_bindings(l->statements[which]);
	return l->statements[which];
}

int
ledger_step(struct ledger *l, sqlite3_stmt *s, struct err *e)
{
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : failed(l, e);
}

int
ledger_run(struct ledger *l, sqlite3_stmt *s, struct err *e)
{
	int rc = ledger_step(l, s, e);

	(void)sqlite3_reset(s);
	return rc == -1 ? -1 : 0;
}

int
ledger_bad_row(const char *table, struct err *e)
{
	return err_set(e, ERR_STORE, "ledger: a row of table %s is not as this "
	    "program writes it: another program changed the file", table);
}

void
ledger_bind_text(sqlite3_stmt *s, int i, const char *text)
{
	must(sqlite3_bind_text(s, i, text, -1, SQLITE_STATIC) != SQLITE_RANGE);
}

void
ledger_bind_int(sqlite3_stmt *s, int i, int64_t n)
{
	must(sqlite3_bind_int64(s, i, n) != SQLITE_RANGE);
}

void
ledger_bind_blob(sqlite3_stmt *s, int i, const void *bytes, size_t n)
{
	must(sqlite3_bind_blob64(s, i, bytes, n, SQLITE_STATIC) !=
	    SQLITE_RANGE);
}

int
ledger_column_text(sqlite3_stmt *s, int i, char *ret, size_t room)
{
	const unsigned char *text = sqlite3_column_text(s, i);
	size_t n = (size_t)sqlite3_column_bytes(s, i);

	if (text == NULL || n >= room)
		return -1;
	memcpy(ret, text, n);
	ret[n] = '\0';
	return 0;
}

int
ledger_column_blob(sqlite3_stmt *s, int i, void *ret, size_t n)
{
	const void *bytes = sqlite3_column_blob(s, i);

	if (bytes == NULL || (size_t)sqlite3_column_bytes(s, i) != n)
		return -1;
	memcpy(ret, bytes, n);
	return 0;
}
