/*
 * pace - how long to hold the write lock, and how long to leave it alone.
 *
 * Starts politely, with the store's lock_ms.  While nobody else writes it
 * grows up to 1.5 seconds, below the five that applications commonly wait; at
 * the first sign of company it is back at lock_ms and rests between.  Alone,
 * too, it rests now and then: a waiter must be able to show itself.
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
	int64_t owed_ns;	/* held since the last rest */
	int64_t version;	/* PRAGMA data_version, last seen */
	struct mono begun;	/* the lock was taken */
	struct mono heard;	/* of a foreign commit, last */
	bool started, company;
};

void pace_init(struct pace *p, int64_t lock_ms, struct mono now);
void pace_begin(struct pace *p, struct mono now);
bool pace_full(const struct pace *p, struct mono now);	/* time to commit */
/* After a commit that began at `committing`; how long to rest, in ns. */
struct pace_signs {
	struct mono committing;
	int64_t version;	/* PRAGMA data_version */
	bool connected;		/* others have the file open, idle or not */
	bool waited;		/* for the lock */
};
int64_t pace_after(struct pace *p, const struct pace_signs *s,
    struct mono now);

#endif
