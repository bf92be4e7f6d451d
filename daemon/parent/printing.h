/*
 * printing - a file may have come out of a backup: the prints of what was
 * erased in it (print.h) prove it, and say what goes again.
 */
#ifndef PARENT_PRINTING_H
#define PARENT_PRINTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/msg.h"

struct job;
struct printing;

/*
 * A file that looks otherwise than it did.  why: what follows in any case that
 * nothing is proved, a word for the operator; NULL: nothing does.  The mark is
 * kept when what follows is on record.
 */
int printing_doubt(struct job *j, const struct msg_mark *m, const char *why,
    struct err *e);
/* *ret_asked: an answer is to come, and then on_matched goes on. */
int printing_next(struct job *j, bool *ret_asked, struct err *e);
int printing_on_matched(struct job *j, const char *body, size_t n,
    struct err *e);
bool printing_is_asking(const struct job *j);
int printing_on_failed(struct job *j, const struct err *why, struct err *e);
void printing_free(struct printing *x);		/* NULL is fine */

#endif
