/*
 * cli_running - what the policies at hand would change of the rules that the
 * daemon runs by, as findings of `check`.
 */
#ifndef RETENTION_CLI_RUNNING_H
#define RETENTION_CLI_RUNNING_H

struct cli_findings;
struct conf_set;

/* A daemon that never ran here is compared with nothing. */
void cli_running_compare(const struct conf_set *set, struct cli_findings *f);

#endif
