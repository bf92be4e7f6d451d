/*
 * logswap - puts a new file in a log file's place without losing a line.
 *
 * While the new file is written, and until the old one is gone, one of them
 * lies beside the other as ".NAME.retentiond-INODE-SIZE", with the inode and
 * size that the OLD file had: a file of that name with that inode is the old
 * one (its place is taken), any other is a new one that was never finished.
 */
#ifndef STORE_LOGS_LOGSWAP_H
#define STORE_LOGS_LOGSWAP_H

#include "retention/err.h"
#include "retention/rule.h"

#include "logfile.h"

struct logswap {
	struct logfile *f;	/* borrowed; held alone */
	int fd;			/* owned; the new file, to be written */
	char side[256];		/* its name */
	bool moved;		/* the old file has lost its place */
};

#define LOGSWAP_MARK ".retentiond-"

#define LOGSWAP_EMPTY ((struct logswap){ .fd = -1 })

/* Makes the new file, empty, with owner, mode, and extended attributes (ACLs)
 * of the old one. */
int logswap_begin(struct logswap *s, struct logfile *f, struct err *e);

/*
 * The new file is complete: it gets the old one's times, is synced and takes
 * its place; the old one is overwritten, synced and removed.  ERR_BUSY:
 * somebody opened the old file meanwhile; it stays, nothing has changed.
 * Failed with s->moved: the lines are gone, their bytes are not yet.
 */
int logswap_commit(struct logswap *s, struct err *e);

/* Instead of both: the file goes, and nothing takes its place. */
int logswap_remove(struct logswap *s, struct logfile *f, struct err *e);

/* Gives up what was begun; after a commit, or empty: nothing. */
void logswap_abort(struct logswap *s);

/* Is `name` the one name of the file that fd is open on?  No lease keeps
 * others from renaming or linking it. */
bool logswap_is_at(int dir_fd, const char *name, int fd);

/* Overwrites and removes the old file, which now lies at `side`. */
int logswap_bury(const struct logfile *f, const char *side, struct err *e);

#endif
