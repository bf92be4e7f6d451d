/*
 * job - one worker's visit to one store, from the parent's side.
 *
 *   start --HELLO--> OPEN --OPENED--> steps... --> BYE --> end
 *
 *   PASS    EVENT* then, per dataset, PLAN -> COUNTED -> decide -> ERASE
 *           dialogue (again while there is more)
 *   PEEK    PEEK per dataset that waits for an event in a row, read only;
 *           something due makes a pass wanted
 *   SCRUB   SWEEP -> SWEPT*, SWEPT_ALL (scrubbing.c)
 *   RESUME  RESUME dialogue per group of open operations
 *
 * What the worker says is believed only as far as the table of messages, the
 * strict readers of msg.h and ops.c let it.  FAILED ends the step it answers;
 * a broken protocol or a crash ends the job.
 */
#ifndef PARENT_JOB_H
#define PARENT_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/ledger.h"
#include "retention/ledger_erasure.h"
#include "retention/msg.h"
#include "retention/rule.h"

#include "decide.h"
#include "ops.h"
#include "supervisor.h"

struct parent;
struct place;
struct pool;
struct printing;
struct ruleset;

enum job_plan { JOB_PLAN_NONE, JOB_PLAN_MAKING, JOB_PLAN_MATCHING,
	JOB_PLAN_EXECUTING };

enum job_kind { JOB_PASS, JOB_PEEK, JOB_RESUME, JOB_REQUEST,
	JOB_SCRUB };

struct job_dataset {
	const struct rule_dataset *rule;	/* of the job's ruleset */
	struct msg_counted counts;		/* texts: NULL, but for */
	char assurance[64];
	bool counted, ended;
	bool settled;				/* failed, and for good */
	enum decide_verdict verdict;
	uint64_t erased, skipped, left;
	bool save;				/* only make a plan, for: */
	int64_t save_uid;
	char save_user[64];
	struct err error;			/* ERR_NONE: fine */
};

struct job {
	struct parent *parent;			/* borrowed */
	struct place *place;			/* borrowed, outlives us */
	enum job_kind kind;
	struct ruleset *set;			/* a reference */
	const struct rule_notice *notice;	/* of set */
	const struct rule_store *store;
	struct supervisor worker;
	struct mono began;
	size_t n, at;				/* at == n: all done */
	struct job_dataset *dataset;		/* owned */
	size_t event;				/* next to ask, of notice */
	struct wall cutoff;			/* of the dataset at hand */
	struct pool *pool;			/* of the dataset at hand */
	const struct rule_dataset *filled;	/* in pool */
	bool opened;				/* the store is */
	bool asking;				/* an event */
	bool in_dialogue;			/* ops is live */
	struct ops ops;
	enum job_plan plan_step;		/* of the dataset at hand */
	struct ledger_plan plan;		/* made, or executed */
	uint8_t plan_op[COMMIT_OP_BYTES];	/* the id, as bytes */
	struct buf plan_items;			/* its commitments */
	uint64_t plan_held;			/* of them, under hold */
	bool writes;				/* the store was opened so */
	struct buf text;			/* job text, for the ledger */
	char basis[300];
	char erasure[LEDGER_ERASURE_ID + 1];	/* the request; "": none */
	bool marked, marked_after;		/* files were looked at */
	bool marking;				/* they are just now */
	uint64_t mark_from;			/* of them; this one is next */
	uint64_t mark_page;			/* of them, just told */
	bool doubted;				/* out of a backup, perhaps */
	struct printing *printing;		/* owned; files in doubt */
	uint64_t n_printed;			/* prints kept by it */
	uint64_t gate;				/* holds told for it */
	char left[MSG_CLEAN_BYTES];		/* as LEFT said; "": nothing */
	bool swept;				/* JOB_SCRUB: recorded */
	bool leaving;				/* BYE was sent */
	bool failed;				/* something to try again */
	struct err error;			/* of the job as a whole */
};

void job_start(struct place *pl, enum job_kind kind);

/* For the files that speak for a job. */
int job_send(struct job *j, enum wire_type type, const struct buf *body,
    struct err *e);
int job_bye(struct job *j, struct err *e);
/* End it after the transaction in hand; what it wanted is wanted again. */
void job_hurry(struct job *j);
/* The next step of whatever kind. */
int job_advance(struct job *j, struct err *e);
/* What of the texts of d->counts is kept beyond the message. */
void job_keep_texts(struct job_dataset *d);
/* May anything more be erased by this job, just now? */
bool job_may_go_on(const struct job *j);
/* Was leave given to erase something that has no outcome yet? */
bool job_is_erasing(const struct job *j);

#endif
