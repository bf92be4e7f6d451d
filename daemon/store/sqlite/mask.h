/*
 * mask - the methods of anonymising, one text at a time.  Pure.
 *
 * Every method is idempotent: what it made, it leaves as it is.  What a
 * method cannot read becomes the marker; it never stays in clear.
 */
#ifndef STORE_SQLITE_MASK_H
#define STORE_SQLITE_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/rule.h"

struct buf;

#define MASK_MARKER "[redacted]"
#define MASK_TOKEN "redacted-"		/* followed by 32 hex digits */
#define MASK_PSEUDONYM "pn1-"		/* followed by 32 hex digits */

/* Is the text a marker or token that redact leaves? */
bool mask_is_mark(const char *text, size_t n);
bool mask_is_pseudonym(const char *text, size_t n);

/*
 * The text after an unkeyed method (ip-prefix, year, month, outward,
 * email-domain, truncate), appended to *ret.  -1: unreadable, to be redacted.
 */
int mask_text(enum rule_method m, int64_t most, const char *text, size_t n,
    struct buf *ret);

#endif
