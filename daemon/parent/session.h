/*
 * session - one connection to the control socket: lines in, lines out.
 */
#ifndef PARENT_SESSION_H
#define PARENT_SESSION_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "retention/buf.h"
#include "retention/err.h"

struct control;
struct place;

struct session_need {			/* of a run that is waited for */
	char place[256];
	uint64_t pass;			/* at least this one has to end */
	bool done;
};

struct session_run {
	char hold[24];			/* what was placed; "": a run */
	bool erases;			/* erasure: a person's, or "" */
	char erasure[33];
	bool plans;			/* that are to be saved */
	bool scrub;			/* of the one place in need */
	size_t n_needs;
	struct session_need *need;	/* owned */
	size_t n_datasets;		/* 0: all */
	char (*dataset)[256];		/* owned */
};

struct session {
	struct session *next;
	struct control *control;	/* borrowed */
	int fd;
	uid_t uid;
	char user[64];
	bool may_read, may_change;
	bool leaving;			/* closed when all is written */
	bool ended;			/* the peer has said all it will */
	struct ev_io in, out;
	struct ev_timer idle;
	struct buf got, put;
	struct session_run *run;	/* owned; NULL: not waiting */
	bool anchoring;			/* waits for the hook */
};

/* Takes fd.  -1 without memory (fd closed). */
int session_open(struct control *c, int fd);
void session_close(struct session *s);		/* unlinks and frees */

/* Reply lines; `line` without its LF. */
void session_put(struct session *s, const struct buf *line);
void session_ok(struct session *s);		/* {"ok":true} */
/* {"ok":false,"code":class,"errors":[text]} */
void session_refuse(struct session *s, const struct err *why);

#endif
