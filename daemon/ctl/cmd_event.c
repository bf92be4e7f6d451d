#include "cmd.h"

#include "retention/buf.h"
#include "retention/ctl.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
#include "cli_table.h"

int
cmd_event_declare(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_EVENT_ADD, .name = a->operand[0],
		.has_at = a->value[CLI_AT] != NULL };
	struct err e = ERR_EMPTY;
	struct buf out = BUF_EMPTY;
	json_t *reply;
	int rc;

	if (r.has_at && timetext_argument(a->value[CLI_AT], &r.at, &e) == -1) {
		cli_out_error("--at: %s", e.text);
		return CLI_USAGE;
	}
	rc = cli_daemon_ask(a, &r, NULL, &reply);
	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		buf_puts(&out, "declared: ");
		cli_out_safe(&out, r.name);
		buf_puts(&out, "\n");
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}

static void
put_time(struct cli_table *t, const json_t *v)
{
	char text[CLOCK_TEXT_BYTES] = "";
	struct wall at;

	if (cli_daemon_wall(v, &at) == 0)
		clock_text_s(at, text);
	cli_table_text(t, text);
}

static int
show_events(const json_t *events)
{
	static const char *const heads[] = { "event", "at", "declared", "by" };
	struct cli_table *t = cli_table_new(heads, 4);
	size_t n = json_array_size(events);

	for (size_t i = 0; t != NULL && i < n; i++) {
		const json_t *row = json_array_get(events, i);

		cli_table_text(t,
		    json_string_value(json_object_get(row, "name")));
		put_time(t, json_object_get(row, "at"));
		put_time(t, json_object_get(row, "declared"));
		cli_table_text(t,
		    json_string_value(json_object_get(row, "user")));
	}
	return cli_table_show(t, "no event has been declared\n");
}

int
cmd_event_list(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_EVENT_LIST };
	json_t *reply;
	int rc = cli_daemon_ask(a, &r, NULL, &reply);

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL)
		rc = show_events(json_object_get(reply, "events"));
	json_decref(reply);
	return rc;
}
