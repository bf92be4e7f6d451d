/*
 * landlock - which files a process may open from now on.
 */
#ifndef SANDBOX_LANDLOCK_H
#define SANDBOX_LANDLOCK_H

#include "retention/sandbox.h"

/* The version that the kernel speaks, or -1: none. */
int landlock_abi(void);

/* 0: restricted, 1: the kernel has none (or a filter refuses it), -1. */
int landlock_restrict(const struct sandbox_place *p, size_t n, struct err *e);

#endif
