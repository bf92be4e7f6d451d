/*
 * docketday - by when a person's request has to be answered.  Pure.
 *
 * A day counts to its end, in UTC.  A calendar month after the day of receipt
 * is the corresponding day, or the last one of the month where there is none
 * (31 January: 28 or 29 February).  Weekends and holidays, which some laws
 * allow to skip, are not skipped.
 */
#ifndef PARENT_DOCKETDAY_H
#define PARENT_DOCKETDAY_H

#include <stdbool.h>

#include "retention/clock.h"

#define DOCKETDAY_NEAR 7

/* The last millisecond of the day that t is in. */
struct wall docketday_end(struct wall t);
/* ... of the day a calendar month later. */
struct wall docketday_month(struct wall received);

/* `due` lies at the end of a day.  Near: not past, and within the days above. */
bool docketday_near(struct wall due, struct wall now);
bool docketday_over(struct wall due, struct wall now);

#endif
