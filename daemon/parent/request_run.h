/*
 * request_run - a session that waits for the passes of some datasets.
 */
#ifndef PARENT_REQUEST_RUN_H
#define PARENT_REQUEST_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/err.h"

struct ctl_request;
struct parent;
struct place;
struct session;
struct session_run;

void request_run_do(struct session *s, const struct ctl_request *r);

/* NULL: a dataset is not in the policy, or no memory. */
struct session_run *request_run_new(struct parent *p,
    const struct ctl_request *r, struct err *e);
/* Is that dataset among those asked for? */
bool request_run_asks(const struct session_run *run, const char *full);
/* Want their passes; remember which have to end. */
void request_run_want(struct parent *p, struct session_run *run);

/* A pass over pl has ended: answers the session if that was the last. */
void request_run_on_pass(struct session *s, struct place *pl);
void request_run_progress(struct session *s, const char *dataset,
    uint64_t erased, uint64_t of);

void request_run_free(struct session_run *r);	/* NULL is fine */

#endif
