/*
 * planpass - a job's steps that have to do with a saved plan.
 *
 *   make     GATES, ONLY (no items), SURVEY -> ITEMS*, SURVEYED: planning_keep
 *   execute  GATES, ONLY and its items, SURVEY -> SURVEYED (due, held), then
 *            GATES, EXECUTE: the dialogue of a pass
 */
#ifndef PARENT_PLANPASS_H
#define PARENT_PLANPASS_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct job;

/* For the dataset at hand, which has been counted. */
int planpass_make(struct job *j, const char *why, struct err *e);
int planpass_execute(struct job *j, struct err *e);

int planpass_on_items(struct job *j, const char *body, size_t n,
    struct err *e);
int planpass_on_surveyed(struct job *j, const char *body, size_t n,
    struct err *e);

/* An operation of the job, whatever its kind, has told its outcome: so many
 * more are gone. */
void planpass_erased(struct job *j, uint64_t n);
/* The dialogue has ended with nothing left. */
void planpass_done(struct job *j);

#endif
