/* cli_items - where a commitment stands among those of an operation. */
#ifndef RETENTION_CLI_ITEMS_H
#define RETENTION_CLI_ITEMS_H

#include <jansson.h>
#include <stdint.h>

#include "retention/commit.h"
#include "retention/merklepath.h"

/* The list is in the intent record, or in the items file that it binds below
 * the state folder.  -1: not among them, or the list cannot be read. */
int cli_items_path(const char *state, const json_t *intent,
    const uint8_t c[COMMIT_BYTES], struct merklepath *ret);

#endif
