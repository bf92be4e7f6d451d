/*
 * look - what a store's files look like, one after another; nothing of it is
 * about when anything is due.
 */
#ifndef STORE_SQLITE_LOOK_H
#define STORE_SQLITE_LOOK_H

#include "retention/store.h"

/* As store_marks(); ret->skip is set. */
int look_marks(const struct rule_store *s, enum store_access access,
    struct store_marks *ret, struct err *e);

#endif
