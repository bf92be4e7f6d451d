/*
 * dialogue - the two dialogues that erase: ERASE and RESUME.
 */
#ifndef DAEMON_WORKER_DIALOGUE_H
#define DAEMON_WORKER_DIALOGUE_H

#include "retention/msg.h"

#include "link.h"

struct pool;

int dialogue_erase(struct link *l, const struct msg_job *job, struct err *e);

/* The commitments come from `p`. */
int dialogue_resume(struct link *l, const struct msg_job *job, struct pool *p,
    struct err *e);

#endif
