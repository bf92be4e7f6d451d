/*
 * imprint - prints (print.h) of rows: taken of some that a person's request
 * erases, and compared with when a file may have come out of a backup.
 *
 * A moment is a time of the row's own that is not on the quarter of an hour:
 * a day, a birthday or an appointment is borne by a row that was written anew
 * as well, the second at which something happened is not.
 */
#ifndef STORE_SQLITE_IMPRINT_H
#define STORE_SQLITE_IMPRINT_H

#include <sqlite3.h>

#include "retention/err.h"
#include "retention/store.h"

struct buf;
struct db;
struct query;

/* q->imprint, when the query is about persons; NULL where rows can have no
 * print (more than IMPRINT_COLUMNS columns). */
#define IMPRINT_COLUMNS 100
struct imprint;
int imprint_make(struct query *q, struct err *e);
void imprint_free(struct imprint *x);		/* NULL is fine */

/* " AND ...": only rows with a moment, or that q->d->prints know. */
void imprint_narrow(const struct query *q, struct buf *b);

/* What of a row its print is made of, for a SELECT; NULL: rows have none.
 * And the print, where these columns stand from `from` on in the row. */
const char *imprint_columns(const struct query *q);
void imprint_row(const struct query *q, sqlite3_stmt *row, int from,
    uint8_t ret[PRINT_BYTES]);
/* What stands for the file, as in its mark. */
void imprint_file(const struct db *db, uint8_t ret[PRINT_FILE_BYTES]);

/* As store_match(), of one file; adds to *ret. */
int imprint_match(const struct query *q, struct store_matched *ret,
    struct err *e);

/* retention_printed(), retention_whose().  A code of SQLite. */
int imprint_register(struct db *db);

#endif
