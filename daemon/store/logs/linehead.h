/*
 * linehead - the brackets of a web log's line before its first quote.  Pure,
 * any bytes.
 */
#ifndef STORE_LOGS_LINEHEAD_H
#define STORE_LOGS_LINEHEAD_H

#include <stddef.h>

/*
 * Where the only [ before the first quote of line[n] is, and *ret_end that
 * quote; NULL: there are several, or none, the quote has a backslash before
 * it, or the line is not of the kind that can be looked at fast.
 */
const char *linehead_bracket(const char *line, size_t n, const char **ret_end);

#define LINEHEAD_BYTES 48

/* The [ at p or behind it, if it comes before any quote and line feed of the
 * LINEHEAD_BYTES bytes that must be there; NULL otherwise. */
const char *linehead_first(const char *p);

#endif
