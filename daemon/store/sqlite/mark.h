/*
 * mark - what a file looks like from outside: SQLite's own counters, and the
 * file system's name for it.
 */
#ifndef STORE_SQLITE_MARK_H
#define STORE_SQLITE_MARK_H

#include "retention/store.h"

struct db;

/* One more mark, unless there are STORE_MARKS_MOST. */
int mark_file(struct db *db, struct store_marks *ret, struct err *e);

#endif
