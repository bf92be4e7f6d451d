/* trailsegs - the segments of a log folder, in order. */
#ifndef SEAL_TRAILSEGS_H
#define SEAL_TRAILSEGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct trailsegs_one {
	uint64_t seq;			/* its name: its first record */
	bool plain, packed;		/* NAME.jsonl, NAME.jsonl.gz */
};

struct trailsegs {
	struct trailsegs_one *list;	/* owned; ascending */
	size_t n;
};

/* What is named otherwise is not ours.  Release also after a failure. */
int trailsegs_list(int logfd, struct trailsegs *ret, struct err *e);
void trailsegs_release(struct trailsegs *s);

#endif
