/* trailprune - carries out a prune that is recorded and sealed. */
#ifndef SEAL_TRAILPRUNE_H
#define SEAL_TRAILPRUNE_H

#include "retention/buf.h"

#include "trailfile.h"

/*
 * `line` is the file trail/pruned that is to be, with its LF; empty: nothing to
 * do.  Writes it, removes the segments below and the items of their
 * operations.  Can be cut short anywhere and done again.  Empties `line`.
 */
int trailprune_finish(const struct trailfile *f, struct buf *line,
    struct err *e);

#endif
