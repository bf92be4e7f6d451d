/*
 * erasepass - the steps of a REQUEST job: a person's rows of one store.
 */
#ifndef PARENT_ERASEPASS_H
#define PARENT_ERASEPASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/rule.h"

struct job;
struct parent;
struct place;
struct job_dataset;
struct ops_subject;

/* A correction under way that the policy has nothing of any more is stopped:
 * it may wait for a lock for long. */
void erasepass_on_reload(struct parent *p);
/* What the job is about: its datasets, in the order of the request. */
void erasepass_choose(struct job *j);
/* The dataset at hand with the persons in it; j->filled is replaced. */
int erasepass_fill(struct job *j, struct err *e);
/* The same rule as one that the ledger has, for recovery; NULL: no memory. */
const struct rule_dataset *erasepass_like(struct job *j,
    const struct rule_dataset *now, const struct rule_dataset *past);
bool erasepass_same(const struct rule_dataset *a,
    const struct rule_dataset *b);
int erasepass_on_counted(struct job *j, const char *body, size_t n,
    struct err *e);
void erasepass_cause(struct job *j, struct ops_subject *subject);
void erasepass_end_dataset(struct job *j);
/* The job is over: what has no outcome is tried again. */
void erasepass_settle(struct job *j);
/* What is open there cannot begin, for operations there are unresolved: whoever
 * waits is told. */
void erasepass_blame(struct place *pl, const struct err *why);
void erasepass_erased(struct job *j, uint64_t n);

#endif
