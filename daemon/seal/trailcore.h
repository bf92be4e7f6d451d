/* trailcore - the inside of a trail, for those who begin, take up and rotate
 * one; everybody else knows retention/trail.h. */
#ifndef SEAL_TRAILCORE_H
#define SEAL_TRAILCORE_H

#include "retention/buf.h"
#include "retention/merkle.h"
#include "retention/trail.h"

#include "trailfile.h"
#include "trailgzip.h"
#include "trailresume.h"
#include "trailscan.h"

struct head {
	struct merkle tree;
	uint8_t leaf[32];
	struct wall last;
	uint64_t unsealed;
	size_t open;			/* operations without outcome */
	bool rotating;			/* the last was rotate or rekey */
};

struct trail {
	struct key *key;		/* borrowed */
	struct note_key first_key;	/* from which it is verified */
	struct trailfile file;
	struct trailresume before;	/* what was there at the start */
	struct head now, good;
	struct buf pending;
	struct buf line;		/* scratch */
	struct trailscan scan;		/* up to `now` */
	struct buf prune;		/* line of `pruned` to be carried out
					 * after the next checkpoint */
	struct trailgzip gzip;		/* an old segment at work */
	uint32_t ep;
	struct wall key_since;
	bool broken, was_new, was_unclean;
	bool full;			/* broken by a lack of space alone */
};

/* The end of all writing in this process: -1, and *e says so. */
int trail_broke(struct trail *t, struct err *e);

/* One record of any type in memory, to be synced. */
int trail_put(struct trail *t, enum record_type type,
    const struct buf *payload, struct wall at, struct err *e);

/* Who signs a checkpoint; the last two are `final` and begin the next epoch. */
enum trail_signer { TRAIL_NOW, TRAIL_BOTH, TRAIL_NEXT };

/* Sync, sign, append a cp record, sync, replace trail/checkpoint. */
int trail_seal(struct trail *t, enum trail_signer who, struct wall now,
    struct err *e);

/* trail_keep.c: take up at the start what was cut short, and carry out a prune
 * that is sealed by now. */
int trail_keep_resume(struct trail *t, struct err *e);
int trail_keep_finish(struct trail *t, struct err *e);

#endif
