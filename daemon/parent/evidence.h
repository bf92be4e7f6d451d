/*
 * evidence - trail, keys and ledger as one thing that is in order or is not.
 *
 * Any failure of trail or keys ends enforcement for the life of the process
 * (I1): evidence_off() is true from then on and nothing more is erased.
 */
#ifndef PARENT_EVIDENCE_H
#define PARENT_EVIDENCE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/conf.h"
#include "retention/err.h"
#include "retention/ledger.h"
#include "retention/record.h"
#include "retention/trail.h"

struct buf;
struct key;

struct evidence {
	struct ev_loop *loop;		/* borrowed */
	char *state;			/* owned */
	struct key *key;		/* owned */
	struct trail *trail;		/* owned */
	struct ledger *ledger;		/* owned */
	struct ev_timer seal, heartbeat;
	struct ev_timer tidy, space;	/* of keeping.c; idle without data */
	bool off;
	bool full;			/* off for want of space alone */
	char why[512];			/* of off */
};

/* Keys, ledger, trail of m->state; makes what is missing. */
int evidence_open(struct evidence *ev, struct ev_loop *loop,
    const struct conf_main *m, struct err *e);
void evidence_release(struct evidence *ev);	/* empty and twice are fine */

/* The checkpoint timers, by (new) settings. */
void evidence_settings(struct evidence *ev, const struct conf_main *m);

bool evidence_off(const struct evidence *ev);
/* Off, but only until there is space again: see evidence_reopen(). */
bool evidence_full(const struct evidence *ev);
/* The trail anew, from its files; on failure all stays as it is.  Only while no
 * worker runs, and after evidence_full(). */
int evidence_reopen(struct evidence *ev, const struct conf_main *m,
    struct err *e);
/* So many records are covered by evidence from elsewhere. */
uint64_t evidence_anchored(const struct evidence *ev);

/* Append one record, not yet durable.  A failure turns enforcement off. */
int evidence_append(struct evidence *ev, enum record_type type,
    const struct buf *payload, struct err *e);
int evidence_sync(struct evidence *ev, struct err *e);
/* All records durable, signed, and the ledger's head moved. */
int evidence_seal(struct evidence *ev, struct err *e);
/* Hand the trail to a new key: trail_rotate(). */
int evidence_rotate(struct evidence *ev, const struct trail_rotation *r,
    struct err *e);
/* As evidence_seal() when there is anything unsealed; failures are logged. */
void evidence_seal_if_needed(struct evidence *ev);

/* n fresh operations, random names, keys by the present epoch. */
int evidence_ops(struct evidence *ev, size_t n, struct commit_op *ret,
    struct err *e);
/* The key of an operation of epoch ep. */
int evidence_op_key(struct evidence *ev, uint32_t ep, struct commit_op *op,
    struct err *e);

/* Enforcement stops: said once in the log. */
void evidence_fail(struct evidence *ev, const struct err *why);

#endif
