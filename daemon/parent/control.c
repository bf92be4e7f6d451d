#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/log.h"

#include "parent.h"
#include "request.h"
#include "request_run.h"
#include "request_scrub.h"
#include "request_anchor.h"
#include "session.h"

#define MOST_SESSIONS 64

static void
accept_cb(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct control *c = w->data;
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)loop, (void)revents;
	if (fd == -1)
		return;
	if (c->n_sessions >= MOST_SESSIONS) {
		static const char full[] = "{\"ok\":false,\"code\":\"busy\","
		    "\"errors\":[\"too many connections\"]}\n";

		(void)send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL);
		fd_close(&fd);
		return;
	}
	if (session_open(c, fd) == -1)
		log_line(LOG_WARN, "control: no memory for a connection");
}

static int
address(const char *path, struct sockaddr_un *ret_a, struct err *e)
{
	*ret_a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret_a->sun_path))
		return err_set(e, ERR_CONFIG, "%s: longer than %zu bytes",
		    path, sizeof(ret_a->sun_path) - 1);
	memcpy(ret_a->sun_path, path, strlen(path) + 1);
	return 0;
}

/* A socket left by a crash is removed; one that answers is somebody's. */
static int
clear_way(const struct sockaddr_un *a, struct err *e)
{
	struct stat st;
	int fd, rc;

	if (lstat(a->sun_path, &st) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "%s", a->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s: is there and is no socket",
		    a->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_sys(e, "socket");
	rc = connect(fd, (const struct sockaddr *)a, sizeof(*a));
	fd_close(&fd);
	if (rc == 0)
		return err_set(e, ERR_REFUSED, "%s: another program listens "
		    "there", a->sun_path);
	if (unlink(a->sun_path) == -1)
		return err_sys(e, "%s: unlink", a->sun_path);
	return 0;
}

static void
make_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = strndup(path, (size_t)(slash - path));

	if (dir != NULL && dir[0] != '\0')
		(void)mkdir(dir, 0755);		/* bind() tells if it matters */
	free(dir);
}

static int
listen_at(const char *path, int *ret_fd, struct err *e)
{
	struct sockaddr_un a;
	int fd;

	if (address(path, &a, e) == -1)
		return -1;
	make_folder(path);
	if (clear_way(&a, e) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_sys(e, "socket");
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) == -1 ||
	    chmod(path, 0666) == -1 || listen(fd, 128) == -1) {
		(void)err_sys(e, "%s", path);
		fd_close(&fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

int
control_open(struct parent *p, const char *path, struct err *e)
{
	struct control *c = calloc(1, sizeof(*c));
	struct ev_io *io;

	if (c == NULL)
		return err_set(e, ERR_MEMORY, "no memory");
	*c = (struct control){ .parent = p, .fd = -1, .path = strdup(path) };
	if (c->path == NULL || listen_at(path, &c->fd, e) == -1) {
		free(c->path);
		free(c);
		return err_wrap(e, "control");
	}
	io = &c->io;
	ev_io_init(io, accept_cb, c->fd, EV_READ);
	io->data = c;
	ev_io_start(p->loop, io);
	p->control = c;
	return 0;
}

void
control_close(struct parent *p)
{
	struct control *c = p->control;
	struct ev_io *io;

	if (c == NULL)
		return;
	io = &c->io;
	while (c->sessions != NULL)
		session_close(c->sessions);
	ev_io_stop(p->loop, io);
	(void)unlink(c->path);
	fd_close(&c->fd);
	free(c->path);
	free(c);
	p->control = NULL;
}

void
control_progress(struct parent *p, const struct place *pl,
    const char *dataset, uint64_t erased, uint64_t of)
{
	struct session *s = p->control != NULL ? p->control->sessions : NULL;

	(void)pl;
	for (; s != NULL; s = s->next)
		request_run_progress(s, dataset, erased, of);
}

void
control_swept(struct parent *p, const struct place *pl, uint64_t n,
    uint64_t of)
{
	struct session *s = p->control != NULL ? p->control->sessions : NULL;

	for (; s != NULL; s = s->next)
		request_scrub_progress(s, pl, n, of);
}

void
control_on_pass(struct parent *p, struct place *pl)
{
	struct session *s = p->control != NULL ? p->control->sessions : NULL;

	for (; s != NULL; s = s->next)
		request_run_on_pass(s, pl);
}

void
control_on_anchor(struct parent *p, const struct err *why, const char *said)
{
	struct session *s = p->control != NULL ? p->control->sessions : NULL;

	for (; s != NULL; s = s->next)
		request_anchor_done(s, why, said);
}
