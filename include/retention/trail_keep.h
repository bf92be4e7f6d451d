/*
 * trail_keep - the trail's own retention: old segments are compressed, then
 * pruned; the commitment keys of old epochs are destroyed.
 */
#ifndef RETENTION_TRAIL_KEEP_H
#define RETENTION_TRAIL_KEEP_H

#include "retention/trail.h"

struct trail_keep_limits {
	struct wall before;		/* what is older goes */
	uint64_t covered;		/* anchors reach so far; UINT64_MAX:
					 * nobody is asked for any */
	struct record_who who;
	const char *why;		/* of shred: "request", "schedule" */
};

struct trail_keep_pruned {
	uint64_t first, records;	/* first that stays; so many go */
	bool crossed;			/* fewer than asked: an operation spans
					 * the end of a segment */
};

/*
 * Appends a `prune` record; it is carried out by the next trail_checkpoint().
 * 1: appended; 0: nothing is as old as that, whole segments go and never the
 * newest; -1: ERR_REFUSED with the reason, or failed (see trail_broken()).
 */
int trail_keep_prune(struct trail *t, const struct trail_keep_limits *l,
    struct wall now, struct trail_keep_pruned *ret, struct err *e);

/*
 * Destroys K_ep of one epoch, after a durable `shred` record.  1: destroyed; 0:
 * there is none any more; -1: ERR_REFUSED (the present epoch, one with an open
 * operation, one that never was), or failed.
 */
int trail_keep_shred(struct trail *t, uint32_t ep,
    const struct trail_keep_limits *l, struct wall now, struct err *e);
/* When an epoch that is over had ended, at the latest. */
struct wall trail_keep_ended(const struct trail *t, uint32_t ep);

/*
 * Compresses old segments, a little per call: those that end below `covered`
 * and, if nobody is asked for anchors, have a whole one after them.  1: there
 * is more to do; 0: nothing now; -1: it failed, and is tried anew next time
 * unless the trail is broken.
 */
int trail_keep_tidy(struct trail *t, uint64_t covered, struct err *e);

/* The time of the oldest record that is there. */
struct wall trail_keep_oldest(const struct trail *t);

#endif
