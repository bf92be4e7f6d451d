/*
 * fts - full-text indexes: deleting a row only notes that its words are void;
 * the words go when the index's segments are merged into one.
 */
#ifndef STORE_SQLITE_FTS_H
#define STORE_SQLITE_FTS_H

#include <stdint.h>

#include "retention/err.h"

struct db;

/* Merges every FTS3, FTS4 and FTS5 index that has more than one segment.  No
 * transaction may be open.  ERR_BUSY when the steps took longer than most_ms. */
int fts_merge(struct db *db, int64_t most_ms, struct err *e);

#endif
