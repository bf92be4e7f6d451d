/*
 * wreck - destroys a database: the main file goes last, so that what is left
 * by a crash says that the work is not finished.
 */
#ifndef STORE_SQLITE_WRECK_H
#define STORE_SQLITE_WRECK_H

#include "retention/err.h"
#include "retention/rule.h"

/* One file of the store; what a pattern found must be a database. */
int wreck_file(const struct rule_store *store, const char *path,
    struct err *e);

#endif
