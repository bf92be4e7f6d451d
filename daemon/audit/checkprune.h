/*
 * checkprune - a trail whose first segments were removed: trail/pruned says
 * where it begins, with the hashes of everything before, and is what a signed
 * record says; trail/keys.chain leads from the first key to the one in force.
 */
#ifndef AUDIT_CHECKPRUNE_H
#define AUDIT_CHECKPRUNE_H

#include "check.h"

/* trail/pruned without its LF into c->pruned, if it is there.  -1: it could
 * not be read. */
int checkprune_load(struct check *c, struct err *e);

/* Before the first record: if it is there, begin behind what was removed.
 * -1: its files could not be read. */
int checkprune_begin(struct check *c, struct err *e);

/* A record of pruning, which is in its place. */
void checkprune_told(struct check *c, const char *line, size_t n);

/* After the last record: was it told, and was what was told done? */
void checkprune_end(struct check *c);

/* The hashes of the full subtrees of `size` leaves, largest first, in hex.
 * -1: not so many, or malformed. */
int checkprune_frontier(struct checkvalue list, uint64_t size,
    struct merkle *ret);

#endif
