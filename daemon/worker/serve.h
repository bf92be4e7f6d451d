/*
 * serve - the worker's life: greet, open, answer, until BYE.
 */
#ifndef DAEMON_WORKER_SERVE_H
#define DAEMON_WORKER_SERVE_H

#include "retention/err.h"

struct msg_open;

struct serve_setup {
	int scout;		/* taken; -1: nobody knows who has a file open */
	/* Called once, before the store is opened. */
	int (*confine)(const struct msg_open *m, struct err *e);
};

/*
 * Serves the parent at fd, which is taken.  `setup` NULL: not confined.  0 after BYE or when the parent is
 * gone, at whatever moment; -1 when it broke the protocol or nothing could be
 * sent.  What a store refuses goes to the parent as FAILED.
 */
int serve_run(int fd, const struct serve_setup *setup, struct err *e);

#endif
