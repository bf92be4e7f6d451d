/*
 * lognamed - the day that a file's name bears: YYYY-MM-DD or YYYYMMDD, with no
 * digit on either side of it; of several the latest.
 */
#ifndef STORE_LOGS_LOGNAMED_H
#define STORE_LOGS_LOGNAMED_H

#include <stdbool.h>

#include "retention/clock.h"

struct zone;

/* The end of that day in the zone (NULL: UTC).  ret: in, a time near it; out,
 * if true. */
bool lognamed_at(const struct zone *z, const char *name, struct wall *ret);

#endif
