/*
 * beneath - open what lies below a folder and nothing else: no symbolic link
 * at any step, no "..", no other file system.
 */
#ifndef STORE_FILES_BENEATH_H
#define STORE_FILES_BENEATH_H

#include <stddef.h>

#include "retention/err.h"

/* The folder at an absolute path, of which no part may be a link. */
int beneath_root(const char *path, struct err *e);

/* The folder at `path` below `root` ("" is root itself); a descriptor or -1
 * with errno: ELOOP a link, EXDEV elsewhere, ENOTDIR, ENOENT, EACCES. */
int beneath_open(int root, const char *path);

/* The same without the kernel's help, for kernels that have none. */
int beneath_steps(int root, const char *path);

/* Does `path` have only proper components: not empty, no "." and no ".."? */
int beneath_is_proper(const char *path);

#endif
