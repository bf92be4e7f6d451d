#include "cmd.h"

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
#include "cli_register.h"
#include "cli_table.h"

static void
show_progress(const json_t *p)
{
	const char *name = json_string_value(json_object_get(p, "dataset"));

	cli_out_progress("%s: %lld of %lld", name != NULL ? name : "?",
	    (long long)json_integer_value(json_object_get(p, "erased")),
	    (long long)json_integer_value(json_object_get(p, "of")));
}

static uint64_t
count(const json_t *row, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(row, key));

	return n > 0 ? (uint64_t)n : 0;
}

static void
put_row(struct cli_table *t, const json_t *row)
{
	const char *why = json_string_value(json_object_get(row, "why"));
	const char *state = json_string_value(json_object_get(row, "state"));

	cli_table_text(t, json_string_value(json_object_get(row, "dataset")));
	cli_table_text(t, state != NULL ? state : "?");
	cli_table_count(t, count(row, "erased"));
	cli_table_count(t, count(row, "left"));
	cli_table_text(t, why != NULL ? why : "-");
}

static int
show(const json_t *reply)
{
	static const char *const heads[] = { "dataset", "state", ">erased",
	    ">left", "why" };
	const json_t *rows = json_object_get(reply, "datasets");
	const char *id = json_string_value(json_object_get(reply, "request"));
	struct cli_table *t = cli_table_new(heads, 5);
	struct buf out = BUF_EMPTY;
	int rc;

	for (size_t i = 0; t != NULL && i < json_array_size(rows); i++)
		put_row(t, json_array_get(rows, i));
	if (id != NULL) {
		buf_puts(&out, "request ");
		cli_out_safe(&out, id);
		buf_puts(&out, "\n");
	} else {
		buf_puts(&out, "nobody had to be looked for\n");
	}
	if (t == NULL)
		out.failed = true;
	else if (json_array_size(rows) != 0)
		cli_table_print(t, &out);
	rc = cli_out_flush(&out);
	cli_table_free(t);
	buf_release(&out);
	return rc;
}

static int
ask(const struct cli_args *a, const struct ctl_request *r)
{
	json_t *reply;
	int rc = cli_daemon_ask(a, r, show_progress, &reply);
	int shown = CLI_DONE;

	if (a->value[CLI_JSON] == NULL &&
	    json_is_array(json_object_get(reply, "datasets")))
		shown = show(reply);
	json_decref(reply);
	return rc != CLI_DONE ? rc : shown;
}

int
cmd_erase_person(const struct cli_args *a)
{
	struct ctl_person persons[CLI_MOST_KINDS];
	struct ctl_request r = { .what = CTL_SUBJECT_ERASE, .wait = true,
		.n_persons = a->n_persons, .persons = persons,
		.reason = a->value[CLI_REASON],
		.lines = a->value[CLI_LOG_LINES] != NULL };

	if (a->n_persons == 0) {
		cli_out_error("'%s' needs an identifier of the person, such "
		    "as --email ann@example.org", a->command->words);
		return CLI_USAGE;
	}
	for (size_t i = 0; i < a->n_persons; i++)
		persons[i] = (struct ctl_person){ a->person[i].kind,
			a->person[i].value };
	return cli_register_args(a, &r) == -1 ? CLI_USAGE : ask(a, &r);
}

int
cmd_erase_restored(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_RESTORED, .wait = true,
		.name = a->operand[0] };

	return ask(a, &r);
}
