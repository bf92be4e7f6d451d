/*
 * supervisor - one worker process: started, listened to, waited for.
 *
 * A worker that says nothing for the deadline is killed.  on_end comes once,
 * when the process is gone and everything it said has been delivered; the
 * struct may be released from within it.
 */
#ifndef PARENT_SUPERVISOR_H
#define PARENT_SUPERVISOR_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "retention/channel.h"
#include "retention/err.h"
#include "retention/wire.h"

struct supervisor_queued;

struct supervisor_owner {
	void *ctx;
	/* -1: the peer broke the protocol; it is killed. */
	int (*on_message)(void *ctx, enum wire_type type, const char *body,
	    size_t n, struct err *e);
	/* why->code is ERR_NONE after an orderly end. */
	void (*on_end)(void *ctx, const struct err *why);
};

struct supervisor {
	struct ev_loop *loop;		/* borrowed */
	struct supervisor_owner owner;
	pid_t pid;
	struct channel link;
	struct ev_io in, out;
	struct ev_child child;
	struct ev_timer deadline;
	struct supervisor_queued *first, **last;	/* to be sent */
	bool closed, exited, farewell, hurried;
	struct err why;
};

/* Start a worker with the rights of the owner of `owner_of` (may be NULL). */
int supervisor_start(struct supervisor *s, struct ev_loop *loop,
    const char *owner_of, int64_t deadline_ms,
    const struct supervisor_owner *owner);
/* (on failure s->why tells, and nothing has been started) */

/* Never blocks: what does not fit is queued. */
int supervisor_send(struct supervisor *s, enum wire_type type,
    const void *body, size_t n, struct err *e);

/* Half-close: the worker ends after the transaction in hand, reports what it
 * did and goes.  Nothing more can be sent to it; that is no failure. */
void supervisor_hurry(struct supervisor *s);

/* SIGKILL; on_end follows with `why` (first reason wins). */
void supervisor_kill(struct supervisor *s, const struct err *why);

#endif
