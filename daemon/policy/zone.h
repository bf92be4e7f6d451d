/*
 * zone - a tz database zone: its file's bytes and the offsets they state.
 *
 * RFC 8536 version 2 and later; after the last transition the POSIX TZ string
 * in the footer holds.  The bytes may be anything.
 */
#ifndef POLICY_ZONE_H
#define POLICY_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct zone;

int zone_parse(const void *bytes, size_t n, struct zone **ret, struct err *e);
void zone_free(struct zone *z);

/* Seconds east of UTC at an instant (seconds since 1970). */
int64_t zone_offset(const struct zone *z, int64_t utc_s);

#endif
