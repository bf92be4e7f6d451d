/*
 * supervisor - the life of one worker process, in the parent.
 *
 *   started --HELLO..--> talking --BYE, EOF--> closed --SIGCHLD--> ended
 *       \--- silent past the deadline, or broke the protocol ---> killed --/
 *
 * A process may be reaped before its last words have been read: those are
 * delivered first, because a lost DONE would leave an operation open.
 */
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "retention/log.h"
#include "retention/spawn.h"

#define MESSAGES_A_TURN 64	/* then the other watchers */

struct supervisor_queued {
	struct supervisor_queued *next;
	enum wire_type type;
	size_t n;
	char body[];
};

static void
drop_queue(struct supervisor *s)
{
	while (s->first != NULL) {
		struct supervisor_queued *q = s->first;

		s->first = q->next;
		explicit_bzero(q->body, q->n);
		free(q);
	}
	s->last = &s->first;
}

static void
close_link(struct supervisor *s)
{
	struct ev_io *in = &s->in, *out = &s->out;

	if (s->closed)
		return;
	s->closed = true;
	ev_io_stop(s->loop, in);
	ev_io_stop(s->loop, out);
	drop_queue(s);
	channel_release(&s->link);
}

static void
end_if_over(struct supervisor *s)
{
	struct ev_timer *deadline = &s->deadline;

	if (!s->closed || !s->exited)
		return;
	ev_timer_stop(s->loop, deadline);
	s->owner.on_end(s->owner.ctx, &s->why);
}

static void
set_why(struct supervisor *s, const struct err *why)
{
	if (s->why.code == ERR_NONE)
		s->why = *why;
}

void
supervisor_kill(struct supervisor *s, const struct err *why)
{
	set_why(s, why);
	if (!s->exited)
		(void)kill(s->pid, SIGKILL);
}

/* One message if there is one.  1 delivered, 0 nothing more for now. */
static int
deliver(struct supervisor *s)
{
	struct ev_timer *deadline = &s->deadline;
	struct err e = ERR_EMPTY;
	enum wire_type type;
	const char *body;
	size_t n;
	int got = channel_receive(&s->link, &type, &body, &n, &e);

	if (got == -1 && e.code == ERR_SYSTEM && e.sys_errno == EAGAIN)
		return 0;
	if (got == 1) {
		ev_timer_again(s->loop, deadline);
		if (s->owner.on_message(s->owner.ctx, type, body, n, &e) == 0)
			return 1;
		err_wrap(&e, "%s", wire_name(type));
		got = -1;
	}
	if (got == -1)
		supervisor_kill(s, &e);
	close_link(s);
	return 0;
}

static void
readable_cb(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct supervisor *s = w->data;

	(void)loop, (void)revents;
	for (int i = 0; i < MESSAGES_A_TURN && deliver(s) == 1; i++)
		continue;
	end_if_over(s);
}

static void
flush(struct supervisor *s)
{
	struct ev_io *out = &s->out;
	struct err e = ERR_EMPTY;

	while (s->first != NULL) {
		struct supervisor_queued *q = s->first;

		if (channel_send(&s->link, q->type, q->body, q->n, &e) == -1)
			break;
		s->first = q->next;
		explicit_bzero(q->body, q->n);
		free(q);
	}
	if (s->first == NULL) {
		s->last = &s->first;
		ev_io_stop(s->loop, out);
	} else if (e.sys_errno != EAGAIN) {
		drop_queue(s);
		ev_io_stop(s->loop, out);
		supervisor_kill(s, &e);
	}
}

static void
writable_cb(struct ev_loop *loop, struct ev_io *w, int revents)
{
	(void)loop, (void)revents;
	flush(w->data);
}

static void
exited_cb(struct ev_loop *loop, struct ev_child *w, int revents)
{
	struct supervisor *s = w->data;
	int status = w->rstatus;
	struct err e = ERR_EMPTY;

	(void)revents;
	ev_child_stop(loop, w);
	s->exited = true;
	while (!s->closed && deliver(s) == 1)
		continue;
	close_link(s);
	if (WIFSIGNALED(status))
		(void)err_set(&e, ERR_STORE, "the worker was killed by "
		    "signal %d%s", WTERMSIG(status), WTERMSIG(status) ==
		    SIGSYS ? ": it made a forbidden system call" : "");
	else if (WEXITSTATUS(status) != 0)
		(void)err_set(&e, ERR_STORE, "the worker exited with status "
		    "%d", WEXITSTATUS(status));
	else if (!s->farewell)
		(void)err_set(&e, ERR_PROTOCOL, "the worker left early");
	if (e.code != ERR_NONE)
		set_why(s, &e);
	end_if_over(s);
}

static void
deadline_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct supervisor *s = w->data;
	struct err e = ERR_EMPTY;

	(void)loop, (void)revents;
	(void)err_set(&e, ERR_STORE, "the worker was silent for %.0f s and "
	    "was killed", w->repeat);
	supervisor_kill(s, &e);
}

static int
watch(struct supervisor *s, int64_t deadline_ms)
{
	struct ev_io *in = &s->in, *out = &s->out;
	struct ev_child *child = &s->child;
	struct ev_timer *deadline = &s->deadline;

	ev_io_init(in, readable_cb, s->link.fd, EV_READ);
	ev_io_init(out, writable_cb, s->link.fd, EV_WRITE);
	ev_child_init(child, exited_cb, s->pid, 0);
	ev_init(deadline, deadline_cb);
	deadline->repeat = deadline_ms > 0 ? (double)deadline_ms / 1000 : 3600;
	in->data = out->data = child->data = deadline->data = s;
	ev_io_start(s->loop, in);
	ev_child_start(s->loop, child);
	ev_timer_again(s->loop, deadline);
	return 0;
}

int
supervisor_start(struct supervisor *s, struct ev_loop *loop,
    const char *owner_of, int64_t deadline_ms,
    const struct supervisor_owner *owner)
{
	struct spawn_worker w;
	int flags;

	*s = (struct supervisor){ .loop = loop, .owner = *owner,
	    .link.fd = -1 };
	s->last = &s->first;
	if (spawn_start(owner_of, &w, &s->why) == -1)
		return -1;
	s->pid = w.pid;
	flags = fcntl(w.fd, F_GETFL);
	must(fcntl(w.fd, F_SETFL, flags | O_NONBLOCK) == 0);
	if (channel_init(&s->link, w.fd, WIRE_PARENT, &s->why) == -1) {
		(void)kill(w.pid, SIGKILL);
		(void)waitpid(w.pid, NULL, 0);
		return -1;
	}
	return watch(s, deadline_ms);
}

static int
enqueue(struct supervisor *s, enum wire_type type, const void *body, size_t n)
{
	struct supervisor_queued *q = malloc(sizeof(*q) + n + 1);
	struct ev_io *out = &s->out;

	if (q == NULL)
		return -1;
	q->next = NULL;
	q->type = type;
	q->n = n;
	if (n != 0)
		memcpy(q->body, body, n);
	*s->last = q;
	s->last = &q->next;
	ev_io_start(s->loop, out);
	return 0;
}

void
supervisor_hurry(struct supervisor *s)
{
	if (s->closed || s->hurried)
		return;
	s->hurried = s->farewell = true;
	(void)shutdown(s->link.fd, SHUT_WR);
}

int
supervisor_send(struct supervisor *s, enum wire_type type, const void *body,
    size_t n, struct err *e)
{
	if (s->closed)
		return err_set(e, ERR_PROTOCOL, "the worker is gone");
	if (s->hurried)
		return 0;
	if (type == WIRE_BYE)
		s->farewell = true;
	if (s->first == NULL) {
		if (channel_send(&s->link, type, body, n, e) == 0)
			return 0;
		if (e->code != ERR_SYSTEM || e->sys_errno != EAGAIN)
			return -1;
	}
	if (enqueue(s, type, body, n) == -1)
		return err_set(e, ERR_MEMORY, "no memory for a message");
	*e = ERR_EMPTY;
	return 0;
}
