/*
 * sandbox - what a process gives up before it reads anything hostile.
 *
 * Everything here is for good: a process can only give up more.
 */
#ifndef RETENTION_SANDBOX_H
#define RETENTION_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

/* No new privileges, no core dumps, not traceable, umask 077, few
 * descriptors.  Called first thing in every program of this project. */
int sandbox_harden(struct err *e);

/* What may be done below a folder (or with one file). */
enum sandbox_right {
	SANDBOX_READ,
	SANDBOX_CHANGE,		/* and write, make, rename, remove files */
	SANDBOX_CLEAR,		/* and remove folders */
	SANDBOX_N_RIGHTS
};

struct sandbox_place {
	const char *path;	/* followed where it is a link */
	enum sandbox_right right;
};

struct sandbox_want {
	size_t n;
	const struct sandbox_place *place;
	bool write;		/* false: no call that changes a file */
	bool thread;		/* a second one may be started */
	bool required;		/* fail where the kernel lacks a part */
};

/*
 * A worker, before it opens its store: it may open what is below the places and
 * nothing else (Landlock), and make only the calls that its work needs
 * (seccomp).  It starts no process and no program (a
 * thread if asked for, which is confined alike), has no sockets but those that
 * are open, signals nobody, and maps nothing that could be executed; for some of
 * that it is killed.  A place that is not there gives no right.  What the kernel lacks
 * is passed over, unless `required`: ERR_REFUSED.  Call it once.
 */
int sandbox_confine(const struct sandbox_want *w, struct err *e);

/* The process that looks through /proc for a worker: it may open files to
 * read, and change nothing. */
int sandbox_scout(struct err *e);

/*
 * retentiond and retentionctl: what neither they nor anything that they start
 * has a use for is refused: tracing, mounting, modules, clocks, keyrings.
 */
int sandbox_forbid(struct err *e);

/* Has this kernel all parts?  If not, *ret_why is a sentence about what is
 * missing and what that means; a static text. */
bool sandbox_is_whole(const char **ret_why);

#endif
