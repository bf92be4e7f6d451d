/*
 * callfilter - which system calls a process may make from now on.
 */
#ifndef SANDBOX_CALLFILTER_H
#define SANDBOX_CALLFILTER_H

#include <stdbool.h>

#include "retention/err.h"

/* Does the kernel (and whoever confined us before) let us? */
bool callfilter_is_there(void);

/* For good.  Anything but the list is refused with EPERM; what only an
 * intruder would do kills.  Without `write` the calls that change files are
 * not on the list; with `thread` a thread may be started, and no process. */
int callfilter_worker(bool write, bool thread, struct err *e);
int callfilter_scout(struct err *e);

/* The other way round: everything but a list.  Inherited by what is started. */
int callfilter_forbid(struct err *e);

#endif
