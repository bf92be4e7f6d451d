#include "cmd.h"

#include <inttypes.h>

#include "retention/buf.h"
#include "retention/ctl.h"
#include "retention/dead.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
#include "cli_table.h"

static int64_t
number(const json_t *o, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(o, key));
}

static void
show_progress(const json_t *p)
{
	const char *name = json_string_value(json_object_get(p, "store"));

	cli_out_progress("%s: page %" PRId64 " of %" PRId64,
	    name != NULL ? name : "?", number(p, "pages"), number(p, "of"));
}

/* The kinds that were found. */
static void
put_kinds(struct buf *out, const json_t *bytes)
{
	static const char *const heads[] = { "kind", ">bytes" };
	static const char *const kinds[] = {
#define DEAD_WORD(name, word) #word,
		DEAD_KINDS(DEAD_WORD)
#undef DEAD_WORD
	};
	struct cli_table *t = cli_table_new(heads, 2);

	for (size_t i = 0; t != NULL && i < DEAD_N; i++) {
		int64_t n = number(bytes, kinds[i]);

		if (n <= 0)
			continue;
		cli_table_text(t, kinds[i]);
		cli_table_count(t, (uint64_t)n);
	}
	if (t != NULL)
		cli_table_print(t, out);
	else
		out->failed = true;
	cli_table_free(t);
}

static int
show(const json_t *reply)
{
	const char *assurance = json_string_value(json_object_get(reply,
	    "assurance"));
	struct buf out = BUF_EMPTY;
	int rc;

	put_kinds(&out, json_object_get(reply, "bytes"));
	buf_putf(&out, "%" PRId64 " pages in %" PRId64 " files, %" PRId64
	    " ms, longest lock %" PRId64 " ms", number(reply, "pages"),
	    number(reply, "files"), number(reply, "ms"),
	    number(reply, "longest_lock_ms"));
	if (assurance != NULL)
		buf_putf(&out, ", %s", assurance);
	buf_puts(&out, "\n");
	if (number(reply, "strange") > 0)
		buf_putf(&out, "%" PRId64 " pages do not add up and were left "
		    "alone: the database is damaged\n",
		    number(reply, "strange"));
	if (json_is_false(json_object_get(reply, "sealed")))
		buf_puts(&out, "its applications wrote all the while: they may "
		    "have left something dead behind\n");
	rc = cli_out_flush(&out);
	buf_release(&out);
	return rc;
}

/* What was left alone makes it a failure, said or not. */
int
cmd_scrub_run(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_SCRUB, .name = a->operand[0],
		.wait = true };
	json_t *reply;
	int rc = cli_daemon_ask(a, &r, show_progress, &reply);

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL)
		rc = show(reply);
	if (rc == CLI_DONE && (number(reply, "strange") > 0 ||
	    number(reply, "left") > 0))
		rc = CLI_FAILED;
	json_decref(reply);
	return rc;
}
