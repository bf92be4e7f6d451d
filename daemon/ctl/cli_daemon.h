/*
 * cli_daemon - asks the daemon over its control socket, one request a
 * connection.  What it answers is data, never trusted as text.
 */
#ifndef RETENTION_CLI_DAEMON_H
#define RETENTION_CLI_DAEMON_H

#include <jansson.h>

#include "retention/clock.h"
#include "retention/err.h"

struct buf;
struct cli_args;
struct ctl_request;

typedef void cli_daemon_progress(const json_t *progress);

/*
 * One request and its reply, an object, to be given back with json_decref().
 * `progress` may be NULL.  -1: no reply came.
 */
int cli_daemon_talk(const char *control, const struct ctl_request *r,
    cli_daemon_progress *progress, json_t **ret_reply, struct err *e);

/*
 * The same for a command: finds the socket by the configuration, reports
 * failures and refusals, and with --json prints the reply itself.  The exit
 * status; *ret is the reply, NULL when none came.
 */
int cli_daemon_ask(const struct cli_args *a, const struct ctl_request *r,
    cli_daemon_progress *progress, json_t **ret);

/* Reply on stdout, compact and ASCII.  The exit status. */
int cli_daemon_print(const json_t *reply);

/* A time in a reply: RFC 3339 text, or integer milliseconds.  -1: neither. */
int cli_daemon_wall(const json_t *v, struct wall *ret_t);

#endif
