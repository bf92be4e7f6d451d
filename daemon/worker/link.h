/*
 * link - the worker's end of the link, and what is kept while it is served.
 */
#ifndef DAEMON_WORKER_LINK_H
#define DAEMON_WORKER_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/buf.h"
#include "retention/channel.h"
#include "retention/err.h"
#include "retention/gate.h"
#include "retention/holders.h"
#include "retention/msg.h"
#include "retention/print.h"

#include "chosen.h"

struct msg_open;
struct pool;
struct store;

struct link {
	struct channel channel;
	struct buf out;		/* the body being written */
	struct store *store;	/* owned; NULL until OPEN */
	struct pool *kept;	/* owned; lives as long as the store */
	bool may_write;		/* the store was opened for it */
	int (*confine)(const struct msg_open *m, struct err *e);	/* or NULL */
	bool confined;
	struct holders holders;	/* fd owned */
	struct gates gates;	/* owned; for the jobs to come */
	const char *full;	/* the store's name, in kept */
	struct chosen only;	/* owned; the plan that was told */
	bool has_only;
	struct prints prints;	/* owned; for the jobs to come */
	bool has_prints;
	uint64_t awaited;	/* subjects announced that did not come yet */
	bool has_gates;		/* GATES came since the last erasing job */
	char clean[MSG_CLEAN_BYTES];	/* as CLEAN said, for the next job */
	bool gone;		/* the parent closed its end */
	bool broken;		/* the parent broke the protocol */
};

/* Takes fd. */
int link_init(struct link *l, int fd, struct err *e);
void link_release(struct link *l);	/* closes the store as well */

/* Sends l->out and empties it.  A message that this worker may not send now,
 * or that is too long, is ERR_REFUSED and the link is as it was. */
int link_send(struct link *l, enum wire_type type, struct err *e);

/* Waits for one message: 1, or 0 when the parent is gone; -1 on failure. */
int link_wait(struct link *l, enum wire_type *ret_type, const char **ret_body,
    size_t *ret_n, struct err *e);

/* Inside a dialogue: as link_wait(), but a parent that is gone is -1. */
int link_answer(struct link *l, enum wire_type *ret_type,
    const char **ret_body, size_t *ret_n, struct err *e);

/* The parent sent nonsense: remembers it, always -1. */
int link_broken(struct link *l);

#endif
