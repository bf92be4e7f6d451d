/*
 * recovery - operations whose outcome is unknown, after a crash of the daemon
 * or of a worker, are resolved by asking the store.
 */
#ifndef PARENT_RECOVERY_H
#define PARENT_RECOVERY_H

#include <stddef.h>

#include "retention/err.h"

struct job;
struct parent;
struct place;

/* Everything that the trail found open at the start. */
int recovery_load(struct parent *p, struct err *e);
/* The operations of a finished or broken dialogue that nobody closed. */
void recovery_collect(struct job *j);

int recovery_advance(struct job *j, struct err *e);
int recovery_on_finished(struct job *j, const char *body, size_t n,
    struct err *e);
int recovery_on_failed(struct job *j, const struct err *why, struct err *e);

/* Roots of files of the rules that made what is open at j's place; at most
 * `most`, in j's pool. */
size_t recovery_roots(struct job *j, const char **ret, size_t most);

/* The store has left the policy: said as it is, nothing claimed. */
void recovery_abandon_all(struct place *pl);

#endif
