/*
 * source - a configuration file's bytes, checked for what libconfig would let
 * pass in silence, and its settings.
 */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include <stdint.h>
#include <libconfig.h>

#include "reader.h"

/* r->file, at most 1 MiB.  On failure -1, with the errors in r. */
int source_read(struct reader *r, struct buf *ret, uint8_t ret_sha256[32]);

/* `cfg` is initialised by the caller, who destroys it. */
int source_parse(struct reader *r, const struct buf *text, config_t *cfg);

#endif
