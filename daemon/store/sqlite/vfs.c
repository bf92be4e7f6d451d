/*
 * vfs - the default VFS, with zeros before every loss of bytes.
 *
 * The database itself is only ever touched through the descriptor that SQLite
 * has: closing another one would drop its POSIX locks.  Journals and logs bear
 * none, so a deleted one may be opened once more.
 */
#include "vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "retention/fd.h"

#include "shred.h"
#include "soil.h"

static const char name[] = "retention-wiper";

#define HEAD 512
#define SIDE (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | \
    SQLITE_OPEN_SUPER_JOURNAL)

struct file {
	sqlite3_file base;
	int flags;
	sqlite3_file *real;		/* lies behind this struct */
	struct file *of;		/* a log's database; else itself */
	struct soil *soil;		/* of the database; borrowed, or NULL */
};

static sqlite3_file *
real(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static int
zeros(sqlite3_file *f, sqlite3_int64 from, sqlite3_int64 to)
{
	static const unsigned char nothing[65536];
	int rc = SQLITE_OK;

	while (rc == SQLITE_OK && from < to) {
		sqlite3_int64 n = to - from;

		n = n < (sqlite3_int64)sizeof(nothing) ? n :
		    (sqlite3_int64)sizeof(nothing);
		rc = f->pMethods->xWrite(f, nothing, (int)n, from);
		from += n;
	}
	return rc == SQLITE_OK ? f->pMethods->xSync(f, SQLITE_SYNC_NORMAL) :
	    rc;
}

static int
wipe(sqlite3_file *f, sqlite3_int64 from)
{
	sqlite3_int64 bytes = 0;
	int rc = real(f)->pMethods->xFileSize(real(f), &bytes);

	if (rc != SQLITE_OK || from >= bytes)
		return rc;
	if (from == 0 && (((struct file *)f)->flags & SIDE) && bytes > HEAD) {
		rc = zeros(real(f), 0, HEAD);
		from = HEAD;
	}
	return rc == SQLITE_OK ? zeros(real(f), from, bytes) : rc;
}

static int
on_close(sqlite3_file *f)
{
	if (((struct file *)f)->flags & SQLITE_OPEN_DELETEONCLOSE)
		(void)wipe(f, 0);
	return real(f)->pMethods->xClose(real(f));
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
	int rc = wipe(f, bytes);

	return rc == SQLITE_OK ? real(f)->pMethods->xTruncate(real(f),
	    bytes) : rc;
}

static int
on_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	const struct file *own = (struct file *)f;
	int rc = real(f)->pMethods->xRead(real(f), to, n, at);

	if (own->soil != NULL && rc == SQLITE_OK)
		soil_read(own->soil, to, (uint32_t)n, at);
	return rc;
}

static int
on_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	const struct file *own = (struct file *)f;
	struct soil *s = own->of != NULL ? own->of->soil : NULL;

	if (s != NULL && own->of == own)
		soil_wrote(s, from, (uint32_t)n, at);
	else if (s != NULL)
		soil_logged(s, from, (uint32_t)n, at);
	return real(f)->pMethods->xWrite(real(f), from, n, at);
}

static int
on_sync(sqlite3_file *f, int flags)
{
	return real(f)->pMethods->xSync(real(f), flags);
}

static int
on_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	return real(f)->pMethods->xFileSize(real(f), ret);
}

static int
on_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int
on_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int
on_reserved(sqlite3_file *f, int *ret)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int
on_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
on_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int
on_device(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
on_shm_map(sqlite3_file *f, int at, int bytes, int extend, void volatile **ret)
{
	return real(f)->pMethods->xShmMap(real(f), at, bytes, extend, ret);
}

static int
on_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}

static void
on_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
on_shm_unmap(sqlite3_file *f, int remove)
{
	return real(f)->pMethods->xShmUnmap(real(f), remove);
}

/* Version 2: without mappings, which we do not use. */
static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = on_close, .xRead = on_read,
	.xWrite = on_write, .xTruncate = on_truncate, .xSync = on_sync,
	.xFileSize = on_size, .xLock = on_lock, .xUnlock = on_unlock,
	.xCheckReservedLock = on_reserved, .xFileControl = on_control,
	.xSectorSize = on_sector, .xDeviceCharacteristics = on_device,
	.xShmMap = on_shm_map, .xShmLock = on_shm_lock,
	.xShmBarrier = on_shm_barrier, .xShmUnmap = on_shm_unmap,
};

/* Whose log it is: SQLite keeps that with the name it opens it by. */
static struct file *
database_of(struct file *own, const char *path, int flags)
{
	sqlite3_file *f = flags & SQLITE_OPEN_WAL ?
	    sqlite3_database_file_object(path) : &own->base;

	if (!(flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB)))
		return NULL;
	return f != NULL && (f == &own->base || f->pMethods == &methods) ?
	    (struct file *)f : NULL;
}

bool
vfs_watch(sqlite3 *h, struct soil *s)
{
	sqlite3_file *f = NULL;

	if (sqlite3_file_control(h, "main", SQLITE_FCNTL_FILE_POINTER, &f) !=
	    SQLITE_OK || f == NULL || f->pMethods != &methods)
		return false;
	((struct file *)f)->soil = s;
	return true;
}

static int
on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags,
    int *ret_flags)
{
	sqlite3_vfs *base = sqlite3_vfs_find(NULL);
	struct file *own = (struct file *)f;
	int rc;

	(void)vfs;
	own->base.pMethods = NULL;
	own->flags = flags;
	own->soil = NULL;
	own->of = database_of(own, path, flags);
	own->real = (sqlite3_file *)(void *)&own[1];
	rc = base->xOpen(base, path, own->real, flags, ret_flags);
	if (own->real->pMethods != NULL)
		own->base.pMethods = &methods;
	return rc;
}

/* What cannot be wiped as a link, or bears a second name, only loses this
 * one: the bytes are not ours to change. */
static int
on_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	sqlite3_vfs *base = sqlite3_vfs_find(NULL);
	struct shred_file s = { .dir_fd = AT_FDCWD, .name = path, .fd = -1 };
	struct err e = ERR_EMPTY;
	bool wiped = true;

	(void)vfs;
	if (shred_open(&s, &e) == 1)
		wiped = shred_overwrite(&s, &e) == 0;
	fd_close(&s.fd);
	return wiped ? base->xDelete(base, path, sync) : SQLITE_IOERR_DELETE;
}

const char *
vfs_name(struct err *e)
{
	sqlite3_vfs *base = sqlite3_vfs_find(NULL), *vfs;
	int rc;

	if (sqlite3_vfs_find(name))
		return name;
	vfs = base ? malloc(sizeof(*vfs)) : NULL;
	if (!vfs) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		return NULL;
	}
	*vfs = *base;
	vfs->zName = name;
	vfs->pNext = NULL;
	vfs->szOsFile = base->szOsFile + (int)sizeof(struct file);
	vfs->xOpen = on_open;
	vfs->xDelete = on_delete;
	rc = sqlite3_vfs_register(vfs, 0);	/* SQLite's for good */
	if (rc == SQLITE_OK)
		return name;
	free(vfs);
	(void)err_set(e, ERR_STORE, "%s", sqlite3_errstr(rc));
	return NULL;
}
