/*
 * control - the socket that operators and auditors talk to.
 *
 * Anybody may connect (mode 0666): who may do what is decided by the kernel's
 * word about the peer (uid, gid, supplementary groups), and a peer without
 * rights is told so and disconnected.  One process can hold only a few
 * connections, a line has a cap, and an idle peer is dropped.
 */
#ifndef PARENT_CONTROL_H
#define PARENT_CONTROL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct parent;
struct place;
struct session;

struct control {
	struct parent *parent;		/* borrowed */
	char *path;			/* owned */
	int fd;
	struct ev_io io;
	struct session *sessions;	/* owned */
	size_t n_sessions;
	double refused;			/* when that was last logged */
};

int control_open(struct parent *p, const char *path, struct err *e);
void control_close(struct parent *p);		/* twice is fine */

/* Something was erased; a pass has ended: for those who wait. */
void control_progress(struct parent *p, const struct place *pl,
    const char *dataset, uint64_t erased, uint64_t of);
/* Of a scrub that was asked for: page n of so many. */
void control_swept(struct parent *p, const struct place *pl, uint64_t n,
    uint64_t of);
void control_on_pass(struct parent *p, struct place *pl);
/* A call of the anchor hook has ended. */
void control_on_anchor(struct parent *p, const struct err *why,
    const char *said);

#endif
