#include "cmd.h"

#include "retention/buf.h"
#include "retention/conf.h"

#include "cli_args.h"
#include "cli_out.h"

int
cmd_manual_run(const struct cli_args *a)
{
	struct buf out = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc = CLI_USAGE;

	if (conf_manual(a->operand[0], &out, &e) == -1)
		cli_out_error("%s", e.text);
	else
		rc = cli_out_flush(&out);
	buf_release(&out);
	return rc;
}
