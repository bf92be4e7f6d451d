/*
 * checkvalue - reads values that checkscan has accepted.
 */
#ifndef AUDIT_CHECKVALUE_H
#define AUDIT_CHECKVALUE_H

#include <stdbool.h>

#include "checkscan.h"

/* The value of a key; n 0: there is none, which every reader refuses. */
struct checkvalue checkvalue_find(const struct checkscan *s, const char *key);

/* An integer that is not negative; -1: not one. */
int checkvalue_uint(struct checkvalue v, uint64_t *ret);
bool checkvalue_true(struct checkvalue v);
bool checkvalue_is_text(struct checkvalue v);

/* A text as UTF-8 with a NUL.  Its length; -1: not one, or no room for it. */
long checkvalue_text(struct checkvalue v, char *ret, size_t room);
/* The same borrowed and without NUL, if it has no escapes; else NULL. */
const char *checkvalue_plain(struct checkvalue v, size_t *ret_n);

/* The element behind `before` ({NULL, 0}: the first one); n 0: no more, or
 * not an array. */
struct checkvalue checkvalue_next(struct checkvalue array,
    struct checkvalue before);

#endif
