/*
 * zero - zeros over what a file holds, in place.
 */
#ifndef STORE_FILES_ZERO_H
#define STORE_FILES_ZERO_H

#include <sys/stat.h>

#include "retention/err.h"

/* All its data, to the end of the last block; holes stay holes.  Not synced. */
int zero_file(int fd, const struct stat *st, struct err *e);

#endif
