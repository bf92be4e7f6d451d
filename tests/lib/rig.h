/*
 * rig - a worker in a process of its own, with a store that is a script, and
 * our end of its link.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/channel.h"
#include "retention/msg.h"
#include "retention/pool.h"

#include "worker/serve.h"

#include "fake_store.c"

struct rig {
	struct channel link;
	struct pool *pool;
	struct buf out;
	pid_t pid;
	int told[2];
	struct err e;
	enum wire_type type;		/* the last message received */
	const char *body;
	size_t n;
};

static inline int
receive(struct rig *r, enum wire_type want)
{
	int rc = channel_receive(&r->link, &r->type, &r->body, &r->n, &r->e);

	if (rc != 1 || r->type != want)
		printf("# %s expected\n", wire_name(want));
	return rc == 1 && r->type == want;
}

static inline int
say(struct rig *r, enum wire_type type)
{
	int rc = channel_send(&r->link, type, buf_text(&r->out), r->out.n,
	    &r->e);

	buf_reset(&r->out);
	return rc == 0;
}

static inline void
start(struct rig *r)
{
	int fd[2];

	*r = (struct rig){ .pool = pool_new(), .e = ERR_EMPTY };
	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == 0);
	must(pipe2(r->told, O_NONBLOCK) == 0);
	fake.told = r->told[1];
	(void)fflush(stdout);
	r->pid = fork();
	must(r->pid != -1);
	if (r->pid == 0) {
		(void)close(fd[0]);
		_exit(serve_run(fd[1], NULL, &r->e) == 0 ? 0 : 70);
	}
	(void)close(fd[1]);
	must(channel_init(&r->link, fd[0], WIRE_PARENT, &r->e) == 0);
}

/* Closes our end; the worker's exit status. */
static inline int
end(struct rig *r)
{
	int status = 0;

	channel_release(&r->link);
	pool_free(r->pool);
	buf_release(&r->out);
	(void)close(r->told[0]);
	(void)close(r->told[1]);
	must(waitpid(r->pid, &status, 0) == r->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline long
acts(const struct rig *r)
{
	char x[4096];
	long n = read(r->told[0], x, sizeof(x));

	return n > 0 ? n : 0;
}

static inline int
open_store(struct rig *r, bool write)
{
	struct msg_open m = { .store = { .name = "site", .full = "n/site",
	    .path = "/srv/site.db" }, .write = write };

	if (!receive(r, WIRE_HELLO))
		return 0;
	msg_put_open(&r->out, &m);
	return say(r, WIRE_OPEN);
}

static inline int
start_open(struct rig *r, bool write)
{
	start(r);
	return open_store(r, write) && receive(r, WIRE_OPENED);
}

/* Nobody is under hold; a job hears that anew. */
static inline int
gates(struct rig *r, uint64_t n)
{
	struct msg_gates m = { .n = n };

	msg_put_gates(&r->out, &m);
	return say(r, WIRE_GATES);
}

static inline int
order_only(struct rig *r, enum wire_type type, struct msg_job *job)
{
	job->dataset.name = "orders";
	job->dataset.full = job->dataset.full ? job->dataset.full : "n/orders";
	job->dataset.store = "site";
	msg_put_job(&r->out, job);
	return say(r, type);
}

static inline int
order(struct rig *r, enum wire_type type, struct msg_job *job)
{
	return gates(r, 0) && order_only(r, type, job);
}

#endif
