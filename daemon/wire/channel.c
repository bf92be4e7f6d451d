/*
 * channel - packets of a link.  Used by the parent, the worker and
 * retentionctl; knows nothing of what is in a body.
 */
#include "retention/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "retention/fd.h"

#define HEAD_BYTES sizeof(uint32_t)
#define SEND_BYTES (WIRE_MOST_BYTES * 3 / 2)	/* the kernel doubles it */

static enum wire_peer
other(enum wire_peer self)
{
	return self == WIRE_PARENT ? WIRE_WORKER : WIRE_PARENT;
}

int
channel_init(struct channel *c, int fd, enum wire_peer self, struct err *e)
{
	int bytes = SEND_BYTES;

	*c = (struct channel){ .fd = fd, .self = self,
	    .state = WIRE_STARTING };
	c->packet = malloc(HEAD_BYTES + WIRE_MOST_BYTES + 1);
	if (c->packet == NULL) {
		fd_close(&c->fd);
		return err_set(e, ERR_MEMORY, "no memory for a channel");
	}
	/* A failure here shows when a packet does not fit. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return 0;
}

static void
wipe(struct channel *c)
{
	if (c->packet != NULL)
		explicit_bzero(c->packet, c->used);
	c->used = 0;
}

void
channel_release(struct channel *c)
{
	wipe(c);
	free(c->packet);
	c->packet = NULL;
	fd_close(&c->fd);
}

int
channel_send(struct channel *c, enum wire_type type, const void *body,
    size_t n, struct err *e)
{
	uint32_t head = type;
	struct iovec part[2] = {
		{ .iov_base = &head, .iov_len = HEAD_BYTES },
		{ .iov_base = (void *)(uintptr_t)body, .iov_len = n },
	};
	struct msghdr m = { .msg_iov = part, .msg_iovlen = n != 0 ? 2 : 1 };
	enum wire_state next;
	ssize_t sent;

	if (wire_permit(type, c->self, c->state, n, &next, e) == -1)
		return -1;
	do
		sent = sendmsg(c->fd, &m, MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	if (sent == -1)
		return err_sys(e, "send %s", wire_name(type));
	c->state = next;
	return 0;
}

/* Bytes of one packet in c->packet, 0 when the peer is gone, or -1. */
static ssize_t
take(struct channel *c, struct err *e)
{
	struct iovec part = { .iov_base = c->packet,
	    .iov_len = HEAD_BYTES + WIRE_MOST_BYTES };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	do
		n = recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == ECONNRESET)
		return 0;	/* it died with our last message unread */
	if (n == -1)
		return err_sys(e, "receive");
	c->used = (size_t)n;
	if ((m.msg_flags & MSG_TRUNC) != 0)
		return err_set(e, ERR_PROTOCOL,
		    "a packet of more than %d bytes", WIRE_MOST_BYTES);
	return n;
}

int
channel_receive(struct channel *c, enum wire_type *ret_type,
    const char **ret_body, size_t *ret_n, struct err *e)
{
	enum wire_state next;
	uint32_t head;
	ssize_t n;

	wipe(c);
	n = take(c, e);
	if (n <= 0)
		return (int)n;
	if ((size_t)n < HEAD_BYTES)
		return err_set(e, ERR_PROTOCOL, "a packet of %zd bytes", n);
	memcpy(&head, c->packet, HEAD_BYTES);
	n -= (ssize_t)HEAD_BYTES;
	if (wire_permit(head, other(c->self), c->state, (size_t)n, &next,
	    e) == -1)
		return -1;
	c->packet[HEAD_BYTES + (size_t)n] = '\0';
	c->state = next;
	*ret_type = (enum wire_type)head;
	*ret_body = (const char *)c->packet + HEAD_BYTES;
	*ret_n = (size_t)n;
	return 1;
}
