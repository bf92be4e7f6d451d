#include "cli_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/fd.h"
#include "retention/key.h"
#include "retention/msg_find.h"
#include "retention/wire.h"

#define PSEUDONYM_BYTES 32

/* Blocking, but not for ever. */
static int
set_patience(int fd, int64_t ms, struct err *e)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)
		return err_sys(e, "fcntl");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) == -1)
		return err_sys(e, "setsockopt");
	return 0;
}

int
cli_worker_receive(struct cli_worker *w, enum wire_type *ret_type,
    const char **ret_body, size_t *ret_n, struct err *e)
{
	int got = channel_receive(&w->link, ret_type, ret_body, ret_n, e);

	if (got == 1 && *ret_type == WIRE_FAILED) {
		msg_get_failed(*ret_body, *ret_n, e);
		return -1;
	}
	if (got == 1)
		return 0;
	w->lost = true;
	if (got == 0)
		return err_set(e, ERR_PROTOCOL, "the worker ended early");
	if (e->sys_errno == EAGAIN || e->sys_errno == EWOULDBLOCK)
		return err_set(e, ERR_STORE, "the worker does not answer");
	return err_wrap(e, "the worker");
}

static int
expect(struct cli_worker *w, enum wire_type type, const char **ret_body,
    size_t *ret_n, struct err *e)
{
	enum wire_type got;

	if (cli_worker_receive(w, &got, ret_body, ret_n, e) == -1)
		return -1;
	if (got == type)
		return 0;
	w->lost = true;
	return err_set(e, ERR_PROTOCOL, "the worker sent %s where %s was "
	    "expected", wire_name(got), wire_name(type));
}

int
cli_worker_send(struct cli_worker *w, enum wire_type type, struct buf *b,
    struct err *e)
{
	int rc = -1;

	if (w->lost)
		(void)err_set(e, ERR_STORE, "the worker ended early");
	else if (buf_failed(b))
		(void)err_set(e, ERR_MEMORY, "%s cannot be written: no "
		    "memory, or text that is not UTF-8", wire_name(type));
	else
		rc = channel_send(&w->link, type, buf_text(b), b->n, e);
	if (rc == -1 && e->code != ERR_MEMORY && e->code != ERR_INPUT)
		w->lost = true;
	buf_release(b);
	return rc;
}

static int
open_store(struct cli_worker *w, const struct rule_store *s,
    const struct cli_worker_way *way, struct err *e)
{
	const char *roots[MSG_MOST_ROOTS];
	struct msg_open m = { .store = *s, .write = false,
		.required = way->required, .roots = roots,
		.has_pseudonym = way->pseudonym != NULL };
	struct buf b = BUF_EMPTY;
	const char *body;
	size_t n;
	int rc;

	m.n_roots = rule_roots(way->notice, s, roots, MSG_MOST_ROOTS);
	if (way->pseudonym != NULL)
		memcpy(m.pseudonym, way->pseudonym, sizeof(m.pseudonym));
	rc = expect(w, WIRE_HELLO, &body, &n, e);
	if (rc == 0) {
		msg_put_open(&b, &m);
		rc = cli_worker_send(w, WIRE_OPEN, &b, e);
	}
	explicit_bzero(&m, sizeof(m));
	if (rc == 0)
		rc = expect(w, WIRE_OPENED, &body, &n, e);
	return rc;
}

struct cli_worker_way
cli_worker_way(const struct conf_main *conf, const struct rule_notice *n,
    bool keyed, uint8_t key[32], const char **ret_note)
{
	struct cli_worker_way way = { .timeout_ms = conf->job_timeout_ms,
		.notice = n, .required = conf->sandbox_required };
	struct err e = ERR_EMPTY;
	char path[4096];

	*ret_note = NULL;
	if (!keyed)
		return way;
	/*
	 * key_pseudonym() would make a missing key: look before.  A plan
	 * needs some key to tell which rows have their pseudonym; where there
	 * is none yet no row has one, and any will do.
	 */
	memset(key, 0, PSEUDONYM_BYTES);
	way.pseudonym = key;
	if (snprintf(path, sizeof(path), "%s/keys/pseudonym.key",
	    conf->state) >= (int)sizeof(path))
		errno = ENAMETOOLONG;
	else if (access(path, R_OK) == 0 &&
	    key_pseudonym(conf->state, n->id, key, &e) == 0)
		return way;
	if (errno != ENOENT || e.code != ERR_NONE)
		*ret_note = "without the pseudonym key: rows that have their "
		    "pseudonym already may be counted as due";
	return way;
}

int
cli_worker_open(const struct rule_store *s, const struct cli_worker_way *way,
    struct cli_worker *ret, struct err *e)
{
	struct cli_worker w = CLI_WORKER_NONE;
	struct spawn_worker child;
	char path[4096];

	spawn_owner_of(s->path, path, sizeof(path));
	if (spawn_start(path, &child, e) == -1)
		return -1;
	w.pid = child.pid;
	if (channel_init(&w.link, child.fd, WIRE_PARENT, e) == -1)
		goto fail;
	if (set_patience(w.link.fd, way->timeout_ms, e) == -1)
		goto fail;
	if (open_store(&w, s, way, e) == -1)
		goto fail;
	*ret = w;
	return 0;
fail:
	w.lost = true;
	cli_worker_close(&w);
	return -1;
}

/* A second to go by itself.  It only reads: when that is not enough there is
 * nothing to save. */
static void
reap(pid_t pid)
{
	static const struct timespec pause = { .tv_nsec = 5000000 };

	for (int i = 0; i < 200; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		(void)nanosleep(&pause, NULL);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

void
cli_worker_close(struct cli_worker *w)
{
	struct err ignored = ERR_EMPTY;

	if (w->pid == -1)
		return;
	if (w->lost || channel_send(&w->link, WIRE_BYE, "{}", 2, &ignored) == -1)
		(void)kill(w->pid, SIGKILL);
	channel_release(&w->link);
	reap(w->pid);
	*w = CLI_WORKER_NONE;
}

int
cli_worker_gates(struct cli_worker *w, const struct gates *g, struct err *e)
{
	struct msg_gates m = { .whole = g->whole, .n = g->n,
		.has_key = g->n != 0 };
	struct buf b = BUF_EMPTY;
	size_t at = 0;
	int rc;

	memcpy(m.key, g->key, sizeof(m.key));
	msg_put_gates(&b, &m);
	explicit_bzero(&m, sizeof(m));
	rc = cli_worker_send(w, WIRE_GATES, &b, e);
	while (rc == 0 && at < g->n) {
		msg_put_gated(&b, g, &at);
		rc = cli_worker_send(w, WIRE_GATED, &b, e);
	}
	return rc;
}

int
cli_worker_plan(struct cli_worker *w, const struct msg_job *job,
    struct pool *p, struct msg_counted *ret, struct err *e)
{
	struct buf b = BUF_EMPTY;
	const char *body;
	size_t n;

	msg_put_job(&b, job);
	if (cli_worker_send(w, WIRE_PLAN, &b, e) == -1 ||
	    expect(w, WIRE_COUNTED, &body, &n, e) == -1)
		return -1;
	return msg_get_counted(body, n, p, ret, e);
}

int
cli_worker_explain(struct cli_worker *w, const struct msg_explain *m,
    struct pool *p, struct explain *ret, struct err *e)
{
	struct buf b = BUF_EMPTY;
	const char *body;
	size_t n;

	msg_explain_put(&b, m);
	if (cli_worker_send(w, WIRE_EXPLAIN, &b, e) == -1 ||
	    expect(w, WIRE_EXPLAINED, &body, &n, e) == -1)
		return -1;
	return msg_explain_get_answer(body, n, p, ret, e);
}

int
cli_worker_find(struct cli_worker *w, const struct find_ask *ask,
    const struct find_sink *sink, struct pool *p, struct find_found *ret,
    struct err *e)
{
	struct buf b = BUF_EMPTY;
	enum wire_type type;
	const char *body;
	size_t n;

	msg_find_put(&b, ask);
	if (cli_worker_send(w, WIRE_FIND, &b, e) == -1)
		return -1;
	for (;;) {
		enum find_piece what;
		const char *bytes;
		size_t n_bytes;

		if (cli_worker_receive(w, &type, &body, &n, e) == -1)
			return -1;
		if (type == WIRE_FOUND)
			return msg_find_get_found(body, n, p, ret, e);
		w->lost = type != WIRE_PIECE;
		if (w->lost)
			return err_set(e, ERR_PROTOCOL, "the worker sent %s "
			    "where PIECE was expected", wire_name(type));
		if (msg_find_get_piece(body, n, &what, &bytes, &n_bytes,
		    e) == -1 || sink->piece(sink->ctx, what, bytes, n_bytes,
		    e) == -1) {
			w->lost = true;		/* more of it would come */
			return -1;
		}
	}
}

int
cli_worker_event(struct cli_worker *w, const struct msg_event *ev,
    bool *ret_fired, struct wall *ret_at, struct err *e)
{
	struct buf b = BUF_EMPTY;
	const char *body;
	size_t n;

	msg_put_event(&b, ev);
	if (cli_worker_send(w, WIRE_EVENT, &b, e) == -1 ||
	    expect(w, WIRE_FIRED, &body, &n, e) == -1)
		return -1;
	return msg_get_fired(body, n, ret_fired, ret_at, e);
}

int
cli_worker_check(struct cli_worker *w, const struct cli_worker_check *c,
    struct err *e)
{
	struct buf b = BUF_EMPTY;
	enum wire_type type;
	const char *body;
	size_t n;

	msg_put_job(&b, c->job);
	if (cli_worker_send(w, WIRE_CHECK, &b, e) == -1)
		return -1;
	for (;;) {
		struct msg_finding f;

		if (cli_worker_receive(w, &type, &body, &n, e) == -1)
			return -1;
		if (type == WIRE_CHECKED)
			return 0;
		if (type != WIRE_FINDING) {
			w->lost = true;
			return err_set(e, ERR_PROTOCOL, "the worker sent %s "
			    "where FINDING was expected", wire_name(type));
		}
		if (msg_get_finding(body, n, c->pool, &f, e) == -1)
			return -1;
		c->found(c->ctx, &f);
	}
}
