/*
 * stash - files hidden under names of ours in their root, until it is certain
 * that they go.
 */
#ifndef STORE_FILES_STASH_H
#define STORE_FILES_STASH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "retention/err.h"

#include "sift.h"

#define STASH_MOST 200			/* at a time */
#define STASH_MOST_PATH 4096

struct stash_file {
	size_t i;			/* the caller's */
	char *path;			/* owned; relative; NULL: not known */
	char mark[SIFT_NAME_BYTES];	/* its name in the root */
	ino_t ino;
	off_t bytes;
	bool erased;
};

struct stash {
	struct sift sift;
	int root;			/* owned */
	const struct holders *holders;	/* borrowed; put in by the caller */
	size_t n;
	struct stash_file hidden[STASH_MOST];
};

/* `full` and `file` (or NULL) tell the names of one owner from another's. */
int stash_init(struct stash *s, const char *root, const char *full,
    const char *file, struct err *e);
void stash_release(struct stash *s);

/* 0: hidden, 1: there is no such file, -1: it may not go (*why). */
int stash_hide(struct stash *s, size_t i, const char *path, struct err *why);
/* The last one, if it is i's, gets its name back. */
void stash_undo(struct stash *s, size_t i);
/* The new names are durable. */
int stash_seal(const struct stash *s, struct err *e);

/* What earlier lives have hidden; *ret_more when it is not all. */
int stash_list(struct stash *s, bool *ret_more, struct err *e);
/* If that of this path is among it, it gets its name back.  -1: it cannot, and
 * must not be erased. */
int stash_return(struct stash *s, const char *path, struct err *why);

/* All of them; see wipe_run(). */
int stash_erase(struct stash *s, struct err *why, struct err *e);
void stash_forget(struct stash *s);

#endif
