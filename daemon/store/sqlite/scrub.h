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
	uint32_t rounds;		/* that wrote */
	bool small;			/* not the whole file was looked at */
	uint64_t locks;			/* how often one was taken */
	int64_t lock_ms;		/* the longest of them */
	bool sealed;			/* nobody committed during the last */
};

/*
 * Every page that may have dead bytes, in slices of some 20 ms with a rest
 * between: the whole file is looked at unless db->soil is known.  No transaction
 * may be open; db is open for writing.  -1 with the reason when it was not
 * done or not to the end; the database is as sound as before in any case:
 * ERR_BUSY (a lock or a reader that stays), ERR_STORE (encrypted, damaged, of
 * an unknown kind: nothing was written), ERR_CHANGED.
 */
int scrub_run(struct db *db, const struct store_sink *ask,
    struct scrub_sum *ret, struct err *e);

/* Shows what a scan_see is told of the file, as the database is now: of every
 * page, but of those that were written since they were known to be clean if
 * only dead bytes are asked for and nobody else wrote meanwhile. */
int scrub_show(struct db *db, scan_see *see, void *ctx, bool live,
    struct err *e);

#endif
