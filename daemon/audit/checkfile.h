/*
 * checkfile - the lines of a trail, from its segments, a file or memory.  A
 * segment is NAME.jsonl or NAME.jsonl.gz; when both are there, the plain one
 * counts.  RFC 1952: one member, and nothing behind it.
 */
#ifndef AUDIT_CHECKFILE_H
#define AUDIT_CHECKFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct checkgz;

struct checkfile {
	int dirfd;		/* owned: the trail folder; -1: none */
	int logfd;		/* owned: its log folder */
	int fd;			/* owned: the segment being read */
	struct checkgz *gz;	/* owned; NULL: the segment is plain */
	uint64_t *segments;	/* owned: their names, ascending */
	size_t n_segments, next;
	char *room;		/* owned; NULL: reading borrowed memory */
	const char *bytes;
	size_t from, to;
	bool found;		/* there is a trail at all */
	bool fresh;		/* a segment was opened, no line given yet */
	bool first_in_segment;	/* about the line given last */
	uint64_t at_line;	/* where that line began, in its segment's text */
	uint64_t at;		/* where the next one begins */
	uint64_t done_bytes, of_bytes;
	uint64_t torn;		/* at the end: bytes after the last LF */
};

enum checkfile_event { CHECKFILE_LINE, CHECKFILE_END, CHECKFILE_TOO_LONG,
	CHECKFILE_TORN_INSIDE, CHECKFILE_DAMAGED, CHECKFILE_FAILED };

int checkfile_open(const char *path, struct checkfile *ret, struct err *e);
/* List the segments anew, before the first is read: those that came since. */
int checkfile_list(struct checkfile *f, struct err *e);
void checkfile_open_bytes(const void *bytes, size_t n, struct checkfile *ret);
void checkfile_close(struct checkfile *f);

/* Begin with the segment of this name instead of the first, `at` bytes into
 * its text.  1: done; 0: there is no such place, nothing has changed. */
int checkfile_begin(struct checkfile *f, uint64_t segment, uint64_t at,
    struct err *e);

/* The next line without its LF, borrowed until the next call.  DAMAGED: a
 * compressed segment that is not what gzip writes. */
enum checkfile_event checkfile_next(struct checkfile *f, const char **ret_line,
    size_t *ret_n, struct err *e);

#endif
