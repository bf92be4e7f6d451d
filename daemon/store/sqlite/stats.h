/*
 * stats - what ANALYZE keeps of rows that are gone: whole keys, as samples.
 */
#ifndef STORE_SQLITE_STATS_H
#define STORE_SQLITE_STATS_H

#include "retention/err.h"

struct db;

/* Deletes the samples (sqlite_stat2, 3, 4; file format 3, section 2.6) of the
 * table and of those that have foreign keys, of all if there are triggers:
 * rows of them may have gone along.  Plans then go by sqlite_stat1, which holds
 * but counts, until the application's next ANALYZE. */
int stats_forget(struct db *db, const char *table, struct err *e);

#endif
