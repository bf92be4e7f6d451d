/* trailgzip - an old segment becomes a .gz, a little at a time. */
#ifndef SEAL_TRAILGZIP_H
#define SEAL_TRAILGZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/err.h"

struct trailgzip_work;
struct trailgzip {
	struct trailgzip_work *work;	/* owned; NULL: idle */
};

/* Begin with segment seq of the folder; nothing else is at work. */
int trailgzip_begin(struct trailgzip *g, int logfd, uint64_t seq,
    struct err *e);

/*
 * About 256 KiB more.  1: there is more to do; 0: NAME.jsonl.gz is durable, was
 * read back and compared, and NAME.jsonl is gone; -1: given up, the plain
 * segment is what it was.  ERR_TRAIL: a sync failed.
 */
int trailgzip_step(struct trailgzip *g, struct err *e);
void trailgzip_stop(struct trailgzip *g);	/* idle is fine */

#endif
