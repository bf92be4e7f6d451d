/* findfile - a file that belongs to a row that was found: read, never more. */
#ifndef STORE_SQLITE_FINDFILE_H
#define STORE_SQLITE_FINDFILE_H

#include "retention/err.h"

struct find_job;

/* The regular file of a row's path below the root (open as root_fd).  -1: it
 * is not there, not below the root, or nothing that may be read. */
int findfile_open(int root_fd, const char *root, const char *path);

/* All of it to the sink; fd stays open. */
int findfile_send(struct find_job *j, int fd, const char *path,
    struct err *e);

#endif
