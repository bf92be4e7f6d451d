/*
 * cmd - the commands: one function each, called by main with the parsed
 * command line; they print, and return the exit status.
 */
#ifndef RETENTION_CMD_H
#define RETENTION_CMD_H

struct cli_args;

#define COMMAND(function, words, operands, least, most, options, flags, help, \
    details) int cmd_##function(const struct cli_args *a);
#include "command_table.h"
#undef COMMAND

/* 'plan --save', which is the daemon's to do. */
int cmd_plan_save(const struct cli_args *a);

#endif
