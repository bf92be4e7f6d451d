#include "cmd.h"

#include "retention/buf.h"
#include "retention/jsonw.h"

#include "cli_args.h"
#include "cli_help.h"
#include "cli_out.h"

int
cmd_help_run(const struct cli_args *a)
{
	const struct cli_command *c = NULL;
	struct buf out = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	size_t used = 0;
	bool group = false;
	int rc;

	if (a->n != 0) {
		c = cli_args_find(a->operand, a->n, &used, &e);
		group = c == NULL && a->n == 1 &&
		    cli_args_is_group(a->operand[0]);
		if (c == NULL && !group) {
			cli_out_error("%s", e.text);
			return CLI_USAGE;
		}
		if (c != NULL && used != a->n) {
			cli_out_error("'%s' has no '%s'", c->words,
			    a->operand[used]);
			return CLI_USAGE;
		}
	}
	if (a->value[CLI_JSON] != NULL)
		cli_help_json(&out);
	else if (c != NULL)
		cli_help_one(&out, c);
	else if (group)
		cli_help_group(&out, a->operand[0]);
	else
		cli_help_all(&out);
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc;
}

int
cmd_help_version(const struct cli_args *a)
{
	struct buf out = BUF_EMPTY;
	struct jsonw w = JSONW(&out);
	int rc;

	if (a->value[CLI_JSON] != NULL) {
		jsonw_object(&w, NULL);
		jsonw_text(&w, "program", "retentionctl");
		jsonw_text(&w, "version", RETENTION_VERSION);
		jsonw_end_object(&w);
	} else {
		buf_puts(&out, "retentionctl " RETENTION_VERSION);
	}
	buf_puts(&out, "\n");
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc;
}
