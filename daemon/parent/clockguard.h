/*
 * clockguard - a clock that jumps must not erase anything.
 */
#ifndef PARENT_CLOCKGUARD_H
#define PARENT_CLOCKGUARD_H

#include <stdbool.h>

struct parent;

/* At the start: is it later than when the daemon last ran? */
void clockguard_start(struct parent *p);
/* Before work begins: has wall time gone the way monotonic time has? */
bool clockguard_check(struct parent *p);
/* An operator says that the clock is right (a reload). */
void clockguard_confirm(struct parent *p);

#endif
