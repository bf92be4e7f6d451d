/*
 * manual - the table of settings as part of a manual page, in mdoc.
 */
#ifndef CONF_MANUAL_H
#define CONF_MANUAL_H

#include "retention/buf.h"

#include "schema.h"

/* `context` and everything below it. */
void manual_write(enum schema_context context, struct buf *ret);

#endif
