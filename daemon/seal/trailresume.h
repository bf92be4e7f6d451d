/* trailresume - what an existing trail says before it is written to again. */
#ifndef SEAL_TRAILRESUME_H
#define SEAL_TRAILRESUME_H

#include "retention/trail.h"
#include "retention/verify.h"

#include "trailscan.h"

struct trailresume {
	struct verify_report report;
	struct trail_open_op *ops;		/* owned, in order */
	uint8_t (**c)[COMMIT_BYTES];		/* owned; n of each, or NULL */
	size_t n_ops;
	bool unborn;			/* no complete record: begin anew */
};

/* Verifies all of it; refuses (ERR_TRAIL) what is not VALID or INCOMPLETE. */
int trailresume_read(const struct trail_settings *s, struct trailscan *scan,
    struct trailresume *ret, struct err *e);
void trailresume_release(struct trailresume *r);

#endif
