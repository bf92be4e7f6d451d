/*
 * connect - another application's database file, opened with our settings.
 *
 * Every setting that matters is set on our own connection and, where it
 * matters most (secure_delete), read back.  Defaults are never trusted.
 */
#include "connect.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/fd.h"

#include "bits.h"
#include "db.h"
#include "guard.h"
#include "pages.h"
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

off_t
connect_log_bytes(const char *path)
{
	return side_of(path, "-wal").bytes;
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

/* In the reserved bytes of the first page. */
static bool
claims(int fd, const uint8_t head[100])
{
	uint8_t last[255];
	uint32_t size = pages_u16(head + 16) == 1 ? 65536 : pages_u16(head + 16);
	ssize_t n = pread(fd, last, head[20], size - head[20]);

	return n > 0 && bits_any(last, (uint32_t)n);
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
	db->claimed = n == sizeof(head) && claims(fd, head);
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
	if (db->write && db->claimed)
		return err_set(e, ERR_REFUSED, "store %s: a checksum or a cipher "
		    "is in the reserved bytes of its pages, which would not fit "
		    "what is written without it", db->store->full);
	return 0;
}

static int
open_handle(struct db *db, bool *ret_passing, struct err *e)
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
			*ret_passing = true;
			return err_set(e, ERR_BUSY, "its application left a "
			    "write-ahead log behind, which cannot be read "
			    "without changing the folder; it is read once "
			    "the application is running");
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

void
connect_close(struct db *db)
{
	sqlite3_close_v2(db->h);
	guard_free(db->guard);
	db->h = NULL;
	db->guard = NULL;
}

/* No -shm, or one that nobody has filled yet. */
static bool
is_passing(int rc)
{
	return rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY;
}

/* *ret_passing: what failed may be over in a moment. */
static int
connect_once(struct db *db, bool *ret_passing, struct err *e)
{
	int64_t n;

	*ret_passing = false;
	if (look(db, e) == -1)
		return -1;
	if (open_handle(db, ret_passing, e) == 0 &&
	    ((db->guard = guard_new(db->h)) ||
	    err_set(e, ERR_MEMORY, "no memory") == 0) && settle(db, e) == 0 &&
	    db_int(db, "SELECT count(*) FROM sqlite_schema", &n, e) == 0)
		return 0;
	err_wrap(e, "store %s", db->store->full);
	if (!db->write && db->h)
		*ret_passing |= is_passing(sqlite3_errcode(db->h) & 0xff);
	connect_close(db);
	return -1;
}

/* An application that closes its database takes first the -shm and then the
 * -wal away; one that opens it makes them in turn.  A reader, which may make
 * neither, waits until it is done. */
int
connect_open(struct db *db, struct err *e)
{
	struct timespec rest = { .tv_nsec = 5000000 };
	bool passing;

	while (connect_once(db, &passing, e) == -1) {
		if (!passing || rest.tv_nsec > 640000000)
			return -1;
		(void)nanosleep(&rest, NULL);
		rest.tv_nsec *= 2;
	}
	return 0;
}
