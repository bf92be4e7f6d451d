/*
 * ops - the parent's side of an erasing dialogue: what was asked for, what
 * was promised in the trail, what came of it.
 *
 *   GIVEN --INTEND--> INTENDED --READY, synced--> GONE --DONE--> CLOSED
 *                        \--READY, not synced--> STOPPED --DONE--> CLOSED
 *
 * I1: an operation is GONE (the worker may erase) only after its intent, its
 * commitments and its job text are durable.  An operation that is GONE and
 * never CLOSED is unknown: it is handed over to be resolved, never guessed.
 */
#ifndef PARENT_OPS_H
#define PARENT_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/buf.h"
#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/err.h"
#include "retention/trail.h"

struct evidence;
struct msg_done;

enum ops_state { OPS_GIVEN, OPS_INTENDED, OPS_GONE, OPS_STOPPED, OPS_CLOSED };

struct ops_op {
	enum ops_state state;
	struct commit_op id;		/* the key is wiped with the op */
	struct trail_open_op info;	/* as the trail would tell it */
	uint8_t root[32];		/* of its commitments, as intended */
	uint8_t (*c)[COMMIT_BYTES];	/* owned; NULL: to be read back */
};

struct ops_subject {			/* all borrowed, for the dialogue */
	const char *dataset, *action, *store, *basis, *agreement;
	const char *job_text;		/* for the ledger: JSON, line feed,
					 * the store's path; NULL: resuming */
	const char *path;		/* of the store; see opcheck.h */
	const uint8_t *policy;		/* 32 bytes */
	struct wall cutoff;
	uint64_t gate;			/* holds that were told for it */
	const char *plan;		/* whose items go; NULL: none */
	const char *cause, *request;	/* as in record.h; NULL: none */
};

struct ops {
	struct evidence *ev;		/* borrowed */
	struct ops_subject subject;
	size_t n, room;
	struct ops_op *op;		/* owned */
	uint8_t items_op[COMMIT_OP_BYTES];
	struct buf items;		/* commitments of one op under way */
	uint64_t erased, skipped, left;
	bool failed;			/* some outcome was a failure */
	char error[256];		/* the first one's words */
};

void ops_init(struct ops *o, struct evidence *ev,
    const struct ops_subject *subject);
void ops_release(struct ops *o);	/* wipes; twice is fine */

/* WANT: the answer goes to `out`. */
int ops_give(struct ops *o, size_t n, struct buf *out, struct err *e);
/* ITEMS and INTEND.  -1 is the worker's fault; trouble with the evidence
 * shows as evidence_off() at READY. */
int ops_items(struct ops *o, const void *body, size_t n, struct err *e);
int ops_intend(struct ops *o, const char *body, size_t n, struct err *e);
/* READY: true means GO; every intent so far is durable. */
bool ops_ready(struct ops *o, bool may);
/* DONE: recorded, not yet durable.  -1 is the worker's fault. */
int ops_done(struct ops *o, const char *body, size_t n, struct err *e);
/* The dialogue is over, in whatever way: outcomes durable, operations that
 * surely never began closed as failed with `why`'s class. */
void ops_finish(struct ops *o, const struct err *why);

/* Resuming: take over an operation that is open (c is consumed). */
int ops_adopt(struct ops *o, const struct trail_open_op *info,
    uint8_t (*c)[COMMIT_BYTES], struct err *e);

/* An operation that nobody can resolve any more: `fail`, nothing claimed. */
int ops_abandon(struct evidence *ev, const struct trail_open_op *info,
    const char *class, struct err *e);

#endif
