/*
 * planning - saved plans: what a person is asked to approve, and may.
 *
 *   made --> open --approve--> approved --all of it gone or drifted--> finished
 *              \--reject, 30 days, another one, another rule--> ended
 *
 * A plan is an id, a number and commitments (state/plans/ID.bin, bound by the
 * root in its record and in the ledger); the rows themselves nobody can read
 * out of it.  A dataset has one live plan at most.
 */
#ifndef PARENT_PLANNING_H
#define PARENT_PLANNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/buf.h"
#include "retention/err.h"
#include "retention/ledger.h"
#include "retention/record.h"
#include "retention/rule.h"

struct jsonw;
struct parent;
struct place_dataset;

/* The live plan of a dataset, from the ledger. */
void planning_load(struct parent *p, struct place_dataset *d);

bool planning_is_open(const struct place_dataset *d);
bool planning_is_approved(const struct place_dataset *d);

/* Ends the plan when its time is over, or when the rule (filled in) is not
 * the one that it was made by. */
void planning_check(struct parent *p, struct place_dataset *d,
    const struct rule_dataset *filled, struct wall now);

/* What a rule says, but for its mode and its place in a file. */
int planning_rule(const struct rule_dataset *filled, uint8_t ret[32],
    struct err *e);

/* Save a plan whose id, ep, n, root, rule and why are filled in: commitments,
 * record, ledger.  It takes the place of an open one. */
int planning_keep(struct parent *p, struct place_dataset *d,
    struct ledger_plan *plan, const struct buf *items,
    const struct record_who *who, struct err *e);

/* So many of its rows have gone now. */
void planning_erased(struct parent *p, struct place_dataset *d, uint64_t n);
/* Nothing of it is left to be done; `held` of it are under hold. */
void planning_finish(struct parent *p, struct place_dataset *d,
    uint64_t held);

/* Approve or reject by id: recorded, durable, then acted upon. */
int planning_decide(struct parent *p, const char *id, bool approve,
    const char *reason, const struct record_who *who, struct err *e);

/* "plan": null or what is known of the live one. */
void planning_put(struct jsonw *w, const struct place_dataset *d);
/* state/plans.json, for those who look without the daemon. */
void planning_write(struct parent *p);

#endif
