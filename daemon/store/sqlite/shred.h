/*
 * shred - overwrite a file in place, and remove it.
 */
#ifndef STORE_SQLITE_SHRED_H
#define STORE_SQLITE_SHRED_H

#include <stdbool.h>
#include <sys/types.h>

#include "retention/err.h"

struct holders;

/* A folder and a name in it; links are never followed. */
struct shred_file {
	int dir_fd;		/* borrowed */
	const char *name;
	int fd;			/* owned once opened; -1 before */
	off_t bytes;
};

/* Opens it: 1, absent: 0, -1: refused (a link, not a regular file, another
 * name leads to it) with the reason. */
int shred_open(struct shred_file *f, struct err *e);

/* ERR_BUSY while another process has it open. */
int shred_alone(const struct shred_file *f, const struct holders *h,
    struct err *e);

/* Zeros over the first 512 bytes, synced, then over the rest, synced. */
int shred_overwrite(const struct shred_file *f, struct err *e);

/* Random name, length zero, gone; the folder is not synced yet. */
int shred_remove(struct shred_file *f, struct err *e);

#endif
