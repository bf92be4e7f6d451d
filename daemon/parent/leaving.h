/*
 * leaving - as which a pass left a store's file is kept in the ledger until
 * the next one begins to write: if the file is so still, only what that pass
 * itself makes dead is looked at.
 */
#ifndef PARENT_LEAVING_H
#define PARENT_LEAVING_H

#include <stddef.h>

#include "retention/err.h"

struct job;

/* Before ERASE, EXECUTE: tells the worker, and forgets it first. */
int leaving_tell(struct job *j, struct err *e);
/* Before SWEEP, which looks at all of it whatever was known. */
int leaving_forget(struct job *j, struct err *e);
/* LEFT. */
int leaving_on_left(struct job *j, const char *body, size_t n, struct err *e);
/* All outcomes are in the trail: what LEFT said is kept. */
void leaving_keep(struct job *j);

#endif
