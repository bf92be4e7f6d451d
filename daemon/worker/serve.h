/*
 * serve - the worker's life: greet, open, answer, until BYE.
 */
#ifndef DAEMON_WORKER_SERVE_H
#define DAEMON_WORKER_SERVE_H

#include "retention/err.h"

/*
 * Serves the parent at fd, which is taken.  0 after BYE or when the parent is
 * gone, at whatever moment; -1 when it broke the protocol or nothing could be
 * sent.  What a store refuses goes to the parent as FAILED.
 */
int serve_run(int fd, struct err *e);

#endif
