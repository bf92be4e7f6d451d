/*
 * zero - zeros over what a file holds, in place.
 */
#ifndef STORE_FILES_ZERO_H
#define STORE_FILES_ZERO_H

#include <sys/stat.h>

#include "retention/err.h"

/* From byte to byte, less the last.  Not synced. */
int zero_range(int fd, off_t from, off_t to, struct err *e);

/* All its data, to the end of the last block; a file of holes stays one.  Not
 * synced. */
int zero_file(int fd, const struct stat *st, struct err *e);

#endif
