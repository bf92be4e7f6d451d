/*
 * confine - which places a worker keeps after OPEN.
 */
#ifndef DAEMON_WORKER_CONFINE_H
#define DAEMON_WORKER_CONFINE_H

#include "retention/err.h"

struct msg_open;

/* Everything but the store's folder (for writing only if it was said), the
 * roots and what zones and random numbers are read from is given up. */
int confine_to(const struct msg_open *m, struct err *e);

#endif
