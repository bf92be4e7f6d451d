/*
 * scrubbing - the one step of a SCRUB job: what is dead in a store is
 * overwritten because an operator asked for it, and recorded with who did.
 */
#ifndef PARENT_SCRUBBING_H
#define PARENT_SCRUBBING_H

#include <stddef.h>

#include "retention/err.h"

struct job;

void scrubbing_begin(struct job *j);
int scrubbing_advance(struct job *j, struct err *e);
/* In any job: it goes on. */
int scrubbing_on_swept(struct job *j, const char *body, size_t n,
    struct err *e);
int scrubbing_on_all(struct job *j, const char *body, size_t n,
    struct err *e);
int scrubbing_on_failed(struct job *j, const struct err *why, struct err *e);
/* The job is over, in whatever way. */
void scrubbing_settle(struct job *j);

#endif
