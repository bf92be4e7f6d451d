/*
 * wire - the messages between the parent (or retentionctl) and a worker.
 */
#ifndef RETENTION_WIRE_H
#define RETENTION_WIRE_H

#include <stddef.h>

#include "retention/err.h"

enum wire_type {
#define WIRE(name, sender, state, next, most) WIRE_##name,
#include "retention/wire_table.h"
#undef WIRE
	WIRE_N_TYPES
};

enum wire_peer { WIRE_PARENT, WIRE_WORKER };

enum wire_state {
	WIRE_STARTING, WIRE_GREETED, WIRE_OPENING, WIRE_IDLE, WIRE_PLANNING,
	WIRE_PEEKING, WIRE_CHECKING, WIRE_ASKING, WIRE_ERASING, WIRE_WANTING,
	WIRE_INTENDING, WIRE_RESUMING, WIRE_SEEKING, WIRE_WAITING, WIRE_ACTING,
	WIRE_EXPLAINING, WIRE_LISTING, WIRE_SURVEYING, WIRE_SEARCHING,
	WIRE_MARKING, WIRE_SWEEPING, WIRE_MATCHING,
	WIRE_ANY
};

#define WIRE_MOST_BYTES 131072		/* of any body */
#define WIRE_ITEMS_A_PACKET 2000
#define WIRE_MOST_OPS 64		/* of one WANT, OPS or RESUME */
#define WIRE_VERSION 1			/* in HELLO */
#define WIRE_FD 3			/* the worker's end */

/* The printable name, or "?" for a type or state that does not exist. */
const char *wire_name(unsigned type);
const char *wire_state_name(unsigned state);

/*
 * May `from` send this message to a link in `state`?  0 and the state that
 * follows in *ret_next; -1 for an unknown type, the wrong sender, the wrong
 * moment, or a body too long (ERR_PROTOCOL).
 */
int wire_permit(unsigned type, enum wire_peer from, enum wire_state state,
    size_t body_bytes, enum wire_state *ret_next, struct err *e);

#endif
