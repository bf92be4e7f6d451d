#include "cmd.h"

#include <inttypes.h>

#include "retention/buf.h"
#include "retention/ctl.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
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

static void
put_time(struct cli_table *t, const json_t *row, const char *key)
{
	char text[CLOCK_TEXT_BYTES] = "";
	struct wall at;

	if (cli_daemon_wall(json_object_get(row, key), &at) == 0)
		clock_text_s(at, text);
	cli_table_text(t, text);
}

static void
put_count(struct cli_table *t, const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);

	if (json_is_integer(v) && json_integer_value(v) >= 0)
		cli_table_count(t, (uint64_t)json_integer_value(v));
	else
		cli_table_text(t, NULL);
}

/* "3 d 4 h", "5 min", "12 s": enough to see whether to hurry. */
static void
put_span(struct cli_table *t, int64_t s)
{
	char text[64] = "";

	if (s >= 86400)
		(void)snprintf(text, sizeof(text), "%" PRId64 " d %" PRId64 " h",
		    s / 86400, s % 86400 / 3600);
	else if (s >= 3600)
		(void)snprintf(text, sizeof(text), "%" PRId64 " h %" PRId64
		    " min", s / 3600, s % 3600 / 60);
	else if (s >= 60)
		(void)snprintf(text, sizeof(text), "%" PRId64 " min", s / 60);
	else if (s > 0)
		(void)snprintf(text, sizeof(text), "%" PRId64 " s", s);
	cli_table_text(t, text);
}

static void
put_notes(struct cli_table *t, const json_t *row)
{
	const char *error = text_of(row, "error");
	bool braked = json_is_true(json_object_get(row, "braked"));
	const char *plan = text_of(json_object_get(row, "plan"), "id");
	char text[700];

	(void)snprintf(text, sizeof(text), "%s%s%s%.40s%s%s", braked ?
	    "braked" : "", braked && plan != NULL ? "; " : "",
	    plan != NULL ? "plan " : "", plan != NULL ? plan : "",
	    (braked || plan != NULL) && error != NULL ? "; " : "",
	    error != NULL ? error : "");
	cli_table_text(t, text);
}

static void
put_datasets(const json_t *datasets, struct buf *out)
{
	static const char *const heads[] = { "dataset", "mode", "action",
	    "state", ">total", ">due", ">undated", ">future", ">erased",
	    "overdue", "last pass", "next due", "notes" };
	struct cli_table *t = cli_table_new(heads, 13);

	for (size_t i = 0; t != NULL && i < json_array_size(datasets); i++) {
		const json_t *row = json_array_get(datasets, i);

		cli_table_text(t, text_of(row, "dataset"));
		cli_table_text(t, text_of(row, "mode"));
		cli_table_text(t, text_of(row, "action"));
		cli_table_text(t, text_of(row, "state"));
		put_count(t, row, "total");
		put_count(t, row, "due");
		put_count(t, row, "undated");
		put_count(t, row, "future");
		put_count(t, row, "erased_total");
		put_span(t, int_of(row, "overdue_seconds"));
		put_time(t, row, "last_pass");
		put_time(t, row, "next_due");
		put_notes(t, row);
	}
	if (t != NULL)
		cli_table_print(t, out);
	else
		out->failed = true;
	cli_table_free(t);
}

static void
put_line(struct buf *out, const char *what, const char *text)
{
	buf_putf(out, "%-8s", what);
	cli_out_safe(out, text != NULL ? text : "-");
	buf_puts(out, "\n");
}

static void
put_key(const json_t *key, struct buf *out)
{
	char text[200];
	const char *since = text_of(key, "since");
	const char *next = text_of(key, "next_rotation");

	if (!json_is_object(key))
		return;
	put_line(out, "key", text_of(key, "vkey"));
	(void)snprintf(text, sizeof(text), "since %.40s (%" PRId64 " h), to be "
	    "replaced %.40s%s", since != NULL ? since : "?",
	    int_of(key, "age_seconds") / 3600, next != NULL ? next : "?",
	    json_is_string(json_object_get(key, "waiting")) ?
	    ", waits for operations" : "");
	put_line(out, "", text);
}

static void
put_anchor(const json_t *anchor, struct buf *out)
{
	const char *said = text_of(anchor, "said");
	const char *last = text_of(anchor, "last");
	char text[500];

	if (!json_is_object(anchor))
		return;
	(void)snprintf(text, sizeof(text), "last %.40s%s%.300s%s",
	    last != NULL ? last : "none yet", said != NULL ? "; " : "",
	    said != NULL ? said : "", json_is_true(json_object_get(anchor,
	    "running")) ? "; under way" : "");
	put_line(out, "anchor", text);
}

static void
put_clock(const json_t *clock, struct buf *out)
{
	const json_t *synced = json_object_get(clock, "synchronised");
	char text[80];

	if (!json_is_object(clock))
		return;
	(void)snprintf(text, sizeof(text), "%s; the kernel %s",
	    json_is_true(json_object_get(clock, "in_order")) ? "in order" :
	    "IN DOUBT: nothing is erased",
	    json_is_true(synced) ? "calls it synchronised" :
	    json_is_false(synced) ? "does not call it synchronised" :
	    "may not be asked");
	put_line(out, "clock", text);
}

static void
put_head(const json_t *s, struct buf *out)
{
	const json_t *trail = json_object_get(s, "trail");
	char text[400];
	char since[CLOCK_TEXT_BYTES] = "?";
	struct wall at;

	if (cli_daemon_wall(json_object_get(s, "since"), &at) == 0)
		clock_text_s(at, since);
	(void)snprintf(text, sizeof(text), "retentiond %.64s, process %" PRId64
	    ", since %s", text_of(s, "version") != NULL ?
	    text_of(s, "version") : "?", int_of(s, "pid"), since);
	put_line(out, "daemon", text);
	put_line(out, "policy", text_of(s, "policy"));
	(void)snprintf(text, sizeof(text), "%" PRId64 " records, epoch %" PRId64
	    ", %" PRId64 " not sealed yet%s", int_of(trail, "size"),
	    int_of(trail, "epoch"), int_of(trail, "unsealed"),
	    json_is_true(json_object_get(trail, "broken")) ?
	    ", BROKEN: nothing is erased" : "");
	put_line(out, "trail", text);
	put_line(out, "root", text_of(trail, "root"));
	if (text_of(s, "sandbox") != NULL)
		put_line(out, "sandbox", text_of(s, "sandbox"));
	put_key(json_object_get(trail, "key"), out);
	put_clock(json_object_get(s, "clock"), out);
	put_anchor(json_object_get(s, "anchor"), out);
	buf_puts(out, "\n");
}

static void
put_reasons(const json_t *s, struct buf *out)
{
	const json_t *reasons = json_object_get(s, "reasons");

	if (!json_is_true(json_object_get(s, "needs_person"))) {
		buf_puts(out, "\nnothing needs a person\n");
		return;
	}
	buf_puts(out, "\nneeds a person:\n");
	for (size_t i = 0; i < json_array_size(reasons); i++) {
		buf_puts(out, "  ");
		cli_out_safe(out,
		    json_string_value(json_array_get(reasons, i)));
		buf_puts(out, "\n");
	}
}

int
cmd_status_run(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_STATUS };
	struct buf out = BUF_EMPTY;
	json_t *reply;
	int rc = cli_daemon_ask(a, &r, NULL, &reply);
	const json_t *s = json_object_get(reply, "status");

	if (rc == CLI_DONE && !json_is_object(s)) {
		cli_out_error("the daemon's answer holds no status");
		rc = CLI_FAILED;
	}
	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		put_head(s, &out);
		put_datasets(json_object_get(s, "datasets"), &out);
		put_reasons(s, &out);
		rc = cli_out_flush(&out);
	}
	/* Anything but a clear "no" is a reason to look. */
	if (rc == CLI_DONE && !json_is_false(json_object_get(s, "needs_person")))
		rc = CLI_FAILED;
	buf_release(&out);
	json_decref(reply);
	return rc;
}
