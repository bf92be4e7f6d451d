/*
 * clock - wall and monotonic time as types that cannot be mixed.
 *
 * Only main functions and the event loop ask for the time; everybody else is
 * handed it.  Wall time is milliseconds since 1970-01-01T00:00:00Z, the
 * proleptic Gregorian calendar, no leap seconds (POSIX).
 */
#ifndef RETENTION_CLOCK_H
#define RETENTION_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct wall {
	int64_t ms;		/* since the epoch, UTC; may be negative */
};

struct mono {
	int64_t ns;		/* CLOCK_MONOTONIC; only differences mean anything */
};

#define CLOCK_TEXT_BYTES 32	/* room for either format below, with NUL */

struct wall clock_now(void);
struct mono clock_mono(void);
/* CLOCK_BOOTTIME: goes on while the machine is suspended.  To be compared with
 * its like only. */
struct mono clock_boot(void);
/* Does the kernel say that its clock is synchronised?  1 yes, 0 no, -1: it may
 * not be asked. */
int clock_synchronised(void);

/* Milliseconds from `then` to `now`. */
int64_t clock_since_ms(struct mono then, struct mono now);

/*
 * RFC 3339 in UTC: "2026-11-22T10:00:00.123Z" and "2026-11-22T10:00:00Z" (cut
 * down to the second).  Years outside 0..9999 are clamped.
 */
void clock_text_ms(struct wall t, char ret_text[CLOCK_TEXT_BYTES]);
void clock_text_s(struct wall t, char ret_text[CLOCK_TEXT_BYTES]);

#endif
