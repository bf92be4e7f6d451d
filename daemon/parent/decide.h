/*
 * decide - may a pass act on what it has counted?  Pure.
 */
#ifndef PARENT_DECIDE_H
#define PARENT_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/rule.h"

enum decide_verdict {
	DECIDE_UNKNOWN,		/* not looked at yet */
	DECIDE_NEVER,		/* kept indefinitely */
	DECIDE_NOTHING,		/* nothing is due */
	DECIDE_REPORT,		/* mode report: only counted */
	DECIDE_REVIEW,		/* due, and a person has to approve */
	DECIDE_BRAKE,		/* too much is due at once */
	DECIDE_STOPPED,		/* nothing may be erased at present */
	DECIDE_WINDOW,		/* later today */
	DECIDE_ACT,
	DECIDE_N_VERDICTS
};

struct decide_case {
	const struct rule_dataset *dataset;
	struct rule_brake brake;	/* retentiond.conf's */
	uint64_t due, total;
	struct wall now;
	bool may_enforce;		/* trail and clock are in order */
	bool fresh;			/* its rules became stricter, and no
					 * pass has been let through since */
	bool again;			/* out of a backup, and gone before */
	bool approved;			/* a plan, that is to be done now */
};

enum decide_verdict decide_dataset(const struct decide_case *c);

/* Is more due than the brake allows?  Datasets that a declared event fires
 * are exempt: the declaration is the approval; but not of rules that came
 * after it. */
bool decide_braked(const struct decide_case *c);

/* For status: "waiting for review". */
const char *decide_text(enum decide_verdict v);

/* Does the verdict need a person? */
bool decide_needs_person(enum decide_verdict v);

#endif
