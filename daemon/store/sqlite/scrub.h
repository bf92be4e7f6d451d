/*
 * scrub - zeros over every byte of a database that no longer carries meaning,
 * in place, while its applications go on.
 *
 * Dead bytes may be overwritten at any instant: old page and new page say the
 * same.  What must hold while we write is the role of each page, so a lock is
 * held; what must hold afterwards is that nobody writes an old copy back, so
 * every stretch ends the validity of other processes' caches.
 */
#ifndef STORE_SQLITE_SCRUB_H
#define STORE_SQLITE_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/err.h"

#include "scan.h"

struct db;
struct store_sink;

struct scrub_sum {
	struct scan_sum found;		/* bytes that were zeroed, by kind */
	uint32_t rounds;		/* over the whole file */
	uint64_t locks;			/* how often one was taken */
	int64_t lock_ms;		/* the longest of them */
	bool sealed;			/* nobody committed during the last */
};

/*
 * The whole file, in slices of some 20 ms with a rest between.  No transaction
 * may be open; db is open for writing.  -1 with the reason when it was not
 * done or not to the end; the database is as sound as before in any case:
 * ERR_BUSY (a lock or a reader that stays), ERR_STORE (encrypted, damaged, of
 * an unknown kind: nothing was written), ERR_CHANGED.
 */
int scrub_run(struct db *db, const struct store_sink *ask,
    struct scrub_sum *ret, struct err *e);

/* Shows every page of the file, as the database and its -wal and -journal are
 * now, to `see`; dead: no cell of the database can have it. */
int scrub_show(struct db *db, scan_see *see, void *ctx, struct err *e);

#endif
