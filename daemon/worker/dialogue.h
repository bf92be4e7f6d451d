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
/* ONLY: takes in the plan and its items; no reply. */
int dialogue_only(struct link *l, const struct msg_only *m, struct err *e);
/* SURVEY: makes that plan, or counts what of it is due and what is held. */
int dialogue_survey(struct link *l, const struct msg_job *job,
    struct err *e);
/* EXECUTE: as ERASE, but nothing except the items of that plan. */
int dialogue_execute(struct link *l, const struct msg_job *job,
    struct err *e);
/* SWEEP: overwrites what is dead in the store's files. */
int dialogue_sweep(struct link *l, struct err *e);
int dialogue_resume(struct link *l, const struct msg_job *job, struct pool *p,
    struct err *e);

#endif
