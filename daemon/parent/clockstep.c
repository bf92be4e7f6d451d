/*
 * clockstep - the arithmetic of steps.
 */
#include "clockstep.h"

#include <string.h>

bool
clockstep_same_boot(const struct clockstep_sight *a,
    const struct clockstep_sight *b)
{
	return a->boot_id[0] != '\0' && strcmp(a->boot_id, b->boot_id) == 0;
}

enum clockstep
clockstep_judge(const struct clockstep_sight *then,
    const struct clockstep_sight *now, int64_t max_ms)
{
	int64_t passed = clockstep_same_boot(then, now) ?
	    clock_since_ms(then->boot, now->boot) : 0;
	int64_t step;

	if (__builtin_sub_overflow(now->wall.ms, then->wall.ms, &step) ||
	    __builtin_sub_overflow(step, passed, &step))
		return now->wall.ms < then->wall.ms ? CLOCKSTEP_BACK :
		    CLOCKSTEP_FORWARD;
	if (step < -CLOCKSTEP_TOLERANCE_MS)
		return CLOCKSTEP_BACK;
	return step > max_ms ? CLOCKSTEP_FORWARD : CLOCKSTEP_NONE;
}
