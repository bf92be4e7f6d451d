/*
 * findrow - a row that was found, with what belongs to it: counted, and sent
 * where it was asked for.
 */
#ifndef STORE_SQLITE_FINDROW_H
#define STORE_SQLITE_FINDROW_H

#include <sqlite3.h>

#include "retention/err.h"

struct buf;
struct find_job;
struct findrow;
struct table;

/* For the rows of dataset's table t, `rule` of which may have children and
 * files.  Memory is the job's pool's; free it all the same. */
int findrow_new(struct find_job *j, const struct table *t,
    struct findrow **ret, struct err *e);
void findrow_free(struct findrow *r);		/* NULL is fine */

/* "columns, where IS TRUE" of a SELECT on it. */
void findrow_columns(const struct findrow *r, struct buf *b);

/* The row that s, a SELECT of those columns, stands on. */
int findrow_take(struct findrow *r, sqlite3_stmt *s, struct err *e);

#endif
