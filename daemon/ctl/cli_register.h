/*
 * cli_register - the daemon's register of persons' requests, as the commands
 * that answer one use it.
 */
#ifndef RETENTION_CLI_REGISTER_H
#define RETENTION_CLI_REGISTER_H

struct cli_args;
struct ctl_request;

/* --request, --received, --due.  -1: wrong usage, said on stderr. */
int cli_register_args(const struct cli_args *a, struct ctl_request *r);

#endif
