/* cmd_clock - tells the daemon that the system's time is right. */
#include "cmd.h"

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"

int
cmd_clock_confirm(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_CLOCK_CONFIRM };
	struct buf out = BUF_EMPTY;
	json_t *reply;
	int rc = cli_daemon_ask(a, &r, NULL, &reply);
	const char *at = json_string_value(json_object_get(reply, "at"));

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		buf_puts(&out, json_is_true(json_object_get(reply,
		    "confirmed")) ? "confirmed: it is " :
		    "nothing to confirm: the clock is not in doubt; it is ");
		cli_out_safe(&out, at != NULL ? at : "?");
		buf_puts(&out, "\n");
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}
