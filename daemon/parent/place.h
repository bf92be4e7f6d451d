/*
 * place - a store as the parent knows it: what its datasets looked like last
 * time, what is wanted of it, what is going on.  Outlives a reload; the rules
 * themselves belong to the ruleset.
 */
#ifndef PARENT_PLACE_H
#define PARENT_PLACE_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/commit.h"
#include "retention/ledger.h"
#include "retention/msg.h"
#include "retention/msg_sweep.h"
#include "retention/rule.h"
#include "retention/trail.h"

#include "decide.h"

struct job;
struct parent;

struct place_dataset {
	const struct rule_dataset *rule;	/* of the present ruleset */
	struct ledger_dataset past;		/* persistent part */
	bool wanted;				/* in the next pass */
	bool counted;				/* since the start */
	bool failed;				/* last time */
	bool brake_recorded;
	bool fresh;				/* stricter, and not passed yet */
	struct ledger_plan plan;		/* live; id "": none */
	bool save;				/* a plan is to be made, for: */
	int64_t save_uid;
	char save_user[64];
	bool save_then_pass;			/* it was wanted anyway */
	enum decide_verdict verdict;
	struct msg_counted counts;		/* texts: NULL, but for */
	char assurance[64];			/* "": not said */
	uint64_t erased, skipped, left;		/* by the last pass */
};

struct place_scrub {
	bool wanted;
	bool asked;				/* by somebody: */
	uint64_t begun, ended;			/* numbers of jobs */
	int64_t uid;
	char user[64];
	bool by_policy;				/* the last was not asked for */
	bool known;				/* how the last left the files: */
	uint8_t left_as[32];
	uint64_t after;				/* the pass last considered */
	struct msg_swept_all sum;		/* of the last; no texts but: */
	char assurance[64];
	struct err error;			/* ERR_NONE: none */
};

struct place_open {			/* an operation to be resolved */
	struct place_open *next;
	struct trail_open_op info;
	uint8_t (*c)[COMMIT_BYTES];	/* owned; NULL: to be read back */
	bool has_root;			/* of this life: root is known */
	uint8_t root[32];
	unsigned tries;
	bool grouped;			/* in the dialogue under way */
};

struct place {
	struct place *next;
	struct parent *parent;			/* borrowed */
	char full[256];
	const struct rule_notice *notice;	/* NULL: no longer in the policy */
	const struct rule_store *store;
	size_t n;
	struct place_dataset *dataset;		/* owned */
	struct place_open *open;		/* owned */
	struct job *job;			/* owned; NULL: idle */
	bool wanted;				/* a pass, for its events */
	bool peek;				/* a cheap look is wanted */
	bool urgent;				/* not held back by a failure */
	unsigned failures;			/* in a row */
	bool held;				/* the store itself failed: no
						 * look before retry is over */
	bool asked_waits;			/* a request failed: not before retry */
	bool peek_failed;			/* look again when it is */
	int64_t cost_ms;			/* of the last look */
	uint64_t pass;				/* number of the last pass begun */
	uint64_t passed;			/* and of the last one ended */
	uint64_t restored;			/* out of a backup, until this one */
	struct place_scrub scrub;
	struct ev_timer retry;			/* what failed is tried again */
	struct ev_timer check;			/* check_every, monotonic */
	struct ev_periodic due;			/* next due, wall time */
	struct ev_timer settle;			/* debounce of watch.c */
	int watch;				/* inotify; -1: none */
};

/* Make the list of p->places match p->set; keeps what it knows. */
int place_sync(struct parent *p, struct err *e);
void place_free_all(struct parent *p);
/* Remove places that have left the policy and have nothing going on. */
void place_sweep(struct parent *p);

struct place *place_find(struct parent *p, const char *full);	/* or NULL */
struct place_dataset *place_dataset_find(struct place *pl, const char *full);

/* Since when something that is due has not gone; ms 0: nothing is known to be.
 * A dataset that cannot be looked at any more is overdue from the time that it
 * was last known to have next. */
struct wall place_overdue(const struct place_dataset *d, struct wall now);

bool place_is_restored(const struct place *pl);

/* Add an open operation; takes c; root may be NULL. */
int place_add_open(struct place *pl, const struct trail_open_op *info,
    uint8_t (*c)[COMMIT_BYTES], const uint8_t *root);
void place_drop_open(struct place *pl, const uint8_t op[COMMIT_OP_BYTES]);

#endif
