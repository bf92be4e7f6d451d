/*
 * mark - what a file looks like from outside: SQLite's own counters, and the
 * file system's name for it.
 */
#ifndef STORE_SQLITE_MARK_H
#define STORE_SQLITE_MARK_H

#include "retention/store.h"

struct db;

/* What stands for a file of a store that has many. */
void mark_name(const char *file, uint8_t ret[16]);

/* One more mark, unless there are STORE_MARKS_MOST. */
int mark_file(struct db *db, struct store_marks *ret, struct err *e);

/* Within a transaction that erases: makes the change counter go up, which in
 * WAL mode not every transaction does, so that what was there before looks
 * older. */
int mark_move(struct db *db, struct err *e);

#endif
