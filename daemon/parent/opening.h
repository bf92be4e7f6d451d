/*
 * opening - what a worker is told when it opens a store: whether it may write,
 * and the key of pseudonyms where a rule needs it.
 */
#ifndef PARENT_OPENING_H
#define PARENT_OPENING_H

#include "retention/err.h"
#include "retention/msg.h"

struct job;

/* Fills in all but the store.  Wipe it: it may hold a key. */
int opening_fill(struct job *j, struct msg_open *m, struct err *e);

#endif
