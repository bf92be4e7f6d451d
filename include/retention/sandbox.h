/*
 * sandbox - what a process gives up before it reads anything hostile.
 */
#ifndef RETENTION_SANDBOX_H
#define RETENTION_SANDBOX_H

#include "retention/err.h"

/* No new privileges, no core dumps, not traceable, umask 077, few
 * descriptors.  Called first thing in every program of this project. */
int sandbox_harden(struct err *e);

#endif
