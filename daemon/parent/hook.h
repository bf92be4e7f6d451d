/*
 * hook - one program of the operator's, run beside the loop.
 *
 * No shell; an environment of PATH, TZ and LANG; standard input empty; what
 * it prints goes to the log, cut and cleaned; our identity, but none of our
 * capabilities and no new privileges; a time limit, at the end of which its whole process group is killed.
 */
#ifndef PARENT_HOOK_H
#define PARENT_HOOK_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "retention/buf.h"
#include "retention/err.h"

struct hook {
	struct ev_loop *loop;		/* borrowed */
	pid_t pid;			/* 0: none is running */
	int fd;				/* what it prints */
	struct ev_io io;
	struct ev_child child;
	struct ev_timer limit;
	struct buf line;
	unsigned lines;			/* logged so far */
	bool late;			/* killed at the limit */
	void *ctx;
	/* Once, when it is gone; why->code is ERR_NONE after exit status 0. */
	void (*on_end)(void *ctx, const struct err *why);
};

/* argv[0] is the program's path; ctx and on_end are set by the caller. */
int hook_start(struct hook *h, struct ev_loop *loop, const char *const *argv,
    double limit_s, struct err *e);
/* Kill it; on_end is not called.  Without one running: nothing. */
void hook_stop(struct hook *h);

#endif
