/*
 * pass - the steps of a PASS and of a PEEK job.
 */
#ifndef PARENT_PASS_H
#define PARENT_PASS_H

#include <stddef.h>

#include "retention/err.h"
#include "retention/wire.h"

struct job;
struct job_dataset;

int pass_advance(struct job *j, struct err *e);
int pass_on_fired(struct job *j, const char *body, size_t n, struct err *e);
int pass_on_counted(struct job *j, const char *body, size_t n, struct err *e);
int pass_on_peeked(struct job *j, const char *body, size_t n, struct err *e);
int pass_on_finished(struct job *j, const char *body, size_t n,
    struct err *e);
/* For planpass.c: the holds and the dataset at hand, as an order; erasing by
 * ERASE, or by EXECUTE when a plan is; the dataset is over. */
int pass_send_dataset(struct job *j, enum wire_type type, struct err *e);
int pass_erase(struct job *j, struct err *e);
void pass_end_dataset(struct job *j);
/* The worker said FAILED: *why is its reason. */
int pass_on_failed(struct job *j, const struct err *why, struct err *e);

#endif
