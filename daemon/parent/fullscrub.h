/*
 * fullscrub - stores with scrub = "full": what their applications deleted is
 * overwritten after each pass, unless the files are as the last scrub left
 * them.
 *
 * Nothing is destroyed by it that is under a hold, nor while a person has to
 * look at what is due: then what was deleted may be wanted back.
 */
#ifndef PARENT_FULLSCRUB_H
#define PARENT_FULLSCRUB_H

#include <stdbool.h>

struct place;

/* A pass ended well: does a scrub come next? */
void fullscrub_consider(struct place *pl);
/* A scrub ended; `whole`: of every file, and nobody wrote meanwhile. */
void fullscrub_done(struct place *pl, bool whole);

#endif
