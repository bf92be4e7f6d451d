#include "cmd.h"

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"

/* A line, or {"change","dataset"}. */
static void
put_change(struct buf *out, const json_t *row)
{
	const char *change = json_string_value(json_object_get(row, "change"));
	const char *name = json_string_value(json_object_get(row, "dataset"));

	buf_puts(out, "  ");
	if (json_is_string(row)) {
		cli_out_safe(out, json_string_value(row));
	} else {
		cli_out_safe(out, name != NULL ? name : "?");
		buf_puts(out, ": ");
		cli_out_safe(out, change != NULL ? change : "?");
	}
	buf_puts(out, "\n");
}

static int
show_changes(const json_t *changes, const json_t *stricter)
{
	size_t n = json_array_size(changes), more = json_array_size(stricter);
	struct buf out = BUF_EMPTY;
	int rc;

	buf_puts(&out, n == 0 ? "taken; no dataset changed\n" : "taken:\n");
	for (size_t i = 0; i < n; i++)
		put_change(&out, json_array_get(changes, i));
	if (more != 0)
		buf_puts(&out, "stricter than before; what is newly due goes "
		    "with the next pass, if the brake lets it:\n");
	for (size_t i = 0; i < more; i++)
		put_change(&out, json_array_get(stricter, i));
	rc = cli_out_flush(&out);
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
		rc = show_changes(json_object_get(reply, "changes"),
		    json_object_get(reply, "stricter"));
	json_decref(reply);
	return rc;
}
