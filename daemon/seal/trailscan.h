/* trailscan - what the keeping of the trail has to know of its records:
 * operations without outcome, when epochs ended, the last prune, shreds. */
#ifndef SEAL_TRAILSCAN_H
#define SEAL_TRAILSCAN_H

#include "retention/buf.h"
#include "retention/clock.h"
#include "retention/commit.h"

struct trailscan_op {
	uint8_t op[COMMIT_OP_BYTES];
	uint32_t ep;
};

struct trailscan_end {		/* epoch ep was rotated away at this time */
	uint32_t ep;
	struct wall at;
};

struct trailscan {
	struct buf prune;		/* the last one, as the line of `pruned` */
	size_t n_ops, n_ends, n_shreds;
	struct trailscan_op *op;	/* owned: open at present */
	struct trailscan_end *end;	/* owned; ascending */
	uint32_t *shred;		/* owned: epochs */
	struct wall first;		/* of the first record that is there */
	uint64_t first_seq;
	bool any, failed;		/* failed: no memory, nothing is known */
};

/* One record in order, without its LF; it was verified or is our own. */
void trailscan_line(struct trailscan *s, const char *line, size_t n);
void trailscan_release(struct trailscan *s);

bool trailscan_is_open(const struct trailscan *s, uint32_t ep);
/* When an epoch that is not the present one had ended at the latest. */
struct wall trailscan_ended(const struct trailscan *s, uint32_t ep);

#endif
