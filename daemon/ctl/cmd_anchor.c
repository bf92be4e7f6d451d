#include "cmd.h"

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"

int
cmd_anchor_now(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_ANCHOR };
	struct buf out = BUF_EMPTY;
	json_t *reply;
	int rc = cli_daemon_ask(a, &r, NULL, &reply);
	const char *said = json_string_value(json_object_get(reply, "anchor"));

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		cli_out_safe(&out, said != NULL ? said : "done");
		buf_puts(&out, "\n");
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}
