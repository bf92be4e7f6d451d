/*
 * sql - pieces of SQL text: quoting, and conditions taken from policies.
 */
#ifndef STORE_SQLITE_SQL_H
#define STORE_SQLITE_SQL_H

#include <stdint.h>

#include "retention/err.h"

struct buf;
struct db;

void sql_ident(struct buf *b, const char *name);	/* "na""me" */
void sql_text(struct buf *b, const char *text);		/* 'it''s' */
void sql_real(struct buf *b, double r);			/* 17 digits */

/*
 * Is `text` one closed expression: balanced parentheses and quotes, no
 * comment, no parameter, no semicolon?  (What it means is SQLite's affair.)
 */
int sql_closed(const char *text, struct err *e);

/* As above, and that SQLite takes it over `table` alone with no function
 * that is not of the list.  `what` names the setting in the message. */
int sql_condition(struct db *db, const char *table, const char *what,
    const char *text, struct err *e);

#endif
