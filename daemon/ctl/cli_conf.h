/*
 * cli_conf - the configuration that a command works with.
 */
#ifndef RETENTION_CLI_CONF_H
#define RETENTION_CLI_CONF_H

#include <stdbool.h>

struct cli_args;
struct conf_set;

/* -c FILE, or the default. */
const char *cli_conf_path(const struct cli_args *a);

/* With all policies.  -1: every error is on stderr. */
int cli_conf_all(const struct cli_args *a, struct conf_set **ret);

/* retentiond.conf alone, so that a wrong policy stops nobody from asking the
 * daemon or from reading the trail. */
int cli_conf_main(const struct cli_args *a, struct conf_set **ret);

/* Is there no ledger?  Then no daemon ever ran on this state folder. */
bool cli_conf_never_ran(const char *state);

#endif
