/*
 * correcting - a request of a person to have columns corrected: an erasure of
 * the old values (erasing.h) with one part, which leaves new ones.
 *
 * The new values are in this process's memory for as long as it is under way,
 * and in the orders to the worker.  Ledger and trail know digests at most.
 */
#ifndef PARENT_CORRECTING_H
#define PARENT_CORRECTING_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/ctl.h"
#include "retention/err.h"
#include "retention/ledger_erasure.h"
#include "retention/msg.h"
#include "retention/rule.h"

struct correcting;
struct erasing;
struct erasing_part;
struct job;
struct job_dataset;
struct parent;
struct place;

#define CORRECTING_MOST_ROWS 10000	/* of one dataset: one transaction */

bool correcting_is(const struct ledger_erasure *row);

/* Why dataset d of store s is not corrected by the policy; NULL: it may be. */
const char *correcting_why_never(const struct rule_dataset *d,
    const struct rule_store *s);

/* The values are copied, and wiped by free. */
struct correcting *correcting_new(struct parent *p,
    const struct ctl_request *r, struct err *e);
void correcting_free(struct correcting *c);	/* NULL is fine */

/* The corrections, by digest: n_fixes and fixes of an empty rule. */
const struct rule_dataset *correcting_fixes(const struct correcting *c);

/* A copy of rule d, with its persons, that does what `like` corrects and
 * nothing else.  NULL: no memory, or too much is bound. */
const struct rule_dataset *correcting_fill(struct job *j,
    const struct rule_dataset *d, const struct rule_dataset *like);

/* Values for the order to the worker; and the order out of j->text again. */
void correcting_tell(struct job *j, struct rule_dataset *d);
void correcting_forget(struct job *j);

/* Nothing is held or restricted, and there are not too many. */
bool correcting_may(const struct msg_counted *n);

/* Its outcome, whatever it is: a correction is not tried again by itself. */
void correcting_end(struct job *j, const struct job_dataset *d,
    struct erasing *r, struct erasing_part *x);

/* One transaction holds all rows of one file: some changed, so all have. */
bool correcting_is_done(const struct ledger_part *x,
    const struct rule_store *s);

/* A daemon before this one took the values with it.  True: r is gone. */
bool correcting_drop(struct parent *p, const struct place *pl,
    struct erasing *r);

#endif
