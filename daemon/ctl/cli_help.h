/*
 * cli_help - help texts, made from the tables.  Pure.
 */
#ifndef RETENTION_CLI_HELP_H
#define RETENTION_CLI_HELP_H

struct buf;
struct cli_command;

void cli_help_all(struct buf *out);
/* The commands whose first word it is. */
void cli_help_group(struct buf *out, const char *first);
void cli_help_one(struct buf *out, const struct cli_command *c);
void cli_help_json(struct buf *out);	/* all commands with their options */

/* "retentionctl plan [DATASET...]" */
void cli_help_usage(struct buf *out, const struct cli_command *c);

#endif
