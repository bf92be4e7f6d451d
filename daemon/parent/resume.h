/*
 * resume - operations whose outcome is unknown, after a crash of the daemon
 * or of a worker, are resolved by asking the store.
 */
#ifndef PARENT_RESUME_H
#define PARENT_RESUME_H

#include <stddef.h>

#include "retention/err.h"

struct job;
struct parent;
struct place;

/* Everything that the trail found open at the start. */
int resume_load(struct parent *p, struct err *e);
/* The operations of a finished or broken dialogue that nobody closed. */
void resume_collect(struct job *j);

int resume_advance(struct job *j, struct err *e);
int resume_on_finished(struct job *j, const char *body, size_t n,
    struct err *e);
int resume_on_failed(struct job *j, const struct err *why, struct err *e);

/* The store has left the policy: said as it is, nothing claimed. */
void resume_abandon_all(struct place *pl);

#endif
