/* cli_items - where a commitment stands among those of an operation. */
#ifndef RETENTION_CLI_ITEMS_H
#define RETENTION_CLI_ITEMS_H

#include <jansson.h>
#include <stdint.h>

#include "retention/commit.h"
#include "retention/merklepath.h"

struct buf;

/* The list is in the intent record, or in the items file that it binds below
 * the state folder.  -1: not among them, or the list cannot be read. */
int cli_items_path(const char *state, const json_t *intent,
    const uint8_t c[COMMIT_BYTES], struct merklepath *ret);

/* All of them, sorted, COMMIT_BYTES each; -1: they cannot be read, or are not
 * as many as the record says. */
int cli_items_read(const char *state, const json_t *intent, struct buf *ret);

#endif
