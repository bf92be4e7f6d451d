/*
 * gating - holds and restrictions: the ledger's list, and what a worker is
 * told of it before each job (I4).
 *
 * The list is read anew each time.  What cannot be read is not guessed: then
 * no job is given, so nothing is erased.
 */
#ifndef PARENT_GATING_H
#define PARENT_GATING_H

#include "retention/err.h"
#include "retention/gate.h"
#include "retention/ledger.h"
#include "retention/record.h"

struct job;
struct parent;
struct place;

/* Tell the worker what is under hold for dataset d: GATES, GATED*. */
int gating_send(struct job *j, const struct rule_dataset *d, struct err *e);

/*
 * A hold or restriction is placed: recorded, durable, in the ledger, and the
 * jobs that were told less are made to end at their next transaction (the
 * caller waits for them).  h->id is made here.
 */
int gating_place(struct parent *p, struct ledger_hold *h,
    const struct record_who *who, struct err *e);

/* ... and released: its datasets are looked at again.  `state`: of which kind
 * the caller thinks it is. */
int gating_release(struct parent *p, const char *id, enum gate_state state,
    const char *reason, const struct record_who *who, struct err *e);

/* The hash of an identifier; the key is made with the first subject. */
int gating_subject(struct parent *p, const char *kind, const char *value,
    uint8_t ret[GATE_HASH_BYTES], struct err *e);

/* Is anything of the store's files under a hold: everything, the store or a
 * dataset there, by whatever notice, or anybody whom one may know? */
int gating_store(struct parent *p, const struct place *pl, bool *ret_held,
    struct err *e);

/* Is a job at work on this place that may not know the list as it is? */
bool gating_is_leaving(const struct place *pl);

/* A dry run reads state/holds.json in place of the ledger; written at start
 * and with each change. */
void gating_write(struct parent *p);

#endif
