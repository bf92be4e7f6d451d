/*
 * maskfield - removes what identifies people in a log line besides addresses:
 * query strings, user names, e-mail addresses.  Pure; blocks of lines; any
 * bytes.  No result is longer than its input, and doing it again changes
 * nothing.  Each function takes n bytes of `in` and fills `out` (room for n,
 * not overlapping); it returns the length of the result.
 *
 * A line has the combined (or common) shape when it has " [DD/" with two
 * digits, which opens the time, before its first quote that has no backslash
 * before it; the last such place counts.
 *
 * user    In lines of that shape everything from the third word up to " [DD/"
 *         becomes "-"; user names with spaces go whole.  Other lines stay.
 * query   In lines of that shape the request (first string after the time's
 *         "]") loses everything from its first "?" up to " HTTP/" with digits and
 *         dots that end it, or to its end; the second string, the referrer, everything from its "?" on; backslashes
 *         before the "?" go with it.
 *         A string ends at a quote without backslash, or with the line.
 *         In every other line a "?" between two characters that are no space,
 *         control character or quote, nor a backslash before, is removed with all that follows, up to
 *         a space, control character, " < > or backslash (but not \/ \u \x).
 * email   LOCAL@DOMAIN becomes "(mail)"; @ may be written %40.  LOCAL is the
 *         longest run before it of letters, digits, . _ % + - ~ ' and bytes
 *         above 127, at most 256, without ' . - in front and without the rest
 *         of a \n, \xHH, \uHHHH that it would begin with.  DOMAIN is the
 *         longest run of labels (letters, digits, -, bytes above 127) joined
 *         by single dots with at least two labels, of which the last begins
 *         with a letter or byte above 127 and has two characters or more,
 *         dashes at its end not counted.
 */
#ifndef STORE_LOGS_MASKFIELD_H
#define STORE_LOGS_MASKFIELD_H

#include <stddef.h>

size_t maskfield_user(const char *in, size_t n, char *out);
size_t maskfield_query(const char *in, size_t n, char *out);
size_t maskfield_email(const char *in, size_t n, char *out);

#endif
