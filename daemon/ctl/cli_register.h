/*
 * cli_register - the daemon's register of persons' requests, as the commands
 * that answer one use it.
 */
#ifndef RETENTION_CLI_REGISTER_H
#define RETENTION_CLI_REGISTER_H

struct cli_args;
struct cli_find;
struct conf_set;
struct ctl_request;

/* --request, --received, --due.  -1: wrong usage, said on stderr. */
int cli_register_args(const struct cli_args *a, struct ctl_request *r);

#define CLI_REGISTER_ID 24

/*
 * A request `what` of the persons on the command line is entered, or that of
 * --request taken up.  The exit status; CLI_DONE with *ret_id "" when there is
 * no daemon to do it, which is said on stderr.
 */
int cli_register_open(const struct cli_args *a, const struct conf_set *set,
    const char *what, char ret_id[CLI_REGISTER_ID]);
/* It was answered, with these counts.  The exit status. */
int cli_register_done(const struct conf_set *set, const char *id,
    const struct cli_find *all);

#endif
