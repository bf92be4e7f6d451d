/* cli_lock - the lock on a state folder, which a running daemon holds. */
#ifndef RETENTION_CLI_LOCK_H
#define RETENTION_CLI_LOCK_H

#include "retention/err.h"

/* Refused while anybody else holds it; give it back by closing *ret_fd. */
int cli_lock_state(const char *state, int *ret_fd, struct err *e);

#endif
