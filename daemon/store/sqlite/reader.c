/*
 * reader - the default VFS, with side files opened for reading only.
 */
#include "reader.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

static const char name[] = "retention-reader";

#define SIDE (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)
#define CHANGING (SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | \
    SQLITE_OPEN_DELETEONCLOSE | SQLITE_OPEN_EXCLUSIVE)

static int
open_side(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
    int *ret_flags)
{
	sqlite3_vfs *base = sqlite3_vfs_find(NULL);

	(void)vfs;
	if (flags & SIDE)
		flags = (flags & ~CHANGING) | SQLITE_OPEN_READONLY;
	return base->xOpen(base, path, file, flags, ret_flags);
}

static int
refuse_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	(void)vfs, (void)path, (void)sync;
	return SQLITE_IOERR_DELETE;
}

/* Who may not write through a descriptor has no business giving it away. */
static int
own(int fd, uid_t uid, gid_t gid)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || (flags & O_ACCMODE) == O_RDONLY)
		return 0;
	return fchown(fd, uid, gid);
}

const char *
reader_vfs(struct err *e)
{
	sqlite3_vfs *base = sqlite3_vfs_find(NULL), *vfs;
	int rc;

	if (sqlite3_vfs_find(name))
		return name;
	if (!base || base->iVersion < 3 || base->xSetSystemCall(base,
	    "fchown", (sqlite3_syscall_ptr)own) != SQLITE_OK) {
		(void)err_set(e, ERR_STORE, "this SQLite cannot be kept from "
		    "writing");
		return NULL;
	}
	vfs = malloc(sizeof(*vfs));
	if (!vfs) {
		(void)err_set(e, ERR_MEMORY, "no memory");
		return NULL;
	}
	*vfs = *base;
	vfs->zName = name;
	vfs->pNext = NULL;
	vfs->xOpen = open_side;
	vfs->xDelete = refuse_delete;
	rc = sqlite3_vfs_register(vfs, 0);	/* SQLite's for good */
	if (rc == SQLITE_OK)
		return name;
	free(vfs);
	(void)err_set(e, ERR_STORE, "%s", sqlite3_errstr(rc));
	return NULL;
}
