/* trailopen - how a trail begins, and how an existing one is taken up. */
#ifndef SEAL_TRAILOPEN_H
#define SEAL_TRAILOPEN_H

#include "retention/trail.h"

int trailopen_begin(struct trail *t, const struct trail_settings *s,
    struct err *e);
int trailopen_resume(struct trail *t, const struct trail_settings *s,
    struct err *e);

#endif
