#include "cli_daemon.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/ctl.h"
#include "retention/fd.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_out.h"

#define MOST_REPLY_BYTES ((size_t)16 << 20)
#define PATIENCE_S 60		/* for an answer that needs no pass */

static int
open_socket(const char *control, bool patient, struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	size_t n = strlen(control);
	int fd;

	if (n >= sizeof(sun.sun_path))
		return err_set(e, ERR_CONFIG, "%s: a control socket's path has "
		    "at most %zu bytes", control, sizeof(sun.sun_path) - 1);
	memcpy(sun.sun_path, control, n + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_sys(e, "socket");
	if (!patient && (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience)) == -1 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO,
	    &patience, sizeof(patience)) == -1)) {
		(void)err_sys(e, "setsockopt");
		goto fail;
	}
	if (connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1) {
		(void)err_sys(e, "%s", control);
		goto fail;
	}
	return fd;
fail:
	fd_close(&fd);
	return -1;
}

static int
send_request(int fd, const struct ctl_request *r, struct err *e)
{
	struct buf b = BUF_EMPTY;
	int rc = -1;

	ctl_put_request(&b, r);
	buf_puts(&b, "\n");
	if (buf_failed(&b))
		(void)err_set(e, ERR_MEMORY, "no memory for the request");
	else if (b.n > CTL_MOST_BYTES)
		(void)err_set(e, ERR_INPUT, "the request is longer than %d "
		    "bytes; name fewer datasets", CTL_MOST_BYTES);
	else
		rc = fd_write_all(fd, b.data, b.n, e);
	buf_release(&b);
	return rc;
}

/* More bytes of the reply: 1; 0 at its end. */
static int
fill(int fd, struct buf *b, struct err *e)
{
	char part[16384];
	ssize_t n;

	do
		n = read(fd, part, sizeof(part));
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return err_set(e, ERR_BUSY, "no answer within %d seconds",
		    PATIENCE_S);
	if (n == -1)
		return err_sys(e, "read");
	buf_add(b, part, (size_t)n);
	if (buf_failed(b))
		return err_set(e, ERR_PROTOCOL, "an answer of more than %zu "
		    "bytes", MOST_REPLY_BYTES);
	return n > 0 ? 1 : 0;
}

/* One line as an object, removed from the buffer. */
static json_t *
take_line(struct buf *b, size_t n, struct err *e)
{
	json_error_t at;
	json_t *v = json_loadb(b->data, n, JSON_REJECT_DUPLICATES, &at);

	buf_drop(b, n + 1);
	if (json_is_object(v))
		return v;
	json_decref(v);
	(void)err_set(e, ERR_PROTOCOL, "the answer is no JSON object");
	return NULL;
}

static int
read_reply(int fd, cli_daemon_progress *progress, json_t **ret, struct err *e)
{
	struct buf b = { .most = MOST_REPLY_BYTES };
	json_t *v = NULL;
	int more = 1;

	while (v == NULL) {
		const char *end = b.n != 0 ? memchr(b.data, '\n', b.n) : NULL;

		if (end == NULL && (more = fill(fd, &b, e)) != 1)
			break;
		if (end == NULL)
			continue;
		v = take_line(&b, (size_t)(end - b.data), e);
		more = v == NULL ? -1 : 1;
		if (v == NULL)
			break;
		if (json_object_get(v, "progress") == NULL)
			continue;
		if (progress != NULL)
			progress(json_object_get(v, "progress"));
		json_decref(v);
		v = NULL;
	}
	buf_release(&b);
	if (more == 0)
		(void)err_set(e, ERR_PROTOCOL, "the daemon went away without an "
		    "answer");
	*ret = v;
	return v != NULL ? 0 : -1;
}

int
cli_daemon_talk(const char *control, const struct ctl_request *r,
    cli_daemon_progress *progress, json_t **ret_reply, struct err *e)
{
	int fd = open_socket(control, r->wait, e);
	json_t *reply = NULL;
	int rc;

	if (fd == -1)
		return -1;
	rc = send_request(fd, r, e);
	if (rc == -1 && e->sys_errno == EPIPE)
		rc = 0;			/* turned away: it has said why */
	if (rc == 0)
		rc = read_reply(fd, progress, &reply, e);
	fd_close(&fd);
	if (rc == 0)
		*ret_reply = reply;
	return rc;
}

/* What a failure to connect or talk means to the person. */
static int
failed(const struct err *e)
{
	switch (e->sys_errno) {
	case ENOENT:
	case ECONNREFUSED:
	case ENOTDIR:
		cli_out_error("the daemon is not reachable: %s", e->text);
		return CLI_UNREACHABLE;
	case EACCES:
	case EPERM:
		cli_out_error("%s; root and the groups named by 'admins' and "
		    "'auditors' may ask the daemon", e->text);
		return CLI_FAILED;
	default:
		cli_out_error("%s", e->text);
		return CLI_FAILED;
	}
}

int
cli_daemon_print(const json_t *reply)
{
	char *text = json_dumps(reply, JSON_COMPACT | JSON_ENSURE_ASCII);
	struct buf b = BUF_EMPTY;
	int rc;

	if (text == NULL)
		b.failed = true;
	else
		buf_puts(&b, text);
	buf_puts(&b, "\n");
	rc = cli_out_flush(&b);
	buf_release(&b);
	free(text);
	return rc;
}

/* Every sentence of a refusal on stderr. */
static void
refused(const json_t *reply)
{
	const json_t *errors = json_object_get(reply, "errors");
	const char *code = json_string_value(json_object_get(reply, "code"));
	size_t n = json_array_size(errors);

	for (size_t i = 0; i < n; i++) {
		const char *t = json_string_value(json_array_get(errors, i));

		cli_out_error("%s", t != NULL ? t : "?");
	}
	if (n == 0)
		cli_out_error("the daemon refused: %s",
		    code != NULL ? code : "without a reason");
}

int
cli_daemon_ask(const struct cli_args *a, const struct ctl_request *r,
    cli_daemon_progress *progress, json_t **ret)
{
	struct conf_set *set = NULL;
	struct err e = ERR_EMPTY;
	json_t *reply = NULL;
	int rc;

	*ret = NULL;
	if (cli_conf_main(a, &set) == -1)
		return CLI_FAILED;
	rc = cli_daemon_talk(set->main.control, r, progress, &reply, &e);
	cli_out_progress_end();
	conf_free(set);
	if (rc == -1)
		return failed(&e);
	if (a->value[CLI_JSON] != NULL)
		rc = cli_daemon_print(reply);
	if (!json_is_true(json_object_get(reply, "ok"))) {
		refused(reply);
		rc = CLI_FAILED;
	}
	*ret = reply;
	return rc;
}

int
cli_daemon_wall(const json_t *v, struct wall *ret_t)
{
	struct err e = ERR_EMPTY;

	if (json_is_integer(v)) {
		ret_t->ms = json_integer_value(v);
		return 0;
	}
	if (!json_is_string(v))
		return -1;
	return timetext_argument(json_string_value(v), ret_t, &e);
}
