/*
 * logfile - the files of a log store, opened one at a time and never through
 * a link.
 */
#ifndef STORE_LOGS_LOGFILE_H
#define STORE_LOGS_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "retention/err.h"
#include "retention/rule.h"

struct pack_format;

struct logfile_set {
	size_t n;
	char **path;		/* owned; absolute, sorted */
	size_t closed;		/* folders that cannot be read, or are links */
};

/* Every name that the store's glob matches.  Release accepts empty. */
int logfile_list(const struct rule_store *s, struct logfile_set *ret,
    struct err *e);
void logfile_release(struct logfile_set *set);

/* -1, ERR_REFUSED, if there are closed folders. */
int logfile_whole(const struct logfile_set *set, struct err *e);

struct logfile {
	int dir_fd, fd;		/* owned; -1 when closed */
	const char *path;	/* borrowed */
	char name[256];		/* in its folder */
	struct stat st;		/* when it was opened */
	const struct pack_format *format;	/* by its first bytes; NULL:
					 * plain */
	bool alone;		/* a write lease is held: nobody else has it open */
	int watch;		/* owned; tells of others that open it; -1: none */
};

#define LOGFILE_EMPTY ((struct logfile){ .dir_fd = -1, .fd = -1, .watch = -1 })

/*
 * 1: open.  0: passed over: gone, a link (what it leads to counts under its
 * own name), no regular file.  -1: it cannot be opened, or, to be
 * written, it has several names (hard links); ERR_BUSY: another program holds
 * a lease.  `write` also tries the lease.  Borrows path.
 */
int logfile_open(const char *path, bool write, struct logfile *ret,
    struct err *e);
/* Why it could not be opened: because it is not for us, now and later? */
bool logfile_is_closed(const struct err *e);
void logfile_close(struct logfile *f);	/* gives the lease back; twice is safe */

/* Is the folder still the one that its path leads to? */
bool logfile_is_in_place(const struct logfile *f);

/* Takes a write lease: whoever opens the file waits, and it is broken. */
bool logfile_lease(int fd);
bool logfile_is_leased(int fd);

/* Has nobody asked for the file since? */
bool logfile_still_alone(const struct logfile *f);

/* Watches a file that others have open: has nobody else come since? */
int logfile_watch(struct logfile *f, struct err *e);
bool logfile_nobody_came(const struct logfile *f);

/* Opens the folder of `path`, following no link; *ret_name points into it. */
int logfile_folder(const char *path, const char **ret_name, struct err *e);

#endif
