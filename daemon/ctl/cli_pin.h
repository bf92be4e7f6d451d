/*
 * cli_pin - the public key that a trail is pinned to.
 */
#ifndef RETENTION_CLI_PIN_H
#define RETENTION_CLI_PIN_H

#include "retention/err.h"

struct note_key;

/* "VKEY", or "@FILE" whose first line it is. */
int cli_pin_read(const char *value, struct note_key *ret, struct err *e);

#endif
