/*
 * timetext - times as people and databases write them.  Pure.
 */
#ifndef RETENTION_TIMETEXT_H
#define RETENTION_TIMETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

struct zone;			/* a tz database zone, loaded; immutable */

/* "UTC" or a tz database name ("Europe/London"); reads the TZif file (RFC
 * 8536) below /usr/share/zoneinfo.  NULL *ret for UTC. */
int timetext_zone(const char *name, struct zone **ret, struct err *e);
void timetext_zone_free(struct zone *z);

/* Local civil milliseconds (as if UTC) to an instant.  A time that the zone
 * skips or repeats gives the LATER instant: when in doubt, keep. */
struct wall timetext_from_local(const struct zone *z, int64_t local_ms);
/* Instant to local civil milliseconds. */
int64_t timetext_to_local(const struct zone *z, struct wall t);

/* The civil day at `now` in days since 1970: the last one whose beginning, as
 * timetext_from_local() has it, has come. */
int64_t timetext_today(const struct zone *z, struct wall now);

/*
 * YYYY-MM-DD[(T| )HH:MM[:SS[.fraction]]][ ][Z|z|+HH:MM|-HH:MM], the forms that
 * SQLite's date functions read as well, with real calendar days only; fraction
 * cut to milliseconds; 24:00 refused.  Without an offset the time is in
 * `z` (NULL: UTC).  A date alone counts to its end: 23:59:59.999.
 */
int timetext_iso8601(const char *text, size_t n, const struct zone *z,
    struct wall *ret_t);

/* Exactly YYYY-MM-DD, a real day; days since 1970. */
int timetext_day(const char *text, size_t n, int64_t *ret_days);

/* Command-line times: RFC 3339 with Z or offset, or a date (its start, UTC). */
int timetext_argument(const char *text, struct wall *ret_t, struct err *e);

#endif
