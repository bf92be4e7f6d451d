/*
 * batch - some open files on their way out, and the steps that each of them
 * takes; what has to be durable between them is the caller's to see to.
 */
#ifndef STORE_FILES_BATCH_H
#define STORE_FILES_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "sift.h"
#include "wipe.h"

#define BATCH_MOST_FILES 500
#define BATCH_MOST_FOLDERS 250

struct slot {
	struct wipe_item *item;
	const char *name;
	struct stat st;
	int dir;			/* one of folder */
	bool leased;			/* nobody else has it open */
	bool marked;			/* bears our name */
	bool gone;			/* its name is, perhaps not durably */
	char mark[SIFT_NAME_BYTES];
};

struct batch {
	const struct wipe_job *job;	/* borrowed */
	struct err *why;		/* borrowed: why a file was left */
	size_t n, n_folders;
	off_t bytes;
	dev_t dev;
	char last[4096];		/* path of the last folder */
	int confirmed;			/* the last folder that was; -1: none */
	int folder[BATCH_MOST_FOLDERS];
	int fd[BATCH_MOST_FILES];		/* of slot; -1: not to be erased */
	bool busy[BATCH_MOST_FILES];
	struct slot slot[BATCH_MOST_FILES];
};

/* Opens an item, if it is still the file that was chosen and may go. */
void batch_take(struct batch *b, struct wipe_item *it);

/* Gives all that nobody else has open our name; and takes that back. */
void batch_mark(struct batch *b);
void batch_unmark(struct batch *b);

/* The last moment to turn back, before the first zero: still below the root,
 * and nobody has come for it?  Else it gets its name back. */
bool batch_confirm(struct batch *b, size_t i);

/* Zeros over the content, on their way to the disk but not there yet. */
void batch_overwrite(struct batch *b, size_t i);
void batch_remove(struct batch *b, size_t i);

/* Those of its folders, or of its files, that are open. */
int batch_sync_folders(const struct batch *b);
int batch_sync_content(const struct batch *b);

/* Closes everything. */
void batch_clear(struct batch *b);

/* The folder that holds a path, kept open; -1 with errno. */
int batch_folder(struct batch *b, const char *path);

/* The last part of a path. */
const char *batch_name(const char *path);

#endif
