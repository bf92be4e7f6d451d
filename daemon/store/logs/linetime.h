/*
 * linetime - when was this log line written?  No I/O; any bytes, any
 * length.
 *
 * Formats (`time_format` of a policy):
 *   combined, common  the last [DD/Mon/YYYY:HH:MM:SS +HHMM] before the first
 *                     quote that has no backslash before it: a user name
 *                     before it cannot make a line older
 *   iso8601           at the line's start, or after one of [ ( " <
 *   syslog            RFC 3164 (no year), RFC 5424, or a date as iso8601 in
 *                     the place of 3164's; "<PRI>" may stand in front
 *   json:FIELD        a field of a JSON line, "a.b" goes into objects: text
 *                     as iso8601, or a number of seconds, milliseconds,
 *                     microseconds or nanoseconds since 1970 by its size (less
 *                     than 100,000,000 is no time).  Of several the latest;
 *                     none where quotes or brackets do not go up
 *   anything with %   see linefmt.h
 * A line without a readable time has none: it keeps what is around it as it
 * is and takes no time from its neighbours.
 */
#ifndef STORE_LOGS_LINETIME_H
#define STORE_LOGS_LINETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

struct zone;
struct linetime;

/* Copies format, borrows z (NULL: UTC) for its life. ERR_CONFIG says what was
 * expected. */
int linetime_new(const char *format, const struct zone *z,
    struct linetime **ret, struct err *e);
void linetime_free(struct linetime *lt);	/* NULL is fine */

/*
 * The instant of one line of n bytes.  `near`: the time of the file's last
 * change, for formats without a year (see linecivil.h).  False: none.  `lt`
 * remembers the last day it read, to be fast; answers do not depend on it.
 */
bool linetime_of(struct linetime *lt, const char *line, size_t n,
    struct wall near, struct wall *ret);

/*
 * The first lines of p[n] whose times can be told at once: web log lines of
 * the day and offset that linetime_of() read last, with times from span[0] to
 * span[1] and ends in p[n].  Returns their bytes, perhaps 0; *ret_lines how many,
 * *ret_first the earliest time if there are any.  linetime_of() says of each
 * of them that it has such a time.
 */
size_t linetime_run(const struct linetime *lt, const char *p, size_t n,
    const struct wall span[2], uint64_t *ret_lines, struct wall *ret_first);

#endif
