/*
 * What leaves a file of a connection that erases is zero before it leaves:
 * journals that are deleted or emptied, the tail that a database loses.
 */
#include "storetest.h"
#include "tap.h"

#include "store/sqlite/vfs.h"

#include "scrubkit.h"

static char path[128], journal[160], wal[160];
static sqlite3_syscall_ptr old_truncate;
static long cuts, unclean;

/* Are all bytes zero that a descriptor shows? */
static int
is_clean(int fd, off_t from)
{
	unsigned char b[4096];
	ssize_t n;

	while ((n = pread(fd, b, sizeof(b), from)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (b[i] != 0)
				return 0;
		from += n;
	}
	return n == 0;
}

static int
watch_truncate(int fd, off_t to)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size > to) {
		cuts++;
		unclean += !is_clean(fd, to);
	}
	return ftruncate(fd, to);
}

static sqlite3 *
open_it(const char *vfs)
{
	sqlite3 *h;

	must(sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE, vfs) == SQLITE_OK);
	return h;
}

static void
fill(const char *mode, const char *vacuum)
{
	sqlite3 *h = open_it(NULL);
	char sql[512];

	(void)snprintf(sql, sizeof(sql), "PRAGMA auto_vacuum=%s; PRAGMA "
	    "secure_delete=OFF; PRAGMA journal_mode=%s; CREATE TABLE t(x);"
	    "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s "
	    "WHERE i < 400) INSERT INTO t SELECT 'secret' || "
	    "hex(randomblob(200)) FROM s", vacuum, mode);
	scrub_sql(h, sql);
	sqlite3_close(h);
}

/* A journal that is deleted is zero by then: seen through a descriptor. */
static void
test_deleted(const char *vfs, int clean)
{
	sqlite3 *h;
	int fd;

	fill("DELETE", "0");
	h = open_it(vfs);
	scrub_sql(h, "PRAGMA cache_size=5; BEGIN; DELETE FROM t WHERE rowid "
	    "% 2");
	fd = open(journal, O_RDONLY | O_CLOEXEC);
	ok(fd != -1 && !is_clean(fd, 0), "a journal with content");
	ok(scrub_sql(h, "COMMIT") == SQLITE_OK && access(journal, F_OK) == -1,
	    "is deleted");
	ok(is_clean(fd, 0) == clean, "%s: its content is %s", vfs ? "ours" :
	    "SQLite's own", clean ? "zero" : "not");
	close(fd);
	ok(scrub_sound(h), "and the database sound");
	sqlite3_close(h);
	unlink(path);
}

static void
test_cut(const char *vfs, const char *mode, const char *vacuum, const char *sql)
{
	sqlite3 *h;
	int rc;

	fill(mode, vacuum);
	h = open_it(vfs);
	(void)snprintf(wal, sizeof(wal), "PRAGMA secure_delete=OFF; PRAGMA "
	    "journal_mode=%s", mode);
	scrub_sql(h, wal);
	cuts = unclean = 0;
	rc = scrub_sql(h, sql);
	ok(rc == SQLITE_OK && cuts > 0 && unclean == 0,
	    "%s, auto_vacuum %s: %ld cuts, %ld of what was not zero", mode,
	    vacuum, cuts, unclean);
	ok(scrub_sound(h), "sound");
	sqlite3_close(h);
	unlink(path);
}

int
main(void)
{
	sqlite3_vfs *base = sqlite3_vfs_find(NULL);
	char dir[] = "/tmp/vfstest.XXXXXX";
	struct err e = ERR_EMPTY;
	const char *vfs = vfs_name(&e);

	must(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/x.db", dir);
	(void)snprintf(journal, sizeof(journal), "%s-journal", path);
	ok(vfs != NULL && vfs == vfs_name(&e), "registered once: %s", e.text);
	test_deleted(NULL, 0);
	test_deleted(vfs, 1);
	old_truncate = base->xGetSystemCall(base, "ftruncate");
	base->xSetSystemCall(base, "ftruncate",
	    (sqlite3_syscall_ptr)watch_truncate);
	test_cut(vfs, "TRUNCATE", "0", "DELETE FROM t WHERE rowid % 2");
	test_cut(vfs, "DELETE", "1", "DELETE FROM t");
	test_cut(vfs, "WAL", "1", "DELETE FROM t; PRAGMA wal_checkpoint("
	    "TRUNCATE)");
	test_cut(vfs, "DELETE", "2", "DELETE FROM t; PRAGMA "
	    "incremental_vacuum");
	test_cut(vfs, "DELETE", "0", "DELETE FROM t WHERE rowid % 2; VACUUM");
	base->xSetSystemCall(base, "ftruncate", old_truncate);
	rmdir(dir);
	return tap_done();
}
