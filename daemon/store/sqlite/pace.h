/*
 * pace - how long to hold the write lock, and how long to leave it alone.
 *
 * With company, holds are of the store's lock_ms, commit included.  Company
 * that shows no sign in several long rests may be kept waiting up to 80 ms.
 * While nobody has the file open, a hold lasts until somebody opens it, two
 * seconds at most, below the five that applications commonly wait; 80 ms in
 * the ten seconds after somebody was there.
 */
#ifndef STORE_SQLITE_PACE_H
#define STORE_SQLITE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/clock.h"

struct pace {
	int64_t lock_ns;	/* with company */
	int64_t budget_ns;	/* now */
	int64_t commit_ns;	/* what a commit took lately */
	int64_t version;	/* PRAGMA data_version, last seen */
	struct mono begun;	/* the lock was taken */
	struct mono heard;	/* of anybody, last */
	int since_look;		/* rests since one that was long enough to tell
				 * that nobody waits */
	int quiet;		/* such rests without a sign, in a row */
	bool started, looking, alone;
	bool met;		/* anybody was heard of at all */
};

/* After a commit. */
struct pace_did {
	struct mono committing;	/* it began */
	bool waited;		/* for the lock */
	bool alone;		/* certainly nobody else has the file open */
};

/* After a rest. */
struct pace_signs {
	int64_t version;	/* PRAGMA data_version */
	bool stirred;		/* somebody touched the file in the rest */
};

void pace_init(struct pace *p, int64_t lock_ms, bool alone, struct mono now);
void pace_begin(struct pace *p, struct mono now);	/* the lock is taken */
bool pace_full(const struct pace *p, struct mono now);	/* time to commit */
/* How long to rest, in ns. */
int64_t pace_rest(struct pace *p, const struct pace_did *did, struct mono now);
void pace_rested(struct pace *p, const struct pace_signs *s, struct mono now);

#endif
