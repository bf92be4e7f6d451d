/*
 * marking - what the files of a store look like, so that one that came out of
 * a backup is noticed: asked before anything else, and again after something
 * was erased, for a backup that was made before looks older than that.
 */
#ifndef PARENT_MARKING_H
#define PARENT_MARKING_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

struct job;
struct job_dataset;
struct msg_mark;

/* *ret_asked: an answer is to come. */
int marking_begin(struct job *j, bool *ret_asked, struct err *e);
int marking_end(struct job *j, bool *ret_asked, struct err *e);
int marking_on_marked(struct job *j, const char *body, size_t n,
    struct err *e);
/* Its marks are looked at, and what they made doubtful: the rest. */
int marking_go_on(struct job *j, struct err *e);
int marking_keep(struct job *j, const struct msg_mark *is, struct err *e);
/* In doubt nothing goes: an operator is asked, once in a job. */
int marking_doubt(struct job *j, const char *why, struct err *e);
/* What is due is far older than the last pass, which left nothing. */
void marking_suspect(struct job *j, const struct job_dataset *d);

#endif
