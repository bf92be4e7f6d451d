#include "cmd.h"

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
#include "cli_table.h"

static int
show_changes(const json_t *changes)
{
	static const char *const heads[] = { "change", "dataset" };
	struct cli_table *t = cli_table_new(heads, 2);
	size_t n = json_array_size(changes);
	struct buf out = BUF_EMPTY;
	int rc;

	for (size_t i = 0; t != NULL && i < n; i++) {
		const json_t *row = json_array_get(changes, i);

		cli_table_text(t,
		    json_string_value(json_object_get(row, "change")));
		cli_table_text(t,
		    json_string_value(json_object_get(row, "dataset")));
	}
	buf_puts(&out, n == 0 ? "taken; no dataset changed\n" : "taken\n");
	if (t != NULL)
		cli_table_print(t, &out);
	else
		out.failed = true;
	rc = cli_out_flush(&out);
	cli_table_free(t);
	buf_release(&out);
	return rc;
}

int
cmd_reload_run(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_RELOAD };
	json_t *reply;
	int rc = cli_daemon_ask(a, &r, NULL, &reply);

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL)
		rc = show_changes(json_object_get(reply, "changes"));
	json_decref(reply);
	return rc;
}
