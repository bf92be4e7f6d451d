/*
 * retentionctl - the tool of operators and auditors.
 *
 * Asks the daemon, or works alone: starts workers that may only read, and
 * reads the trail.  It opens no store itself and erases nothing.
 */
#include <signal.h>

#include "retention/buf.h"
#include "retention/clock.h"
#include "retention/err.h"
#include "retention/sandbox.h"

#include "cli_args.h"
#include "cli_help.h"
#include "cli_out.h"
#include "cmd.h"

static int
wrong_usage(const struct cli_args *a, const struct err *e)
{
	struct buf b = BUF_EMPTY;

	cli_out_error("%s", e->text);
	buf_puts(&b, "usage: ");
	if (a->command != NULL)
		cli_help_usage(&b, a->command);
	else
		buf_puts(&b, "retentionctl [-c FILE] [--json] COMMAND ...; "
		    "see 'retentionctl help'");
	cli_out_stderr(buf_text(&b));
	buf_release(&b);
	return cli_args_usage_exit(a->command);
}

static int
show_help(const struct cli_args *a)
{
	struct buf b = BUF_EMPTY;
	int rc;

	if (a->value[CLI_JSON] != NULL)
		cli_help_json(&b);
	else if (a->command != NULL)
		cli_help_one(&b, a->command);
	else if (a->n != 0)
		cli_help_group(&b, a->operand[0]);
	else
		cli_help_all(&b);
	rc = cli_out_flush(&b);
	buf_release(&b);
	return rc;
}

int
main(int argc, char **argv)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct cli_args a;
	struct err e = ERR_EMPTY;

	if (sandbox_harden(&e) == -1 || sandbox_forbid(&e) == -1) {
		cli_out_error("%s", e.text);
		return CLI_FAILED;
	}
	(void)sigaction(SIGPIPE, &ignore, NULL);
	if (cli_args_read(argc, (const char *const *)argv, &a, &e) == -1)
		return wrong_usage(&a, &e);
	a.now = clock_now();
	if (a.value[CLI_HELP] != NULL)
		return show_help(&a);
	if (a.value[CLI_VERSION] != NULL)
		return cmd_help_version(&a);
	return a.command->run(&a);
}
