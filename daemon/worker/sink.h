/*
 * sink - a store's questions during a pass, asked of the parent.
 */
#ifndef DAEMON_WORKER_SINK_H
#define DAEMON_WORKER_SINK_H

#include "retention/store.h"

#include "link.h"

struct sink {
	struct link *link;		/* borrowed */
	struct store_result sum;	/* of the outcomes reported */
	struct mono said;		/* that it goes on */
	bool has_said;
};

/* The store's view of *s, which must outlive it. */
struct store_sink sink_of(struct sink *s);

#endif
