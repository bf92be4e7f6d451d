/*
 * session - everything a peer sends is hostile until ctl_get_request() has
 * accepted it; nothing is kept of it beyond the answer.
 */
#include "session.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "retention/ctl.h"
#include "retention/fd.h"
#include "retention/jsonw.h"
#include "retention/log.h"

#include "control.h"
#include "parent.h"
#include "request.h"
#include "request_run.h"
#include "ruleset.h"

#define IDLE_S 60.0
#define LEAVE_S 2.0
#define MOST_PER_USER 8
#define MOST_STRANGERS 16	/* while they are told that they may not */
#define MOST_READERS 48		/* the other places are for those who act */
#define MOST_OUT ((size_t)4 << 20)
#define MOST_GROUPS 1024

void
session_close(struct session *s)
{
	struct ev_loop *loop = s->control->parent->loop;
	struct session **at = &s->control->sessions;
	struct ev_io *in = &s->in, *out = &s->out;
	struct ev_timer *idle = &s->idle;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->control->n_sessions--;
	ev_io_stop(loop, in);
	ev_io_stop(loop, out);
	ev_timer_stop(loop, idle);
	buf_release(&s->got);
	buf_release(&s->put);
	request_run_free(s->run);
	fd_close(&s->fd);
	free(s);
}

/* Never closes s: writing happens when the loop says that it can. */
void
session_put(struct session *s, const struct buf *line)
{
	struct ev_io *out = &s->out;

	buf_add(&s->put, buf_text(line), line->n);
	buf_puts(&s->put, "\n");
	if (buf_failed(line) || buf_failed(&s->put))
		s->leaving = true;
	ev_io_start(s->control->parent->loop, out);
}

void
session_ok(struct session *s)
{
	struct buf line = BUF_EMPTY;

	buf_puts(&line, "{\"ok\":true}");
	session_put(s, &line);
	buf_release(&line);
}

void
session_refuse(struct session *s, const struct err *why)
{
	struct buf line = BUF_EMPTY;
	struct jsonw w = JSONW(&line);

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "ok", false);
	jsonw_text(&w, "code", err_class(why->code));
	jsonw_array(&w, "errors");
	jsonw_text(&w, NULL, why->text);
	jsonw_end_array(&w);
	jsonw_end_object(&w);
	session_put(s, &line);
	buf_release(&line);
}

/* Everything is said.  Closing with words of the peer unread would take our
 * last ones away from it, so it goes first, for a while. */
static void
leave(struct session *s)
{
	struct ev_timer *idle = &s->idle;

	if (s->ended) {
		session_close(s);
		return;
	}
	(void)shutdown(s->fd, SHUT_WR);
	idle->repeat = LEAVE_S;
	ev_timer_again(s->control->parent->loop, idle);
}

static bool
waits(const struct session *s)
{
	return s->run != NULL || s->anchoring;
}

/* Complete lines are handled one by one, each when the answer before has been
 * taken, and not while a run is waited for: replies come in the order of the
 * requests, and who asks much waits, not the others. */
static void
handle_lines(struct session *s)
{
	char *end;

	while (!waits(s) && !s->leaving && s->put.n == 0 && s->got.n != 0 &&
	    (end = memchr(s->got.data, '\n', s->got.n)) != NULL) {
		size_t n = (size_t)(end - s->got.data);

		request_handle(s, s->got.data, n);
		buf_drop(&s->got, n + 1);
	}
	if (s->got.n >= CTL_MOST_BYTES && !waits(s) && !s->leaving &&
	    memchr(s->got.data, '\n', CTL_MOST_BYTES) == NULL) {
		session_refuse(s, &(struct err){ .code = ERR_INPUT,
		    .text = "the line is too long" });
		s->leaving = true;
	}
}

static void
writable_cb(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct session *s = w->data;
	ssize_t n;

	(void)revents;
	n = s->put.n != 0 ? send(s->fd, s->put.data, s->put.n, MSG_NOSIGNAL) :
	    0;
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		session_close(s);
		return;
	}
	if (n > 0)
		buf_drop(&s->put, (size_t)n);
	if (s->put.n != 0)
		return;
	ev_io_stop(loop, w);
	handle_lines(s);	/* those that came while a run was waited for */
	if (s->put.n == 0 && !waits(s) && (s->leaving || s->ended))
		leave(s);
}

static void
idle_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct session *s = w->data;

	(void)loop, (void)revents;
	if (waits(s))
		return;			/* it waits for us, not we for it */
	session_close(s);
}

static void
readable_cb(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct session *s = w->data;
	struct ev_timer *idle = &s->idle;
	char part[8192];
	ssize_t n = recv(s->fd, part, sizeof(part), 0);

	(void)revents;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 0 && (s->put.n != 0 || waits(s))) {
		ev_io_stop(loop, w);	/* half closed: it still listens */
		s->ended = true;
		return;
	}
	if (n <= 0 || s->got.n > 2 * CTL_MOST_BYTES) {
		session_close(s);
		return;
	}
	if (s->leaving)
		return;
	ev_timer_again(loop, idle);
	buf_add(&s->got, part, (size_t)n);
	handle_lines(s);
}

static bool
in_group(const char *name, gid_t primary, const gid_t *also, size_t n)
{
	const struct group *g = name != NULL ? getgrnam(name) : NULL;

	if (g == NULL)
		return false;
	if (g->gr_gid == primary)
		return true;
	for (size_t i = 0; i < n; i++)
		if (also[i] == g->gr_gid)
			return true;
	return false;
}

/* What the kernel says about the peer, at the moment it connected. */
static int
identify(struct session *s)
{
	const struct conf_main *m = &s->control->parent->set->conf->main;
	gid_t groups[MOST_GROUPS];
	socklen_t len = sizeof(groups);
	const struct passwd *pw;
	struct ucred who;
	socklen_t who_len = sizeof(who);
	size_t n = 0;

	if (getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &who, &who_len) == -1)
		return -1;
	if (getsockopt(s->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
		n = len / sizeof(groups[0]);
	s->uid = who.uid;
	pw = getpwuid(who.uid);
	(void)snprintf(s->user, sizeof(s->user), "%s", pw != NULL ?
	    pw->pw_name : "unknown");
	s->may_change = who.uid == 0 || who.uid == geteuid() ||
	    in_group(m->admins, who.gid, groups, n);
	s->may_read = s->may_change ||
	    in_group(m->auditors, who.gid, groups, n);
	return 0;
}

static size_t
of_user(const struct control *c, uid_t uid)
{
	size_t n = 0;

	for (const struct session *s = c->sessions; s != NULL; s = s->next)
		n += s->uid == uid;
	return n;
}

/* Those who may not stay take few places, and none of those who may. */
static bool
is_crowded(const struct session *s)
{
	const struct control *c = s->control;
	size_t strangers = 0;

	for (const struct session *o = c->sessions; o != NULL; o = o->next)
		strangers += !o->may_read;
	return s->may_read ? !s->may_change && c->n_sessions > MOST_READERS :
	    strangers > MOST_STRANGERS;
}

static void
admit(struct session *s)
{
	struct err why = ERR_EMPTY;

	bool known = identify(s) == 0;

	if (is_crowded(s))
		(void)err_set(&why, ERR_BUSY, "too many connections");
	else if (s->uid != 0 && of_user(s->control, s->uid) > MOST_PER_USER)
		(void)err_set(&why, ERR_BUSY, "more than %d connections of "
		    "one user", MOST_PER_USER);
	else if (!known || !s->may_read)
		(void)err_set(&why, ERR_REFUSED, "user %s may not use this "
		    "socket: only root, the daemon's own user and the groups "
		    "of retentiond.conf (admins, auditors) may", s->user);
	if (why.code == ERR_NONE)
		return;
	s->leaving = true;
	session_refuse(s, &why);
	if (why.code == ERR_BUSY) {	/* takes no place, and no log line */
		(void)send(s->fd, s->put.data, s->put.n, MSG_NOSIGNAL);
		session_close(s);
		return;
	}
	if (ev_now(s->control->parent->loop) < s->control->refused + 1)
		return;		/* a crowd is not to fill the log */
	s->control->refused = ev_now(s->control->parent->loop);
	log_line(LOG_NOTICE, "control: uid %lld refused",
	    (long long)s->uid);
}

int
session_open(struct control *c, int fd)
{
	struct session *s = calloc(1, sizeof(*s));
	struct ev_loop *loop = c->parent->loop;
	struct ev_io *in, *out;
	struct ev_timer *idle;

	if (s == NULL) {
		fd_close(&fd);
		return -1;
	}
	*s = (struct session){ .control = c, .fd = fd, .next = c->sessions,
	    .uid = (uid_t)-1, .put = { .most = MOST_OUT } };
	c->sessions = s;
	c->n_sessions++;
	in = &s->in, out = &s->out, idle = &s->idle;
	ev_io_init(in, readable_cb, fd, EV_READ);
	ev_io_init(out, writable_cb, fd, EV_WRITE);
	ev_init(idle, idle_cb);
	idle->repeat = IDLE_S;
	in->data = out->data = idle->data = s;
	ev_io_start(loop, in);
	ev_timer_again(loop, idle);
	admit(s);
	return 0;
}
