/* channel: packets arrive whole, refused ones change nothing. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "retention/channel.h"

#include "tap.h"

struct pair { struct channel parent, worker; };

static void
make(struct pair *p, int flags)
{
	struct err e = ERR_EMPTY;
	int fd[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0,
	    fd) == 0);
	ok(channel_init(&p->parent, fd[0], WIRE_PARENT, &e) == 0 &&
	    channel_init(&p->worker, fd[1], WIRE_WORKER, &e) == 0, "a pair");
}

static void
drop(struct pair *p)
{
	channel_release(&p->parent);
	channel_release(&p->worker);
	channel_release(&p->worker);
	ok(p->worker.fd == -1 && p->worker.packet == NULL, "released twice");
}

static void
test_talk(void)
{
	static char big[WIRE_MOST_BYTES];
	struct pair p;
	enum wire_type type;
	const char *body;
	size_t n = 99;
	struct err e = ERR_EMPTY;

	make(&p, 0);
	memset(big, 'x', sizeof(big));
	ok(channel_send(&p.worker, WIRE_HELLO, "{}", 2, &e) == 0, "hello out");
	ok(channel_receive(&p.parent, &type, &body, &n, &e) == 1 &&
	    type == WIRE_HELLO && n == 2 && strcmp(body, "{}") == 0 &&
	    p.parent.state == WIRE_GREETED && p.worker.state == WIRE_GREETED,
	    "hello in, with a NUL behind it");
	p.parent.state = p.worker.state = WIRE_IDLE;
	for (int i = 0; i < 3; i++) {
		ok(channel_send(&p.parent, WIRE_PLAN, big, sizeof(big),
		    &e) == 0, "the longest body goes out: %s", e.text);
		ok(channel_receive(&p.worker, &type, &body, &n, &e) == 1 &&
		    n == sizeof(big) && memcmp(body, big, n) == 0 &&
		    body[n] == '\0', "and comes in");
		p.parent.state = p.worker.state = WIRE_IDLE;
	}
	ok(channel_send(&p.parent, WIRE_BYE, NULL, 0, &e) == 0 &&
	    channel_receive(&p.worker, &type, &body, &n, &e) == 1 &&
	    type == WIRE_BYE && n == 0 && body[0] == '\0', "an empty body");
	ok(memchr(p.worker.packet + 4, 'x', WIRE_MOST_BYTES) == NULL,
	    "the packet before is wiped");
	drop(&p);
}

static void
test_refused(void)
{
	struct pair p;
	enum wire_type type;
	const char *body;
	size_t n;
	struct err e = ERR_EMPTY;

	make(&p, SOCK_NONBLOCK);
	ok(channel_send(&p.worker, WIRE_COUNTED, "{}", 2, &e) == -1 &&
	    e.code == ERR_PROTOCOL && p.worker.state == WIRE_STARTING,
	    "own mistake is not sent: %s", e.text);
	ok(channel_receive(&p.parent, &type, &body, &n, &e) == -1 &&
	    e.code == ERR_SYSTEM && e.sys_errno == EAGAIN, "nothing there");
	p.worker.state = WIRE_PLANNING;		/* a worker that lies */
	ok(channel_send(&p.worker, WIRE_COUNTED, "{}", 2, &e) == 0, "sent");
	ok(channel_receive(&p.parent, &type, &body, &n, &e) == -1 &&
	    e.code == ERR_PROTOCOL && p.parent.state == WIRE_STARTING,
	    "not now: %s", e.text);
	drop(&p);
}

static void
test_raw(void)
{
	static char huge[WIRE_MOST_BYTES + 5];
	static const uint8_t unknown[4] = { 0xff, 0xff, 0, 0 };
	int bytes = 4 * WIRE_MOST_BYTES;
	struct pair p;
	enum wire_type type;
	const char *body;
	size_t n;
	struct err e = ERR_EMPTY;

	make(&p, 0);
	(void)setsockopt(p.worker.fd, SOL_SOCKET, SO_SNDBUF, &bytes,
	    sizeof(bytes));
	ok(send(p.worker.fd, "abc", 3, 0) == 3 && channel_receive(&p.parent,
	    &type, &body, &n, &e) == -1 && e.code == ERR_PROTOCOL,
	    "three bytes: %s", e.text);
	ok(send(p.worker.fd, unknown, 4, 0) == 4 && channel_receive(&p.parent,
	    &type, &body, &n, &e) == -1 && e.code == ERR_PROTOCOL,
	    "no such type: %s", e.text);
	ok(send(p.worker.fd, huge, sizeof(huge), 0) == sizeof(huge) &&
	    channel_receive(&p.parent, &type, &body, &n, &e) == -1 &&
	    e.code == ERR_PROTOCOL, "one byte too long: %s", e.text);
	ok(p.parent.state == WIRE_STARTING, "state as before");
	drop(&p);
}

static void
test_gone(void)
{
	struct pair p;
	enum wire_type type;
	const char *body;
	size_t n;
	struct err e = ERR_EMPTY;

	make(&p, 0);
	ok(channel_send(&p.worker, WIRE_HELLO, "{}", 2, &e) == 0, "sent");
	channel_release(&p.worker);
	ok(channel_receive(&p.parent, &type, &body, &n, &e) == 1,
	    "what was sent before the end arrives");
	ok(channel_receive(&p.parent, &type, &body, &n, &e) == 0, "then gone");
	ok(channel_send(&p.parent, WIRE_OPEN, "{}", 2, &e) == -1 &&
	    e.sys_errno == EPIPE && p.parent.state == WIRE_GREETED,
	    "nobody to send to, and no signal: %s", e.text);
	drop(&p);
	make(&p, 0);
	p.parent.state = WIRE_IDLE;
	ok(channel_send(&p.parent, WIRE_BYE, NULL, 0, &e) == 0, "sent");
	channel_release(&p.worker);		/* with a message unread */
	ok(channel_receive(&p.parent, &type, &body, &n, &e) == 0,
	    "died with a message unread: gone as well");
	drop(&p);
}

int
main(void)
{
	test_talk();
	test_refused();
	test_raw();
	test_gone();
	return tap_done();
}
