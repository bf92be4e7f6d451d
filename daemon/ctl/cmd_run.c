#include "cmd.h"

#include <inttypes.h>

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
#include "cli_table.h"

static void
show_progress(const json_t *p)
{
	const char *name = json_string_value(json_object_get(p, "dataset"));

	cli_out_progress("%s: %" PRId64 " of %" PRId64,
	    name != NULL ? name : "?",
	    (int64_t)json_integer_value(json_object_get(p, "erased")),
	    (int64_t)json_integer_value(json_object_get(p, "of")));
}

static uint64_t
count(const json_t *row, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(row, key));

	return n > 0 ? (uint64_t)n : 0;
}

static void
put_outcome(struct cli_table *t, const json_t *row)
{
	const char *state = json_string_value(json_object_get(row, "state"));
	const char *error = json_string_value(json_object_get(row, "error"));

	cli_table_text(t, json_string_value(json_object_get(row, "dataset")));
	cli_table_count(t, count(row, "due"));
	cli_table_count(t, count(row, "erased"));
	cli_table_count(t, count(row, "skipped"));
	cli_table_count(t, count(row, "left"));
	cli_table_text(t, error != NULL ? error : state);
}

static int
show_outcome(const json_t *datasets)
{
	static const char *const heads[] = { "dataset", ">due", ">erased",
	    ">skipped", ">left", "outcome" };
	struct cli_table *t = cli_table_new(heads, 6);
	struct buf out = BUF_EMPTY;
	int rc;

	for (size_t i = 0; t != NULL && i < json_array_size(datasets); i++)
		put_outcome(t, json_array_get(datasets, i));
	if (t != NULL)
		cli_table_print(t, &out);
	else
		out.failed = true;
	rc = cli_out_flush(&out);
	cli_table_free(t);
	buf_release(&out);
	return rc;
}

static int
say_started(void)
{
	struct buf out = BUF_EMPTY;
	int rc;

	buf_puts(&out, "started\n");
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc;
}

/* A failed dataset is a failure, whatever the reply calls itself. */
static int
any_error(const json_t *datasets)
{
	for (size_t i = 0; i < json_array_size(datasets); i++)
		if (json_is_string(json_object_get(
		    json_array_get(datasets, i), "error")))
			return CLI_FAILED;
	return CLI_DONE;
}

int
cmd_run_run(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_RUN, .n_datasets = a->n,
		.datasets = a->operand, .wait = a->value[CLI_WAIT] != NULL };
	bool json = a->value[CLI_JSON] != NULL;
	json_t *reply;
	int rc = cli_daemon_ask(a, &r, show_progress, &reply);
	const json_t *datasets = json_object_get(reply, "datasets");
	int shown = CLI_DONE;

	if (!json && json_is_array(datasets))
		shown = show_outcome(datasets);
	else if (!json && rc == CLI_DONE)
		shown = say_started();
	if (rc == CLI_DONE)
		rc = shown != CLI_DONE ? shown : any_error(datasets);
	json_decref(reply);
	return rc;
}
