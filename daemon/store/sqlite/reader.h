/*
 * reader - a VFS for connections that may not change anything (I9).
 *
 * A read-only connection of SQLite still opens an existing -wal for writing,
 * would create it when it has just gone, and as root hands side files to the
 * owner of the database, which sets their change time.  This one does not.
 */
#ifndef STORE_SQLITE_READER_H
#define STORE_SQLITE_READER_H

#include "retention/err.h"

/* Its name for sqlite3_open_v2(), registered with the first call; NULL with
 * ERR_STORE or ERR_MEMORY when it cannot be. */
const char *reader_vfs(struct err *e);

#endif
