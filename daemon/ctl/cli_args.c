#include "cli_args.h"

#include <stdint.h>
#include <string.h>

#include "cli_near.h"
#include "cmd.h"

const struct cli_option_row cli_args_options[CLI_N_OPTIONS] = {
#define OPTION(name, text, letter, value, help) { text, letter, value, help },
#include "option_table.h"
#undef OPTION
};

_Static_assert(CLI_N_OPTIONS <= 64, "a bit for each option");
#define O(name) (UINT64_C(1) << CLI_##name)
#define ALWAYS (O(CONF) | O(JSON) | O(HELP) | O(VERSION))

static const struct cli_command commands[] = {
#define COMMAND(function, words, operands, least, most, options, flags, help, \
    details) \
	{ words, operands, least, most, options, flags, help, details, \
	    cmd_##function },
#include "command_table.h"
#undef COMMAND
	{ .words = NULL }
};

const struct cli_command *
cli_args_commands(void)
{
	return commands;
}

bool
cli_args_takes(const struct cli_command *c, enum cli_option o)
{
	return ((c->options | ALWAYS) >> o & 1) != 0;
}

int
cli_args_usage_exit(const struct cli_command *c)
{
	if (c != NULL && (c->flags & CLI_VERDICT) != 0)
		return CLI_VERIFY_USAGE;
	return CLI_USAGE;
}

/* How many of the words the command's own words use up; 0: another command. */
static size_t
match(const struct cli_command *c, const char *const *words, size_t n)
{
	size_t first = strcspn(c->words, " ");

	if (n == 0 || strlen(words[0]) != first ||
	    strncmp(words[0], c->words, first) != 0)
		return 0;
	if (c->words[first] == '\0')
		return 1;
	return n > 1 && strcmp(words[1], c->words + first + 1) == 0 ? 2 : 0;
}

bool
cli_args_in_group(const struct cli_command *c, const char *first)
{
	size_t len = strlen(first);

	return strncmp(c->words, first, len) == 0 && c->words[len] == ' ';
}

bool
cli_args_is_group(const char *first)
{
	for (const struct cli_command *c = commands; c->words != NULL; c++)
		if (cli_args_in_group(c, first))
			return true;
	return false;
}

/* "event" without a second word, or with one that is none of its. */
static int
explain_second(const char *const *words, size_t n, struct err *e)
{
	struct cli_near near = CLI_NEAR(n > 1 ? words[1] : "");
	char list[1024] = "";
	size_t at = 0;

	for (const struct cli_command *c = commands; c->words != NULL; c++) {
		if (!cli_args_in_group(c, words[0]))
			continue;
		cli_near_try(&near, c->words + strlen(words[0]) + 1);
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s'%s'",
		    at == 0 ? "" : " or ", c->words);
		must(at < sizeof(list));
	}
	if (at == 0)
		return 0;
	if (n == 1)
		return err_set(e, ERR_INPUT, "'%s' is not complete; expected %s",
		    words[0], list);
	if (near.best != NULL)
		return err_set(e, ERR_INPUT,
		    "unknown command '%s %s'; did you mean '%s %s'?", words[0],
		    words[1], words[0], near.best);
	return err_set(e, ERR_INPUT, "unknown command '%s %s'; expected %s",
	    words[0], words[1], list);
}

const struct cli_command *
cli_args_find(const char *const *words, size_t n, size_t *ret_used,
    struct err *e)
{
	struct cli_near near = CLI_NEAR(n > 0 ? words[0] : "");

	for (const struct cli_command *c = commands; c->words != NULL; c++) {
		size_t used = match(c, words, n);

		if (used != 0) {
			*ret_used = used;
			return c;
		}
		if ((c->flags & CLI_HIDDEN) == 0)
			cli_near_try(&near, c->words);
	}
	if (n == 0)
		(void)err_set(e, ERR_INPUT, "no command given");
	else if (explain_second(words, n, e) == -1)
		return NULL;
	else if (near.best != NULL)
		(void)err_set(e, ERR_INPUT, "unknown command '%s'; did you mean "
		    "'%s'?", words[0], near.best);
	else
		(void)err_set(e, ERR_INPUT, "unknown command '%s'; "
		    "'retentionctl help' lists the commands", words[0]);
	return NULL;
}

static int
unknown_option(const char *text, struct err *e)
{
	struct cli_near near = CLI_NEAR(text);

	for (size_t i = 0; i < CLI_N_OPTIONS; i++)
		cli_near_try(&near, cli_args_options[i].name);
	if (near.best != NULL)
		return err_set(e, ERR_INPUT, "unknown option '%s'; did you mean "
		    "'%s'?", text, near.best);
	return err_set(e, ERR_INPUT, "unknown option '%s'", text);
}

/* The option that `arg` names, -1: none; *ret_value is what is glued to it. */
static int
find_option(const char *arg, const char **ret_value)
{
	size_t len = strcspn(arg, "=");

	*ret_value = NULL;
	for (int i = 0; i < CLI_N_OPTIONS; i++) {
		const struct cli_option_row *o = &cli_args_options[i];

		if (strlen(o->name) == len && strncmp(o->name, arg, len) == 0) {
			*ret_value = arg[len] == '=' ? arg + len + 1 : NULL;
			return i;
		}
		if (o->letter == 0 || arg[1] != o->letter)
			continue;
		if (arg[2] != '\0' && o->value == NULL)
			return -1;
		*ret_value = arg[2] != '\0' ? arg + 2 : NULL;
		return i;
	}
	return -1;
}

/*
 * Kinds of identifiers are the policy's words, so every other long option of
 * a command about a person is one.  -2: this is none.
 */
static int
take_person(struct cli_args *a, const char *arg, const char *next,
    struct err *e)
{
	size_t len = strcspn(arg, "="), used = 0;
	const char *value = arg[len] == '=' ? arg + len + 1 : NULL;
	const struct cli_command *c = cli_args_find(a->operand, a->n, &used,
	    &(struct err){ .code = ERR_NONE });
	struct cli_person *p = &a->person[a->n_persons];
	int taken = value == NULL;

	if (c == NULL || (c->flags & CLI_PERSON) == 0 || len < 3 ||
	    arg[1] != '-')
		return -2;
	if (value == NULL)
		value = next;
	if (value == NULL || value[0] == '\0')
		return err_set(e, ERR_INPUT, "%s needs a value", arg);
	if (a->n_persons == CLI_MOST_KINDS || len - 2 >= CLI_KIND_BYTES)
		return err_set(e, ERR_INPUT, "more than %d kinds of "
		    "identifiers, or too long a name", CLI_MOST_KINDS);
	for (size_t i = 2; i < len; i++)
		p->kind[i - 2] = arg[i] == '-' ? '_' : arg[i];
	p->kind[len - 2] = '\0';
	p->value = value;
	a->n_persons++;
	return taken;
}

/* How many further arguments the option used: 0 or 1; -1: wrong. */
static int
take_option(struct cli_args *a, const char *arg, const char *next,
    struct err *e)
{
	const char *value;
	int o = find_option(arg, &value);
	const struct cli_option_row *row;
	int used = 0;

	if (o == -1) {
		used = take_person(a, arg, next, e);
		return used == -2 ? unknown_option(arg, e) : used;
	}
	row = &cli_args_options[o];
	if (row->value == NULL && value != NULL)
		return err_set(e, ERR_INPUT, "%s takes no value", row->name);
	if (row->value == NULL) {
		value = "";
	} else if (value == NULL) {
		value = next;
		used = 1;
	}
	if (value == NULL || (row->value != NULL && value[0] == '\0'))
		return err_set(e, ERR_INPUT, "%s needs a value: %s %s", row->name,
		    row->name, row->value);
	if (o == CLI_ANCHOR && a->n_anchors == CLI_MOST_ANCHORS)
		return err_set(e, ERR_INPUT, "more than %d times %s",
		    CLI_MOST_ANCHORS, row->name);
	if ((o == CLI_SET || o == CLI_SET_NULL) && a->n_sets == CLI_MOST_SETS)
		return err_set(e, ERR_INPUT, "more than %d columns",
		    CLI_MOST_SETS);
	if (o == CLI_SET || o == CLI_SET_NULL)
		a->set[a->n_sets++] = (struct cli_set){ value,
		    o == CLI_SET_NULL };
	else if (o == CLI_KEY && a->n_keys < CLI_MOST_KEYS)
		a->key[a->n_keys++] = value;
	else if (o == CLI_EXPLAIN && a->n_explain < CLI_MOST_KEYS)
		a->explain[a->n_explain++] = value;
	else if (o == CLI_ANCHOR)
		a->anchor[a->n_anchors++] = value;
	else if (a->value[o] != NULL && row->value != NULL)
		return err_set(e, ERR_INPUT, "%s is given twice", row->name);
	a->value[o] = value;
	return used;
}

/* Options and words apart; the first thing that is wrong wins. */
static int
split(int argc, const char *const *argv, struct cli_args *a, struct err *e)
{
	bool only_words = false;
	int rc = 0;

	for (int i = 1; i < argc; i++) {
		struct err here = ERR_EMPTY;
		int used = 0;

		if (!only_words && strcmp(argv[i], "--") == 0)
			only_words = true;
		else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0')
			used = take_option(a, argv[i],
			    i + 1 < argc ? argv[i + 1] : NULL, &here);
		else if (a->n == CLI_MOST_OPERANDS)
			used = err_set(&here, ERR_INPUT, "more than %d words",
			    CLI_MOST_OPERANDS);
		else
			a->operand[a->n++] = argv[i];
		if (used == -1 && rc == 0) {
			*e = here;
			rc = -1;
		}
		i += used == 1 ? 1 : 0;
	}
	return rc;
}

static int
check_options(const struct cli_args *a, struct err *e)
{
	if (a->n_keys > 1 && (a->command->flags & CLI_KEYS) == 0)
		return err_set(e, ERR_INPUT, "--key is given twice");
	for (int o = 0; o < CLI_N_OPTIONS; o++) {
		if (a->value[o] == NULL ||
		    cli_args_takes(a->command, (enum cli_option)o))
			continue;
		return err_set(e, ERR_INPUT, "'%s' does not take %s",
		    a->command->words, cli_args_options[o].name);
	}
	return 0;
}

static int
check_operands(const struct cli_args *a, struct err *e)
{
	const struct cli_command *c = a->command;

	if (a->n < c->least)
		return err_set(e, ERR_INPUT, "'%s' needs %s", c->words,
		    c->operands);
	if (a->n > c->most)
		return err_set(e, ERR_INPUT, "'%s' does not take '%s'%s%s",
		    c->words, a->operand[c->most],
		    c->operands[0] != '\0' ? "; expected at most " : "",
		    c->operands);
	for (size_t i = 0; i < a->n; i++)
		if (a->operand[i][0] == '\0')
			return err_set(e, ERR_INPUT, "'%s': an empty word",
			    c->words);
	return 0;
}

int
cli_args_read(int argc, const char *const *argv, struct cli_args *ret,
    struct err *e)
{
	struct err find = ERR_EMPTY;
	size_t used = 0;
	int rc;

	*ret = (struct cli_args){ .n = 0 };
	rc = split(argc, argv, ret, e);
	ret->command = cli_args_find(ret->operand, ret->n, &used, &find);
	if (rc == -1)
		return -1;
	if (ret->command == NULL) {
		bool alone = ret->n == 0 && (ret->value[CLI_HELP] != NULL ||
		    ret->value[CLI_VERSION] != NULL);

		if (alone || (ret->n == 1 && ret->value[CLI_HELP] != NULL &&
		    cli_args_is_group(ret->operand[0])))
			return 0;
		*e = find;
		return -1;
	}
	ret->n -= used;
	memmove(ret->operand, ret->operand + used,
	    ret->n * sizeof(ret->operand[0]));
	if (ret->value[CLI_HELP] != NULL || ret->value[CLI_VERSION] != NULL)
		return 0;
	if (check_options(ret, e) == -1)
		return -1;
	return check_operands(ret, e);
}
