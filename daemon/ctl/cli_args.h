/*
 * cli_args - the command line, against the tables of commands and options.
 * Pure: nothing is printed and nothing is opened.
 */
#ifndef RETENTION_CLI_ARGS_H
#define RETENTION_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"

enum cli_option {
#define OPTION(name, text, letter, value, help) CLI_##name,
#include "option_table.h"
#undef OPTION
	CLI_N_OPTIONS
};

struct cli_option_row {
	const char *name;	/* with its two dashes */
	char letter;		/* 0: none */
	const char *value;	/* what it takes; NULL: nothing */
	const char *help;
};
extern const struct cli_option_row cli_args_options[CLI_N_OPTIONS];

enum cli_exit {
	CLI_DONE = 0, CLI_FAILED = 1, CLI_VERIFY_USAGE = 4, CLI_USAGE = 64,
	CLI_UNREACHABLE = 69
};

enum cli_flag {
	CLI_DAEMON = 1,		/* asks the daemon */
	CLI_HIDDEN = 2,		/* not for people: in no list */
	CLI_VERDICT = 4,	/* exit status is a verdict; usage is 4 */
	CLI_PERSON = 8,	/* --KIND VALUE names a person */
	CLI_KEYS = 16		/* --key may be given several times */
};

struct cli_args;
struct cli_command {
	const char *words;	/* one or two, separated by a space */
	const char *operands;	/* synopsis; "" */
	size_t least, most;	/* operands */
	uint64_t options;	/* bits of enum cli_option */
	unsigned flags;		/* bits of enum cli_flag */
	const char *help, *details;
	int (*run)(const struct cli_args *a);	/* the exit status */
};

#define CLI_MOST_OPERANDS 256
#define CLI_MOST_KINDS 8
#define CLI_KIND_BYTES 64

struct cli_person {		/* --nhs-number 9434765919 */
	char kind[CLI_KIND_BYTES];		/* "nhs_number" */
	const char *value;
};
struct cli_set {		/* --set COLUMN=VALUE, --set-null COLUMN */
	const char *text;
	bool null;
};
#define CLI_MOST_SETS 16
#define CLI_MOST_KEYS 64
#define CLI_MOST_ANCHORS 256

struct cli_args {
	const struct cli_command *command;	/* NULL: none was named */
	const char *value[CLI_N_OPTIONS];	/* NULL: not given; "": no value */
	size_t n_keys;
	const char *key[CLI_MOST_KEYS];		/* every --key, in order */
	size_t n;
	const char *operand[CLI_MOST_OPERANDS];	/* borrowed from argv */
	size_t n_persons;			/* of commands with CLI_PERSON */
	struct cli_person person[CLI_MOST_KINDS];
	size_t n_sets;				/* in order */
	struct cli_set set[CLI_MOST_SETS];
	size_t n_explain;			/* a key's columns, in order */
	const char *explain[CLI_MOST_KEYS];
	size_t n_anchors;			/* the one option that may be */
	const char *anchor[CLI_MOST_ANCHORS];	/* repeated */
	struct wall now;			/* set by main */
};

/* The table, ending with a row whose words are NULL. */
const struct cli_command *cli_args_commands(void);

/* Is the option one that the command takes? */
bool cli_args_takes(const struct cli_command *c, enum cli_option o);

/*
 * Read argv[1..].  On failure -1 and a sentence, with ret->command set when it
 * could still be told, so that its exit status for wrong usage applies.  With
 * --help or --version operands and their number are not looked at; "event
 * --help" leaves the command NULL and "event" as the one operand.
 */
int cli_args_read(int argc, const char *const *argv, struct cli_args *ret,
    struct err *e);

/* Is it a command of two words of which this is the first? */
bool cli_args_in_group(const struct cli_command *c, const char *first);
bool cli_args_is_group(const char *first);	/* any command is in it */

/* The exit status for wrong usage of this command (may be NULL). */
int cli_args_usage_exit(const struct cli_command *c);

/* Find a command by one or two words; *ret_used is how many were used.
 * NULL and a sentence, with the nearest command, when there is none. */
const struct cli_command *cli_args_find(const char *const *words, size_t n,
    size_t *ret_used, struct err *e);

#endif
