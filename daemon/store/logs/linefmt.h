/*
 * linefmt - times in a format of the operator's own, in the manner of
 * strptime, at the start of a line.  Strict.
 *
 *   %Y year, 4 digits      %y year, 2 digits (69..99: 19yy)
 *   %m month  %d day  %H hour  %M minute  %S second, 2 digits each
 *   %e day, 1 or 2 digits, may be padded with a space
 *   %b month's English name, three letters   %j day of the year, 3 digits
 *   %f fraction of a second   %z offset (Z, +HH, +HHMM, +HH:MM)
 *   %s seconds since 1970     %T = %H:%M:%S   %F = %Y-%m-%d   %% a %
 * White space in the format stands for one or more spaces or tabs.  No letter
 * or digit may follow.  Each part may occur once.
 */
#ifndef STORE_LOGS_LINEFMT_H
#define STORE_LOGS_LINEFMT_H

#include <stdbool.h>

#include "retention/err.h"

#include "linecivil.h"

#define LINEFMT_MOST 64

struct linefmt {
	size_t n;
	struct { char op, letter; } step[LINEFMT_MOST];
};

/* ERR_CONFIG says what is wrong with it. */
int linefmt_compile(const char *format, struct linefmt *ret, struct err *e);

/* Read a line's start: either *ret_c, or (for %s) *ret_unix_s and true in
 * *ret_is_unix. */
bool linefmt_read(const struct linefmt *f, const char *line, size_t n,
    struct linecivil *ret_c, bool *ret_is_unix, int64_t *ret_unix_s);

#endif
