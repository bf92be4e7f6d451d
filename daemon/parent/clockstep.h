/*
 * clockstep - has wall time gone the way time has?  Pure.
 *
 * Two looks at the clocks are compared.  Within one boot CLOCK_BOOTTIME says
 * how much time has passed, asleep or not and whoever ran meanwhile; across a
 * boot nothing says it, and all that has passed counts as a step.
 */
#ifndef PARENT_CLOCKSTEP_H
#define PARENT_CLOCKSTEP_H

#include <stdbool.h>

#include "retention/clock.h"

/* What is no step back: a leap second, and how an NTP client settles. */
#define CLOCKSTEP_TOLERANCE_MS 5000

struct clockstep_sight {
	struct wall wall;
	struct mono boot;		/* clock_boot() */
	char boot_id[64];		/* "": unknown, like no other */
};

enum clockstep { CLOCKSTEP_NONE, CLOCKSTEP_BACK, CLOCKSTEP_FORWARD };

/* From `then`, which was in order, to `now`.  A step of exactly max_ms, or of
 * exactly the tolerance back, is none. */
enum clockstep clockstep_judge(const struct clockstep_sight *then,
    const struct clockstep_sight *now, int64_t max_ms);

/* Were both in one boot? */
bool clockstep_same_boot(const struct clockstep_sight *a,
    const struct clockstep_sight *b);

#endif
