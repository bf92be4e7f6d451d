/*
 * mark - change counter: bytes 24 to 27 of the file (SQLite file format,
 * 1.3.7); schema cookie: 40 to 43 (1.3.9), as the connection sees it, because
 * in WAL mode the newest first page is not in the file.
 */
#include "mark.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "retention/sha256.h"

#include "db.h"

#define HEAD 100

static uint32_t
counter_of(struct db *db)
{
	uint8_t head[HEAD];
	sqlite3_file *f = NULL;

	if (sqlite3_file_control(db->h, "main", SQLITE_FCNTL_FILE_POINTER,
	    &f) != SQLITE_OK || f == NULL || f->pMethods == NULL ||
	    f->pMethods->xRead(f, head, HEAD, 0) != SQLITE_OK)
		return 0;
	return (uint32_t)head[24] << 24 | (uint32_t)head[25] << 16 |
	    (uint32_t)head[26] << 8 | head[27];
}

/* Every object's text; a root page that moved is no other schema. */
static int
schema_of(struct db *db, uint8_t ret[SHA256_BYTES], struct err *e)
{
	struct sha256 *h = sha256_new();
	sqlite3_stmt *s = NULL;
	int rc;

	if (h == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	if (db_prepare(db, "SELECT type, name, sql FROM sqlite_schema"
	    " ORDER BY type, name", &s, e) == -1) {
		sha256_free(h);
		return -1;
	}
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		for (int i = 0; i < 3; i++) {
			const void *text = sqlite3_column_text(s, i);
			size_t n = (size_t)sqlite3_column_bytes(s, i);

			if (text != NULL)
				sha256_add(h, text, n);
			sha256_add(h, "", 1);
		}
	sqlite3_finalize(s);
	sha256_end(h, ret);
	sha256_free(h);
	return rc == SQLITE_DONE ? 0 : db_fail(db, rc, e, "schema");
}

static uint64_t
born(const char *path)
{
	struct statx x;

	if (statx(AT_FDCWD, path, 0, STATX_BTIME, &x) == -1 ||
	    (x.stx_mask & STATX_BTIME) == 0 || x.stx_btime.tv_sec < 0)
		return 0;
	return (uint64_t)x.stx_btime.tv_sec * 1000000000 + x.stx_btime.tv_nsec;
}

/* The counter goes up with the first page, which is written when a number on
 * it is, the same one as well. */
int
mark_move(struct db *db, struct err *e)
{
	char text[64];
	int64_t version;

	if (!db->wal)
		return 0;
	if (db_int(db, "PRAGMA user_version", &version, e) == -1)
		return -1;
	(void)snprintf(text, sizeof(text), "PRAGMA user_version=%" PRId64,
	    version);
	return db_exec(db, text, e);
}

void
mark_name(const char *file, uint8_t ret[16])
{
	uint8_t digest[SHA256_BYTES];

	sha256_once(file, strlen(file), digest);
	memcpy(ret, digest, 16);
}

int
mark_file(struct db *db, struct store_marks *ret, struct err *e)
{
	struct store_mark m = { .ino = (uint64_t)db->before.st_ino };
	int64_t cookie = 0;

	if (ret->n == STORE_MARKS_MOST)
		return 0;
	if (db_exec(db, "BEGIN", e) == -1 ||
	    db_int(db, "PRAGMA schema_version", &cookie, e) == -1 ||
	    schema_of(db, m.schema, e) == -1)
		return -1;			/* closed, and so undone */
	m.counter = counter_of(db);
	m.cookie = (uint32_t)cookie;
	m.born = born(db->path);
	if (db->file != NULL)
		mark_name(db->file, m.file);
	(void)sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
	ret->mark[ret->n++] = m;
	return 0;
}
