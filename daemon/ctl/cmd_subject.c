#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
#include "cli_register.h"
#include "cli_table.h"

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static int64_t
int_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* "2 found, 1 failed: 3 rows, 1 file" over all datasets. */
static void
put_outcome(struct cli_table *t, const json_t *list)
{
	size_t n = json_array_size(list);
	int64_t rows = 0, children = 0, files = 0, lines = 0;
	char text[200];

	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);

		rows += int_of(o, "rows");
		children += int_of(o, "children");
		files += int_of(o, "files");
		lines += int_of(o, "lines");
	}
	(void)snprintf(text, sizeof(text), "%zu datasets: %" PRId64 " rows, %"
	    PRId64 " children, %" PRId64 " files, %" PRId64 " lines", n, rows,
	    children, files, lines);
	cli_table_text(t, n != 0 ? text : "-");
}

static void
put_request(struct cli_table *t, const json_t *row)
{
	const json_t *persons = json_object_get(row, "persons");
	struct buf kinds = BUF_EMPTY;

	for (size_t i = 0; i < json_array_size(persons); i++) {
		const char *kind =
		    json_string_value(json_array_get(persons, i));

		buf_putf(&kinds, "%s%s", i != 0 ? "," : "",
		    kind != NULL ? kind : "?");
	}
	cli_table_text(t, text_of(row, "id"));
	cli_table_text(t, text_of(row, "kind"));
	cli_table_text(t, buf_text(&kinds));
	cli_table_text(t, text_of(row, "received"));
	cli_table_text(t, text_of(row, "due"));
	cli_table_text(t, json_is_true(json_object_get(row, "overdue")) ?
	    (text_of(row, "closed") == NULL ? "OVERDUE" : "late") :
	    json_is_true(json_object_get(row, "near")) ? "near" : NULL);
	cli_table_text(t, text_of(row, "state"));
	put_outcome(t, json_object_get(row, "outcome"));
	buf_release(&kinds);
}

static int
show(const json_t *list)
{
	static const char *const heads[] = { "id", "request", "by", "received",
		"due", "", "state", "outcome" };
	struct cli_table *t = cli_table_new(heads, 8);
	size_t n = json_array_size(list);

	for (size_t i = 0; t != NULL && i < n; i++)
		put_request(t, json_array_get(list, i));
	return cli_table_show(t, "no request is open\n");
}

int
cmd_subject_requests(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_SUBJECT_LIST,
		.all = a->value[CLI_ALL] != NULL };
	json_t *reply = NULL;
	int rc = cli_daemon_ask(a, &r, NULL, &reply);
	const json_t *list = json_object_get(reply, "requests");

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL)
		rc = show(list);
	for (size_t i = 0; rc == CLI_DONE && i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);

		if (text_of(row, "closed") == NULL &&
		    json_is_true(json_object_get(row, "overdue")))
			rc = CLI_FAILED;
	}
	json_decref(reply);
	return rc;
}

int
cmd_subject_receive(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_SUBJECT_RECEIVE,
		.name = a->operand[0], .n_persons = a->n_persons };
	struct ctl_person persons[CLI_MOST_KINDS];
	struct buf out = BUF_EMPTY;
	json_t *reply = NULL;
	int rc;

	if (a->n_persons == 0) {
		cli_out_error("'subject receive' needs the person, such as "
		    "--email ann@example.org");
		return CLI_USAGE;
	}
	for (size_t i = 0; i < a->n_persons; i++)
		persons[i] = (struct ctl_person){ a->person[i].kind,
			a->person[i].value };
	r.persons = persons;
	if (cli_register_args(a, &r) == -1)
		return CLI_USAGE;
	rc = cli_daemon_ask(a, &r, NULL, &reply);
	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		buf_puts(&out, "registered: ");
		cli_out_safe(&out, text_of(reply, "id"));
		buf_puts(&out, ", to be answered by ");
		cli_out_safe(&out, text_of(reply, "due"));
		buf_puts(&out, "\n");
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}

int
cmd_subject_close(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_SUBJECT_ANSWER,
		.name = a->operand[0], .reason = a->value[CLI_REASON],
		.state = a->value[CLI_REFUSED] != NULL ? "refused" : "done" };
	json_t *reply = NULL;
	int rc;

	if (r.reason == NULL) {
		cli_out_error("'subject close' needs --reason");
		return CLI_USAGE;
	}
	rc = cli_daemon_ask(a, &r, NULL, &reply);
	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		struct buf out = BUF_EMPTY;

		buf_puts(&out, "closed\n");
		rc = cli_out_flush(&out);
		buf_release(&out);
	}
	json_decref(reply);
	return rc;
}
