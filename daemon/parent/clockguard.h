/*
 * clockguard - a clock that jumps must not erase anything.
 *
 * A step stops enforcement until an operator confirms the time; that outlives
 * a restart, because only times in order are remembered in the ledger.  With
 * clock.require_sync so does a kernel clock that nothing keeps in step, until
 * something does or an operator vouches for it.
 */
#ifndef PARENT_CLOCKGUARD_H
#define PARENT_CLOCKGUARD_H

#include <ev.h>
#include <stdbool.h>

#include "retention/err.h"

#include "clockstep.h"

struct jsonw;
struct parent;
struct record_who;

struct clockguard {
	char boot_id[64];		/* of this boot */
	struct clockstep_sight good;	/* last seen in order */
	struct mono written;		/* when the ledger was told, by boot */
	bool stepped;			/* waits for an operator */
	bool unsynced;			/* waits for the kernel's clock */
	bool vouched;			/* unsynchronised, and confirmed */
	char why[240];			/* of either */
	struct ev_timer again;		/* looks while unsynced */
};

/* At the start: has the clock been set since the last time seen? */
void clockguard_start(struct parent *p);
/* Before work begins, and before each leave to erase: true when all is in
 * order. */
bool clockguard_check(struct parent *p);
/* As the last check found it. */
bool clockguard_off(const struct parent *p);
/* An operator says that the clock is right.  *ret_was false: nobody had
 * doubted it.  -1: it cannot be recorded, so nothing goes on. */
int clockguard_confirm(struct parent *p, const struct record_who *who,
    bool *ret_was, struct err *e);
/* The member "clock" of a status. */
void clockguard_put(const struct parent *p, struct jsonw *w);
/* At the end: the ledger is told. */
void clockguard_end(struct parent *p);

#endif
