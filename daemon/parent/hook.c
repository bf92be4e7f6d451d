#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/log.h"
#include "retention/spawn.h"

#define MOST_LINES 20
#define LINE_BYTES 200

static void
say(struct hook *h, size_t n)
{
	char text[LINE_BYTES + 1];
	size_t len = n < LINE_BYTES ? n : LINE_BYTES;

	if (n == 0 || h->lines++ >= MOST_LINES)
		return;
	memcpy(text, h->line.data, len);
	text[len] = '\0';
	for (char *c = text; *c != '\0' || c < text + len; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	log_line(LOG_NOTICE, "anchor hook: %s%s", text, n > len ? "..." : "");
	if (h->lines == MOST_LINES)
		log_line(LOG_NOTICE, "anchor hook: (the rest is not shown)");
}

/* What there is; a line without an end is kept up to its cap. */
static void
take(struct hook *h)
{
	char part[4096];
	char *lf;
	ssize_t n;

	while ((n = read(h->fd, part, sizeof(part))) > 0) {
		if (h->lines >= MOST_LINES)
			continue;
		buf_add(&h->line, part, (size_t)n);
		while (h->line.n != 0 && (lf = memchr(h->line.data, '\n',
		    h->line.n)) != NULL) {
			size_t len = (size_t)(lf - h->line.data);

			say(h, len);
			buf_drop(&h->line, len + 1);
		}
		if (h->line.n > 4 * LINE_BYTES) {
			say(h, h->line.n);
			buf_reset(&h->line);
		}
	}
	if (n == 0)
		ev_io_stop(h->loop, &h->io);
}

static void
readable_cb(struct ev_loop *loop, struct ev_io *w, int revents)
{
	(void)loop, (void)revents;
	take(w->data);
}

static void
limit_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct hook *h = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	h->late = true;
	(void)kill(-h->pid, SIGKILL);
}

static void
release(struct hook *h)
{
	struct ev_timer *limit = &h->limit;

	ev_io_stop(h->loop, &h->io);
	ev_child_stop(h->loop, &h->child);
	ev_timer_stop(h->loop, limit);
	fd_close(&h->fd);
	buf_release(&h->line);
	h->pid = 0;
}

static void
exited_cb(struct ev_loop *loop, struct ev_child *w, int revents)
{
	struct hook *h = w->data;
	int status = w->rstatus;
	struct err e = ERR_EMPTY;

	(void)loop, (void)revents;
	take(h);
	say(h, h->line.n);
	if (h->late)
		(void)err_set(&e, ERR_STORE, "took longer than %.0f s and was "
		    "killed", h->limit.repeat);
	else if (WIFSIGNALED(status))
		(void)err_set(&e, ERR_STORE, "was killed by signal %d",
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		(void)err_set(&e, ERR_STORE, "ended with status %d",
		    WEXITSTATUS(status));
	release(h);
	h->on_end(h->ctx, &e);
}

int
hook_start(struct hook *h, struct ev_loop *loop, const char *const *argv,
    double limit_s, struct err *e)
{
	struct ev_child *child = &h->child;
	struct ev_timer *limit = &h->limit;
	struct ev_io *io = &h->io;
	int fd[2], rc;

	must(h->pid == 0);
	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) == -1)
		return err_sys(e, "pipe");
	(void)fcntl(fd[1], F_SETFL, 0);		/* it may wait for us */
	rc = spawn_hook(argv, fd[1], &h->pid, e);
	fd_close(&fd[1]);
	if (rc == -1) {
		fd_close(&fd[0]);
		h->pid = 0;
		return -1;
	}
	h->loop = loop;
	h->fd = fd[0];
	h->lines = 0;
	h->late = false;
	ev_io_init(io, readable_cb, fd[0], EV_READ);
	ev_child_init(child, exited_cb, h->pid, 0);
	ev_timer_init(limit, limit_cb, limit_s, limit_s);
	io->data = child->data = limit->data = h;
	ev_io_start(loop, io);
	ev_child_start(loop, child);
	ev_timer_start(loop, limit);
	return 0;
}

void
hook_stop(struct hook *h)
{
	if (h->pid == 0)
		return;
	(void)kill(-h->pid, SIGKILL);
	(void)waitpid(h->pid, NULL, 0);
	release(h);
}
