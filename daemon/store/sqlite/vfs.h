/*
 * vfs - a VFS for connections that erase: what leaves a file is overwritten
 * before it leaves.
 *
 * Before a file shrinks or goes, its bytes become zeros and are synced.  Of a
 * journal and of a write-ahead log the first 512 bytes go first, with a sync
 * of their own: a valid beginning would be replayed over a newer database by
 * whoever comes after a power cut.
 */
#ifndef STORE_SQLITE_VFS_H
#define STORE_SQLITE_VFS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "retention/err.h"

struct soil;

/* Its name for sqlite3_open_v2(), registered with the first call; NULL with
 * ERR_STORE or ERR_MEMORY when it cannot be. */
const char *vfs_name(struct err *e);

/* From now on *s is told which pages this connection writes; it must outlive
 * the connection.  False: it is none of this VFS. */
bool vfs_watch(sqlite3 *h, struct soil *s);

#endif
