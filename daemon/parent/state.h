/*
 * state - the state folder and the lock on it.
 */
#ifndef PARENT_STATE_H
#define PARENT_STATE_H

#include <stddef.h>

#include "retention/err.h"

/* Makes the folder (0700) when missing; takes the lock for life. */
int state_open(const char *path, int *ret_lock_fd, struct err *e);

/* The kernel's id of this boot, "" when it cannot be read. */
void state_boot_id(char *ret_text, size_t n);

#endif
