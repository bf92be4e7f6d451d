/*
 * recorrect - what was corrected in a store that came out of a backup may be
 * as wrong as before.  The new values are known to nobody, so it is told.
 */
#ifndef PARENT_RECORRECT_H
#define PARENT_RECORRECT_H

#include "retention/err.h"

struct parent;

/* In the register and in the log, for each correction that was done there. */
int recorrect_tell(struct parent *p, const char *store, struct err *e);

#endif
