/*
 * samestore - a hold on a store holds the files, under whatever name another
 * notice knows them.
 *
 * Files are compared by device and inode, at the time of asking.  The same is
 * also what lies below a held folder, a folder with a held file below it, and
 * the root of a dataset's attached files.  What is not there is not the same;
 * what may not be looked at is (in doubt, it is held).
 */
#ifndef RETENTION_SAMESTORE_H
#define RETENTION_SAMESTORE_H

#include <stdbool.h>

#include "retention/conf.h"
#include "retention/gate.h"

/* Does what dataset d (of store s) erases lie in store `held`? */
bool samestore_covers(const struct rule_store *held,
    const struct rule_store *s, const struct rule_dataset *d);

/* The name of s as hold h sees it, for gates_apply(): h's own store's when
 * that covers it, else s->full.  A store that `set` does not know covers
 * nothing. */
const char *samestore_name(const struct conf_set *set,
    const struct gate_hold *h, const struct rule_store *s,
    const struct rule_dataset *d);

#endif
