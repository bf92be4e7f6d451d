/*
 * logread - reads a log file, plain or compressed, in blocks of whole lines.
 */
#ifndef STORE_LOGS_LOGREAD_H
#define STORE_LOGS_LOGREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "retention/err.h"

#include "logfile.h"

#define LOGREAD_LINE_MOST ((size_t)16 << 20)

struct logread {
	const struct logfile *f;	/* borrowed */
	void *gz;			/* owned; NULL for plain files */
	char *p;			/* owned */
	size_t room, n;
	size_t given;			/* of p, to be dropped at the next call */
	off_t at;			/* of p in the (uncompressed) file */
	bool eof;
};

/* From the file's start. */
int logread_open(struct logread *r, const struct logfile *f, struct err *e);
void logread_close(struct logread *r);		/* wipes; twice is safe */

struct logread_block {
	const char *p;
	size_t n;
	off_t at;		/* of p in the (uncompressed) file */
};

/*
 * 1: a block of whole lines (the file's last may lack its line feed), valid
 * until the next call.  0: the end.  -1: unreadable, damaged, or a line of
 * more than LOGREAD_LINE_MOST bytes.
 */
int logread_next(struct logread *r, struct logread_block *ret, struct err *e);

/* The first line of the block: its length with line feed. */
size_t logread_line(const struct logread_block *b);

#endif
