/*
 * channel - one end of a link: packets in, packets out, every one permitted
 * by the table.  Blocking or not is the descriptor's affair.
 */
#ifndef RETENTION_CHANNEL_H
#define RETENTION_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/wire.h"

struct channel {
	int fd;			/* owned; -1 when closed */
	enum wire_peer self;
	enum wire_state state;
	uint8_t *packet;	/* owned; the last received, WIRE_MOST_BYTES + 5 */
	size_t used;		/* bytes of packet to be wiped */
};

/* Takes fd.  -1 (fd closed) without memory. */
int channel_init(struct channel *c, int fd, enum wire_peer self, struct err *e);
void channel_release(struct channel *c);	/* wipes; twice is safe */

/*
 * EPIPE (the peer is gone) and EAGAIN are told by sys_errno; the state changes
 * only when the message has gone out.
 */
int channel_send(struct channel *c, enum wire_type type, const void *body,
    size_t n, struct err *e);

/*
 * One message: 1 and type, body (NUL-terminated, valid until the next call),
 * length; 0 when the peer closed; -1 on failure or a message that is not
 * permitted.  On a non-blocking descriptor without data: -1, sys_errno EAGAIN.
 */
int channel_receive(struct channel *c, enum wire_type *ret_type,
    const char **ret_body, size_t *ret_n, struct err *e);

#endif
