/* Proves what counts as a step of the clock: to the millisecond, asleep, and
 * across restarts and boots. */
#include "parent/clockstep.h"

#include <stdio.h>

#include "tap.h"

#define HOUR INT64_C(3600000)
#define LIMIT (26 * HOUR)

static struct clockstep_sight
sight(int64_t wall_ms, int64_t boot_ms, const char *id)
{
	struct clockstep_sight s = { .wall = { wall_ms },
		.boot = { boot_ms * 1000000 } };

	(void)snprintf(s.boot_id, sizeof(s.boot_id), "%s", id);
	return s;
}

static enum clockstep
step(int64_t wall_ms, int64_t boot_ms, const char *id)
{
	struct clockstep_sight then = sight(1000 * HOUR, 10 * HOUR, "a");
	struct clockstep_sight now = sight(1000 * HOUR + wall_ms,
	    10 * HOUR + boot_ms, id);

	return clockstep_judge(&then, &now, LIMIT);
}

int
main(void)
{
	ok(step(0, 0, "a") == CLOCKSTEP_NONE, "no time at all");
	ok(step(LIMIT, 0, "a") == CLOCKSTEP_NONE, "as far as the limit");
	ok(step(LIMIT + 1, 0, "a") == CLOCKSTEP_FORWARD,
	    "a millisecond beyond it");
	ok(step(LIMIT + 1000, 1000, "a") == CLOCKSTEP_NONE,
	    "a second of it has passed");
	ok(step(LIMIT + 1001, 1000, "a") == CLOCKSTEP_FORWARD,
	    "a second and a millisecond: not");
	ok(step(-CLOCKSTEP_TOLERANCE_MS, 0, "a") == CLOCKSTEP_NONE,
	    "back by what is no step");
	ok(step(-CLOCKSTEP_TOLERANCE_MS - 1, 0, "a") == CLOCKSTEP_BACK,
	    "a millisecond more is one");
	ok(step(HOUR - CLOCKSTEP_TOLERANCE_MS - 1, HOUR, "a") ==
	    CLOCKSTEP_BACK, "back within an hour: later than before, and "
	    "still a step");
	ok(step(100 * HOUR, 100 * HOUR, "a") == CLOCKSTEP_NONE,
	    "asleep for four days, or not running: no step");
	ok(step(100 * HOUR, 100 * HOUR, "b") == CLOCKSTEP_FORWARD,
	    "off for four days: nothing can tell that from a step");
	ok(step(LIMIT, -10 * HOUR, "b") == CLOCKSTEP_NONE,
	    "another boot, within the limit");
	ok(step(-CLOCKSTEP_TOLERANCE_MS - 1, -10 * HOUR, "b") ==
	    CLOCKSTEP_BACK, "another boot, back");

	struct clockstep_sight old = sight(1000 * HOUR, 0, "");
	struct clockstep_sight now = sight(1000 * HOUR + LIMIT + 1, LIMIT, "");

	ok(clockstep_judge(&old, &now, LIMIT) == CLOCKSTEP_FORWARD,
	    "an unknown boot is like no other");
	old.wall.ms = INT64_MIN;
	now.wall.ms = INT64_MAX;
	ok(clockstep_judge(&old, &now, LIMIT) == CLOCKSTEP_FORWARD &&
	    clockstep_judge(&now, &old, LIMIT) == CLOCKSTEP_BACK,
	    "from one end of time to the other");
	return tap_done();
}
