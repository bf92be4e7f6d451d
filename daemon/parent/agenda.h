/*
 * agenda - the timers of every place and who may start now.
 */
#ifndef PARENT_AGENDA_H
#define PARENT_AGENDA_H

#include <stdbool.h>
#include <stdint.h>

#define AGENDA_MOST_WORKERS 4	/* at a time */

struct parent;
struct place;

void agenda_init(struct place *pl);
void agenda_release(struct place *pl);

/* A pass over the dataset of that full name (NULL: all) is wanted. */
void agenda_want(struct place *pl, const char *full);
void agenda_want_all(struct parent *p);
/* An operator asks: failures hold nothing back this once. */
void agenda_urge(struct place *pl);

/* New rules: looked at now, and check_every begins again. */
void agenda_reset(struct place *pl);

/* Is there work waiting for the place? */
bool agenda_is_wanted(const struct place *pl);

/* Start whatever may start. */
void agenda_run(struct parent *p);

/* A job on this place has ended; arm what comes next. */
enum agenda_outcome {
	AGENDA_FINE,
	AGENDA_FAILED,		/* some datasets: they are tried again later */
	AGENDA_HELD		/* the store or the worker: all of it later */
};
void agenda_on_end(struct place *pl, enum agenda_outcome o, int64_t cost_ms);

#endif
