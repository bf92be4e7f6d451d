/*
 * change - what anonymising does to a row and to the rows of its children, as
 * SQL: the SET list, the test whether anything is left to do, the statements.
 */
#ifndef STORE_SQLITE_CHANGE_H
#define STORE_SQLITE_CHANGE_H

#include "retention/err.h"
#include "retention/rule.h"

struct buf;
struct query;
struct table;

/* "UPDATE " of the table.  Where its constraints have conflict clauses these
 * are overridden: REPLACE would delete another row. */
void change_update(struct buf *b, const struct table *t);

/* "a" = NULL, "b" = retention_anon("b", ...) */
void change_set(struct buf *b, const struct table *t,
    const struct rule_dataset *d);

/* Tests that columns of the dataset are not what they should become. */
void change_needs(struct buf *b, const struct table *t,
    const struct rule_dataset *d);

/* EXISTS tests for children, and the statements in q->before. */
int change_children(struct query *q, struct buf *needs, struct err *e);

/* Does every column exist, and is no key among them? */
int change_check(const struct query *q, struct err *e);

#endif
