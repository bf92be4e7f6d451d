/*
 * wreck - destroys a database: the main file goes last, so that what is left
 * by a crash says that the work is not finished.
 */
#ifndef STORE_SQLITE_WRECK_H
#define STORE_SQLITE_WRECK_H

#include <stdbool.h>

#include "retention/err.h"

/* `found`: by a pattern, so it may be somebody else's. */
int wreck_file(const char *path, bool found, struct err *e);

#endif
