/*
 * hollow - folders in which erasing has left nothing.
 */
#ifndef STORE_FILES_HOLLOW_H
#define STORE_FILES_HOLLOW_H

#include <stddef.h>

#include "retention/err.h"

struct wipe_item;

/* Removes the folders below root, never root itself, that held an erased item
 * and hold nothing now, and those above that held nothing else; durable at
 * the end.  What others may not have removed stays, without a word. */
int hollow_remove(int root, const struct wipe_item *item, size_t n,
    struct err *e);

#endif
