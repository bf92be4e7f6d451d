/*
 * logblank - one cut: the head of a file that others append to becomes blank,
 * and its whole blocks go.
 *
 * 1. An extended attribute (MARK HEAD 0), synced.
 * 2. The mark over the first bytes of the file, synced.  From now on the
 *    first HEAD bytes are to be blank, whatever happens.
 * 3. Blanks, synced.  4. The attribute (MARK HEAD LENGTH), synced.
 * 5. FALLOC_FL_COLLAPSE_RANGE of the first LENGTH bytes, and with them the
 *    mark: what is now at x was at x + LENGTH.  Where it cannot be done, the
 *    attribute says 0 again, and the mark becomes blank.
 *
 * Nobody but us knows the mark before it is there: no line can forge it.
 */
#ifndef STORE_LOGS_LOGBLANK_H
#define STORE_LOGS_LOGBLANK_H

#include "logfile.h"

/* Does the file system know how to collapse this file? */
bool logblank_possible(const struct logfile *f);

/* Whole blocks in the head that can be cut out; 0: none. */
off_t logblank_blocks(const struct logfile *f, off_t head);

/* Is there an attribute, of whatever age? */
bool logblank_marked(const struct logfile *f);

struct logblank {
	char mark[33];		/* 32 bytes */
	off_t head;
	off_t length;		/* what the attribute says */
};

/* Step 1. */
int logblank_begin(const struct logfile *f, off_t head, struct logblank *ret,
    struct err *e);

/* Steps 2 to 5; the fifth only if the file is alone, or watched and nobody
 * came.  The file begins with `first` (n bytes) as it was judged, or
 * nothing is done (ERR_BUSY).  0: the head is blank, durably. */
int logblank_run(const struct logfile *f, struct logblank *c,
    const char *first, size_t n, struct err *e);

/* Finishes a cut that a crash ended.  *ret_length: the bytes that were cut
 * out since the attribute was first written; 0: none, or no attribute. */
int logblank_finish(const struct logfile *f, off_t *ret_length, struct err *e);

/* The same, and the attribute goes: no operation of it is pending. */
int logblank_settle(const struct logfile *f, struct err *e);

#endif
