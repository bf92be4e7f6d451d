/* rotate - what a crash left of a rotation is settled when a trail is opened;
 * trail_rotate() does the rest. */
#ifndef SEAL_ROTATE_H
#define SEAL_ROTATE_H

#include "retention/trail.h"

/* After the records were read: finish, take back, rekey, or refuse a key that
 * the trail does not end with. */
int rotate_settle(struct trail *t, const struct trail_settings *s,
    struct err *e);

/* The ceremony, on a trail in order. */
int rotate_run(struct trail *t, const struct trail_rotation *r,
    struct wall now, struct err *e);

#endif
