/* account_private - what an account gathers. */
#ifndef REPORT_ACCOUNT_PRIVATE_H
#define REPORT_ACCOUNT_PRIVATE_H

#include "retention/account.h"

/* So many names and open operations are told apart, whatever a trail holds;
 * the rest is counted as one. */
#define ACCOUNT_MOST_SETS 10000
#define ACCOUNT_MOST_OPEN 1024		/* as the verifier */
#define ACCOUNT_N_REASONS 4
#define ACCOUNT_OTHERS "(other datasets)"

struct account_set {			/* of one dataset */
	char *name;			/* owned */
	uint64_t operations, recovered, failed, erased, left;
	uint64_t skipped[ACCOUNT_N_REASONS];
	uint64_t brakes, plans, approved, rejected, shortened, lengthened;
	struct wall first, last;	/* outcome; ms 0: none */
	struct account_set *next;
};

enum account_event { ACCOUNT_HOLD, ACCOUNT_RELEASE, ACCOUNT_RESTRICT,
	ACCOUNT_UNRESTRICT, ACCOUNT_REQUEST, ACCOUNT_EVENT, ACCOUNT_POLICY,
	ACCOUNT_CLOCK, ACCOUNT_START, ACCOUNT_UNCLEAN, ACCOUNT_ROTATE,
	ACCOUNT_REKEY, ACCOUNT_ANCHOR, ACCOUNT_SHRED, ACCOUNT_RECOVER,
	ACCOUNT_PRUNE, ACCOUNT_N_EVENTS };

struct account_open {			/* an intent, until its outcome */
	char op[33];
	bool inside;			/* of the period */
	bool corrects;			/* its items stay, with other values */
	struct account_set *set;	/* borrowed */
	struct account_open *next;
};

struct account {
	struct account_period period;
	void *tree;			/* of struct account_set, by name */
	struct account_set *sets, **last;
	size_t n_sets;
	struct account_open *open;
	size_t n_open;
	uint64_t without_intent;	/* outcomes that fit no operation */
	uint64_t event[ACCOUNT_N_EVENTS];
	char *note;			/* owned: the newest checkpoint */
	bool failed;			/* no memory */
};

const char *account_reason(size_t i);		/* "held" */
const char *account_event_type(size_t i);	/* "hold" */
const char *account_event_name(size_t i);	/* "holds placed" */

/* Of a dataset; NULL: the trail does not name it. */
const struct account_set *account_find(const struct account *a,
    const char *dataset);
/* Intents of the period, or of all time, that have no outcome. */
uint64_t account_unfinished(const struct account *a);

#endif
