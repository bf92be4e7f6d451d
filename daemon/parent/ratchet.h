/*
 * ratchet - when the signing key is replaced: after trail.rotate_key_every,
 * when an admin asks, and after a stop that was none.
 *
 * An operation's key comes from the epoch of its intent, so a rotation waits
 * while a worker holds the key of an operation that it has not yet intended.
 * Operations that are intended keep their epoch.
 */
#ifndef PARENT_RATCHET_H
#define PARENT_RATCHET_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/record.h"

struct jsonw;
struct parent;

struct ratchet {
	struct ev_periodic due;
	struct wall next;
	const char *why;		/* wanted now; NULL: not */
	bool asked;			/* by: */
	int64_t uid;
	char user[64];
};

/* Once the trail is open: what is due already is done. */
void ratchet_start(struct parent *p);
/* By (new) settings, when is the next one? */
void ratchet_arm(struct parent *p);
void ratchet_release(struct parent *p);

/* If one is wanted and possible it is done now. */
void ratchet_try(struct parent *p);
/* By an admin.  0: done; 1: as soon as the operations under way allow. */
int ratchet_ask(struct parent *p, const struct record_who *who,
    struct err *e);

/* The member "key" of the status. */
void ratchet_put(const struct parent *p, struct jsonw *w);

#endif
