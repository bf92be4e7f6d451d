/*
 * residue - was anything of what was erased left behind?
 *
 * A sample of values of rows about to go is kept in memory that is locked,
 * left out of core dumps and wiped, and looked for afterwards: in the free
 * space of the database, its -wal and its -journal.  What other rows hold as
 * well is no residue.
 */
#ifndef STORE_SQLITE_RESIDUE_H
#define STORE_SQLITE_RESIDUE_H

#include <stddef.h>

#include "retention/err.h"

struct db;
struct items;
struct query;

struct residue;

int residue_new(const struct query *q, struct residue **ret, struct err *e);
void residue_free(struct residue *r);	/* NULL is fine */

/* Before they go: values of some of the rows, in place of those before. */
void residue_take(struct residue *r, const struct items *items);

/* Afterwards: how many values of erased rows were found where they should not
 * be; *ret_of: how many were looked for.  -1: it could not be looked. */
int residue_search(struct residue *r, const struct items *items,
    size_t *ret_found, size_t *ret_of, struct err *e);

#endif
