/*
 * parent - the deciding process as one struct, and its life.
 */
#ifndef PARENT_PARENT_H
#define PARENT_PARENT_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "retention/clock.h"
#include "retention/err.h"

#include "clockguard.h"
#include "evidence.h"
#include "ratchet.h"

struct anchoring;
struct control;
struct erasing;
struct place;
struct ruleset;

struct parent_options {
	const char *config;
	bool dry_run, once, verbose;
};

struct parent_query {			/* an event read from a store */
	struct parent_query *next;
	char notice[128], name[128];
	bool fired;
	struct wall at;
};

struct parent {
	struct parent_options opt;
	struct ev_loop *loop;
	struct ruleset *set;		/* owned reference */
	struct evidence ev;		/* empty in a dry run */
	struct ratchet ratchet;
	struct place *places;		/* owned */
	struct parent_query *queries;	/* owned */
	struct erasing *erasures;	/* owned */
	struct control *control;	/* owned; NULL: none */
	struct anchoring *anchoring;	/* owned; NULL: a dry run */
	int lock_fd;
	int inotify_fd;
	struct ev_io inotify;
	struct ev_signal signal[6];
	struct ev_prepare idle;
	struct ev_timer watchdog, give_up;
	struct wall since;
	struct clockguard clock;
	unsigned workers;		/* running */
	bool stopping;
	bool started;			/* a start record was written */
	char stop_why[64];
	struct mono kept;		/* keeping: the last look at old records */
	bool has_kept;
	bool metrics_failed;
	bool failed;			/* something went wrong: --once's status */
};

/* The whole life; returns the exit status. */
int parent_run(const struct parent_options *opt);

/* Finish what is in hand, then leave the loop. */
void parent_stop(struct parent *p, const char *why);
/* A start or stop record, not yet durable. */
int parent_record_life(struct parent *p, enum record_type type,
    const char *reason, struct err *e);
/* May anything be erased at present?  If not, *ret_why says why not. */
bool parent_may_enforce(const struct parent *p, const char **ret_why);

#endif
