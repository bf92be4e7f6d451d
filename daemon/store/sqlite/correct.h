/*
 * correct - columns of a person's rows become what the person says.
 *
 * The new value is bound by a function of ours and stands in no SQL text.
 * Whether a row has it is told by its digest, so recovery can tell as well,
 * which has nothing else.
 */
#ifndef STORE_SQLITE_CORRECT_H
#define STORE_SQLITE_CORRECT_H

#include <stdbool.h>

#include "retention/err.h"
#include "retention/rule.h"

struct buf;
struct db;
struct query;
struct table;

/* ERR_REFUSED: the column names the row, decides when or with what it goes,
 * or takes numbers and this is none. */
int correct_check(const struct query *q, struct err *e);

/* "a" = retention_new(0), ...; and the tests that they are not so yet. */
void correct_set(struct buf *b, const struct rule_dataset *d, bool first);
void correct_needs(struct buf *b, const struct table *t,
    const struct rule_dataset *d);

/* Are there new values that are known?  Else nothing can be done. */
bool correct_is_blind(const struct rule_dataset *d);

/* retention_is(value, i), retention_new(i).  A code of SQLite. */
int correct_register(struct db *db);

#endif
