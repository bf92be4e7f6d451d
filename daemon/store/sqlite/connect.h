/*
 * connect - another application's database file, opened with our settings.
 */
#ifndef STORE_SQLITE_CONNECT_H
#define STORE_SQLITE_CONNECT_H

#include <sys/types.h>

#include "retention/err.h"

struct db;

/* Of db: path, store and write are set; sets h, guard, wal, immutable, before
 * and assure.  A reader waits some 1.3 seconds for an application that is just
 * closing its database or opening it.  -1: h and guard are
 * NULL. */
int connect_open(struct db *db, struct err *e);
void connect_close(struct db *db);	/* what connect_open() opened */

/* Of the write-ahead log beside a database; 0 when there is none. */
off_t connect_log_bytes(const char *path);

#endif
