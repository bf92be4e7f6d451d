/*
 * cmd_plan_save - plans that the daemon keeps until somebody decides.
 */
#include "cmd.h"

#include <inttypes.h>

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
#include "cli_plans.h"
#include "cli_table.h"

static int
show(const json_t *plans)
{
	static const char *const heads[] = { "plan", "dataset", ">items",
	    "state", "expires" };
	size_t n = json_array_size(plans);
	struct cli_table *t = cli_table_new(heads, 5);

	for (size_t i = 0; t != NULL && i < n; i++) {
		const json_t *p = json_object_get(json_array_get(plans, i),
		    "plan");

		cli_table_text(t, cli_plans_text(p, "id"));
		cli_table_text(t, cli_plans_text(p, "dataset"));
		cli_table_count(t, cli_plans_items(p));
		cli_table_text(t, cli_plans_text(p, "state"));
		cli_table_text(t, cli_plans_text(p, "expires"));
	}
	return cli_table_show(t, "nothing is due: there is no plan\n");
}

int
cmd_plan_save(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_PLAN_SAVE, .n_datasets = a->n,
		.datasets = a->operand };
	json_t *reply = NULL;
	int shown = CLI_DONE, rc;

	if (a->value[CLI_AT] != NULL) {
		cli_out_error("--save is about what is due now: it does not "
		    "go with --at");
		return CLI_USAGE;
	}
	rc = cli_daemon_ask(a, &r, NULL, &reply);
	if (a->value[CLI_JSON] == NULL && json_is_array(json_object_get(reply,
	    "plans")))
		shown = show(json_object_get(reply, "plans"));
	json_decref(reply);
	return rc != CLI_DONE ? rc : shown;
}

static int
decide(const struct cli_args *a, enum ctl_do what, const char *done)
{
	struct ctl_request r = { .what = what, .name = a->operand[0],
		.reason = a->value[CLI_REASON] };
	struct buf out = BUF_EMPTY;
	json_t *reply = NULL;
	int rc;

	if (r.reason == NULL || r.reason[0] == '\0') {
		cli_out_error("'%s' needs --reason", a->command->words);
		return CLI_USAGE;
	}
	rc = cli_daemon_ask(a, &r, NULL, &reply);
	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		buf_putf(&out, "%s\n", done);
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}

int
cmd_plan_save_approve(const struct cli_args *a)
{
	return decide(a, CTL_APPROVE, "approved");
}

int
cmd_plan_save_reject(const struct cli_args *a)
{
	return decide(a, CTL_REJECT, "rejected");
}
