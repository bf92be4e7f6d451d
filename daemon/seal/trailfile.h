/* trailfile - the folders and segments of a trail, and their durability. */
#ifndef SEAL_TRAILFILE_H
#define SEAL_TRAILFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

struct trailfile {
	char *state;			/* owned: the path */
	int statefd, trailfd, logfd, itemsfd;	/* owned */
	int fd;				/* owned: the segment written to; -1 */
	size_t n_segments;
	uint64_t last;			/* name of the last segment */
	uint64_t bytes;			/* known to be durable in it */
	uint64_t segment_bytes;
	bool may_end;			/* what is durable ends in a cp */
	bool rather_not;		/* an operation is open there */
};

/* Makes what is missing of the folders, finds the segments, and lays down the
 * ballast when there is room for it. */
int trailfile_open(const char *state, int64_t segment_bytes,
    struct trailfile *ret, struct err *e);
void trailfile_close(struct trailfile *f);

bool trailfile_has_checkpoint(const struct trailfile *f);

/* Take up the last segment.  Its last `torn` bytes go to the quarantine. */
int trailfile_resume(struct trailfile *f, uint64_t torn, uint64_t seq,
    struct wall now, struct err *e);

/*
 * Append n bytes, the first record of which is `seq`, and fdatasync; begins a
 * new segment when the present one is full and may end.  Refused when the path
 * of the segment does not lead to it any more, when it has got a second name,
 * or when somebody else changed its length.
 * After a failure nothing is known about bytes beyond f->bytes.
 */
int trailfile_append(struct trailfile *f, uint64_t seq, const void *bytes,
    size_t n, struct err *e);

/* After ENOSPC: cut what the failed append left, give up the ballast. */
int trailfile_make_room(struct trailfile *f, struct err *e);
/* A write that found no space; never a sync. */
bool trailfile_is_full(const struct err *e);

#endif
