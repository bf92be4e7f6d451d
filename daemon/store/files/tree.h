/*
 * tree - all regular files below a folder, one after another, in memory that
 * does not grow with their number.
 */
#ifndef STORE_FILES_TREE_H
#define STORE_FILES_TREE_H

#include <stdint.h>
#include <sys/stat.h>

#include "retention/buf.h"

#define TREE_MOST_DEPTH 64

struct tree;

struct tree_file {			/* borrowed until the next call */
	const char *path;		/* relative to the root */
	const char *name;		/* the last part of it */
	struct stat st;
};

struct tree_seen {			/* besides the files */
	uint64_t closed;	/* folders that cannot be read, are too deep
				 * or on another file system */
	uint64_t others;	/* neither file nor folder */
};

struct tree *tree_new(int root);	/* borrows root; NULL: no memory */
void tree_free(struct tree *t);		/* NULL is fine */

/* 1: a file, 0: the end, -1: reading failed (what was read stands). */
int tree_next(struct tree *t, struct tree_file *ret, struct err *e);

const struct tree_seen *tree_seen(const struct tree *t);

#endif
