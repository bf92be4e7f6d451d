/* retentionctl: the command line is read by its tables, and wrong usage says
 * what was meant. */
#include <stdint.h>
#include <string.h>

#include "retention/buf.h"

#include "ctl/cli_args.h"
#include "ctl/cli_help.h"
#include "ctl/cli_near.h"

#include "tap.h"

#define MOST 16

static struct cli_args args;
static struct err error;

/* Read a line of words; 0 or -1 and the sentence in `error`. */
static int
read_line(const char *line)
{
	static char copy[512];
	const char *argv[MOST] = { "retentionctl" };
	int argc = 1;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (char *at = copy; *at != '\0' && argc < MOST;) {
		argv[argc++] = at;
		at += strcspn(at, "|");
		if (*at == '|')
			*at++ = '\0';
	}
	error = ERR_EMPTY;
	return cli_args_read(argc, argv, &args, &error);
}

static void
test_commands(void)
{
	for (const struct cli_command *c = cli_args_commands();
	    c->words != NULL; c++) {
		char line[128];
		size_t len = strcspn(c->words, " ");

		(void)snprintf(line, sizeof(line), "%s|%s|--help", c->words,
		    c->words[len] != '\0' ? c->words + len + 1 : "");
		line[len] = '|';
		if (c->words[len] == '\0')
			(void)snprintf(line, sizeof(line), "%s|--help", c->words);
		ok(read_line(line) == 0 && args.command == c, "'%s' is found: %s",
		    c->words, error.text);
		ok(c->help[0] != '\0' && c->run != NULL, "'%s' has its help",
		    c->words);
		ok(c->least <= c->most && (c->most == 0) ==
		    (c->operands[0] == '\0'), "'%s' names its operands",
		    c->words);
	}
}

static void
test_places(void)
{
	ok(read_line("-c|x.conf|plan|--json|a/b|--at|2026-01-01|c/d") == 0,
	    "options before and after: %s", error.text);
	ok(args.n == 2 && strcmp(args.operand[0], "a/b") == 0 &&
	    strcmp(args.operand[1], "c/d") == 0, "operands in order");
	ok(strcmp(args.value[CLI_CONF], "x.conf") == 0 &&
	    args.value[CLI_JSON] != NULL, "-c FILE and --json");
	ok(strcmp(args.value[CLI_AT], "2026-01-01") == 0, "--at TIME");
	ok(args.value[CLI_WAIT] == NULL && args.value[CLI_HELP] == NULL,
	    "what is not given is NULL");
	ok(read_line("plan|--at=2026-01-02|-cy.conf") == 0 &&
	    strcmp(args.value[CLI_AT], "2026-01-02") == 0 &&
	    strcmp(args.value[CLI_CONF], "y.conf") == 0, "glued values");
	ok(read_line("--config|z|status") == 0 &&
	    strcmp(args.value[CLI_CONF], "z") == 0, "--config is -c");
	ok(read_line("plan|--|--at") == 0 && args.n == 1 &&
	    strcmp(args.operand[0], "--at") == 0, "-- ends the options");
	ok(read_line("event|declare|portal-closed|--at|2026-01-01") == 0 &&
	    strcmp(args.command->words, "event declare") == 0 && args.n == 1 &&
	    strcmp(args.operand[0], "portal-closed") == 0, "two words");
	ok(read_line("--help") == 0 && args.command == NULL &&
	    args.value[CLI_HELP] != NULL, "--help alone");
	ok(read_line("event|declare|--help") == 0,
	    "--help does not ask for operands");
	ok(read_line("event|--help") == 0 && args.command == NULL &&
	    args.n == 1 && strcmp(args.operand[0], "event") == 0,
	    "a first word with --help");
	ok(read_line("event|x|--help") == -1 && read_line("x|--help") == -1 &&
	    read_line("eve|--help") == -1, "nothing that is none");
}

static void
test_wrong(void)
{
	static const struct { const char *line, *says; int exit; } rows[] = {
		{ "", "no command given", 64 },
		{ "chekc", "did you mean 'check'?", 64 },
		{ "zzzzz", "'retentionctl help' lists", 64 },
		{ "event", "expected 'event declare' or 'event list'", 64 },
		{ "event|declar|x", "did you mean 'event declare'?", 64 },
		{ "audit|zzzzzz", "expected 'audit verify' or 'audit anchor' or "
		    "'audit consistency' or 'audit prune' or "
		    "'audit show'", 64 },
		{ "plan|--ta", "did you mean '--at'?", 64 },
		{ "plan|--zzzzzzzzz", "unknown option '--zzzzzzzzz'", 64 },
		{ "plan|-x", "unknown option '-x'", 64 },
		{ "plan|--wait", "'plan' does not take --wait", 64 },
		{ "plan|--at", "--at needs a value", 64 },
		{ "plan|--at=", "--at needs a value", 64 },
		{ "plan|--at|1|--at|2", "--at is given twice", 64 },
		{ "plan|--json=x", "--json takes no value", 64 },
		{ "status|x", "'status' does not take 'x'", 64 },
		{ "event|declare", "'event declare' needs NAME", 64 },
		{ "event|declare|a|b", "does not take 'b'", 64 },
		{ "event|declare||", "empty word", 64 },
		{ "audit|verify|a|b", "does not take 'b'", 4 },
		{ "audit|verify|--zzzzzzzz", "unknown option", 4 },
		{ "--zzzzzzzz|audit|verify", "unknown option", 4 },
		{ "audit|show|--max-age|x", "does not take --max-age", 64 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = read_line(rows[i].line);

		ok(rc == -1 && strstr(error.text, rows[i].says) != NULL,
		    "'%s': %s", rows[i].line, error.text);
		ok(cli_args_usage_exit(args.command) == rows[i].exit,
		    "'%s' exits %d", rows[i].line, rows[i].exit);
	}
}

static void
test_many(void)
{
	const char *argv[CLI_MOST_OPERANDS + 3];
	size_t n = sizeof(argv) / sizeof(argv[0]);

	for (size_t i = 0; i < n; i++)
		argv[i] = i == 1 ? "plan" : "n/d";
	error = ERR_EMPTY;
	ok(cli_args_read((int)n - 2, argv, &args, &error) == 0 &&
	    args.n == CLI_MOST_OPERANDS - 1, "as many words as there is room");
	ok(cli_args_read((int)n, argv, &args, &error) == -1,
	    "one more is refused: %s", error.text);
}

static void
test_near(void)
{
	struct cli_near near = CLI_NEAR("stauts");

	ok(cli_near_distance("kitten", "sitting") == 3, "three changes");
	ok(cli_near_distance("stauts", "status") == 1, "a swap is one");
	ok(cli_near_distance("", "abc") == 3, "empty");
	ok(cli_near_distance("abc", "abc") == 0, "equal");
	cli_near_try(&near, "reload");
	ok(near.best == NULL, "reload is not near stauts");
	cli_near_try(&near, "statue");
	cli_near_try(&near, "status");
	cli_near_try(&near, "stats");
	ok(near.best != NULL && strcmp(near.best, "status") == 0,
	    "the nearest, and the first of them");
	near = CLI_NEAR("");
	cli_near_try(&near, "a");
	ok(near.best == NULL, "nothing is near an empty word");
}

static void
test_help(void)
{
	struct buf all = BUF_EMPTY;
	struct buf one = BUF_EMPTY;

	cli_help_all(&all);
	for (const struct cli_command *c = cli_args_commands();
	    c->words != NULL; c++) {
		bool hidden = (c->flags & CLI_HIDDEN) != 0;
		char line[64];

		(void)snprintf(line, sizeof(line), "\n  %s ", c->words);
		ok((strstr(buf_text(&all), line) == NULL) == hidden,
		    "help %s '%s'", hidden ? "hides" : "lists", c->words);
	}
	ok(read_line("audit|verify|--help") == 0, "a command");
	cli_help_one(&one, args.command);
	ok(strstr(buf_text(&one), "usage: retentionctl audit verify [--key VKEY] "
	    "[--max-age TIME] [--accept-rekey] [--anchor FILE] "
	    "[--tsa-ca FILE] [--witness VKEY] [--state-file FILE] "
	    "[--stores] [DIR]\n") != NULL, "usage line");
	ok(strstr(buf_text(&one), "--at") == NULL, "only its own options");
	ok(strstr(buf_text(&one), "-c, --config FILE") != NULL,
	    "and the common ones");
	buf_reset(&one);
	cli_help_group(&one, "event");
	ok(strstr(buf_text(&one), "retentionctl event list\n") != NULL &&
	    strstr(buf_text(&one), "retentionctl event declare") != NULL &&
	    strstr(buf_text(&one), "retentionctl key") == NULL,
	    "the commands of one first word");
	buf_release(&all);
	buf_release(&one);
}

int
main(void)
{
	test_commands();
	test_places();
	test_wrong();
	test_many();
	test_near();
	test_help();
	return tap_done();
}
