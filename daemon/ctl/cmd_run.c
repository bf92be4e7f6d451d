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

static const char *
text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text != NULL ? text : "?";
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

	for (size_t i = 0; t != NULL && i < json_array_size(datasets); i++)
		put_outcome(t, json_array_get(datasets, i));
	return cli_table_show(t, NULL);
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

/* A failed dataset is a failure, whatever the reply calls itself; so is one
 * that was stopped.  That a review waits for its person is how it is meant. */
static int
any_left(const json_t *datasets)
{
	int rc = CLI_DONE;

	for (size_t i = 0; i < json_array_size(datasets); i++) {
		const json_t *row = json_array_get(datasets, i);

		if (json_is_string(json_object_get(row, "error")))
			rc = CLI_FAILED;
		if (!json_is_true(json_object_get(row, "needs_person")))
			continue;
		if (json_is_true(json_object_get(row, "stopped")))
			rc = CLI_FAILED;
		cli_out_error("%s: %s: %" PRIu64 " stay until a person has "
		    "looked; see 'retentionctl status'",
		    text_of(row, "dataset"), text_of(row, "state"),
		    count(row, "left"));
	}
	return rc;
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
		rc = shown != CLI_DONE ? shown : any_left(datasets);
	json_decref(reply);
	return rc;
}
