/*
 * logread - reads a log file, plain or compressed, in blocks of whole lines.
 */
#ifndef STORE_LOGS_LOGREAD_H
#define STORE_LOGS_LOGREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

#include "retention/err.h"

#include "logfile.h"

#define LOGREAD_LINE_MOST ((size_t)16 << 20)

struct logread {
	const struct logfile *f;	/* borrowed */
	struct pack_reader *packed;	/* owned; NULL for plain files */
	char *p;			/* owned */
	size_t room, n;
	size_t given;			/* of p, to be dropped at the next call */
	off_t at;			/* of p in the (uncompressed) file */
	bool eof;
	bool inside;			/* of a line that is too long */
};

/* From the file's start.  ERR_STORE: compressed in a way not read here. */
int logread_open(struct logread *r, const struct logfile *f, struct err *e);
void logread_close(struct logread *r);		/* wipes; twice is safe */

enum logread_kind {
	LOGREAD_LINES,		/* whole lines; the file's last may lack its LF */
	LOGREAD_LONG,		/* the first piece of a line that has no LF in
				 * its first LOGREAD_LINE_MOST bytes */
	LOGREAD_LONG_ON,	/* a further piece; the last ends with the LF */
};

struct logread_block {
	const char *p;
	size_t n;
	off_t at;		/* of p in the (uncompressed) file */
	enum logread_kind kind;
};

/*
 * 1: a block, valid until the next call.  0: the end.  -1: unreadable; with
 * ERR_STORE what the file holds is damaged or cut short, and what was given
 * before is not to be relied on.
 */
int logread_next(struct logread *r, struct logread_block *ret, struct err *e);

/* The first line of the block: its length with line feed. */
static inline size_t
logread_line(const struct logread_block *b)
{
	const char *lf = memchr(b->p, '\n', b->n);

	return lf == NULL ? b->n : (size_t)(lf - b->p) + 1;
}

#endif
