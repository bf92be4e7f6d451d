/*
 * fd - descriptors and whole files, without surprises.
 */
#ifndef RETENTION_FD_H
#define RETENTION_FD_H

#include <stddef.h>
#include <sys/types.h>

#include "retention/err.h"

struct buf;

/* Close and forget; -1 is fine. */
void fd_close(int *fd);

/* All n bytes, EINTR and short writes handled. */
int fd_write_all(int fd, const void *bytes, size_t n, struct err *e);

/* The whole of a regular file, at most `most` bytes, appended to *b. */
int fd_read_file(const char *path, size_t most, struct buf *b, struct err *e);

/* Same for an open descriptor, from its current offset to the end. */
int fd_read_all(int fd, size_t most, struct buf *b, struct err *e);

/*
 * Replace `name` in folder `dirfd` durably: temporary file, fsync, rename,
 * fsync of the folder.  Readers see the old content or the new.
 */
int fd_replace_at(int dirfd, const char *name, mode_t mode, const void *bytes,
    size_t n, struct err *e);

/* fsync the folder at `path` (a file was made, renamed or removed in it). */
int fd_sync_dir(const char *path, struct err *e);

#endif
