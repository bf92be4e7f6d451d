/*
 * logmap - writes over bytes of a file that others may be writing to, and
 * only over those that were read: word by word, by compare and swap on a
 * shared mapping.  What was cut off or written anew meanwhile stays.
 */
#ifndef STORE_LOGS_LOGMAP_H
#define STORE_LOGS_LOGMAP_H

#include <stddef.h>
#include <sys/types.h>

#include "retention/err.h"

struct logmap_change {
	off_t at;		/* in the file */
	size_t n;		/* bytes */
	const char *was, *now;	/* borrowed, n bytes each */
};

/*
 * Puts `now` where `was` still is; fd is open for reading and writing.  It is
 * not synced.  -1: ERR_BUSY, the file is no longer as it was read, and what
 * is different has not been written to.
 * Not for several threads: SIGBUS is taken over for the time of the call.
 */
int logmap_put(int fd, const struct logmap_change *c, struct err *e);

#endif
