/* cmd_keep - asks the daemon to shorten its trail, or to forget its keys. */
#include "cmd.h"

#include <inttypes.h>

#include "retention/buf.h"
#include "retention/calendar.h"
#include "retention/ctl.h"
#include "retention/period.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"

/* --before or --keep; neither is fine, both are not. */
static int
read_limit(const struct cli_args *a, struct ctl_request *r)
{
	const char *before = a->value[CLI_BEFORE], *keep = a->value[CLI_KEEP];
	struct err e = ERR_EMPTY;
	struct period p;

	if (before != NULL && keep != NULL) {
		cli_out_error("--before and --keep exclude each other");
		return -1;
	}
	if (before != NULL && timetext_argument(before, &r->at, &e) == -1) {
		cli_out_error("--before: %s", e.text);
		return -1;
	}
	if (keep != NULL && period_parse(keep, &p, &e) == -1) {
		cli_out_error("--keep: %s", e.text);
		return -1;
	}
	if (keep != NULL)
		r->at = calendar_before(p, a->now);
	r->has_at = before != NULL || keep != NULL;
	return 0;
}

static void
prune_text(const json_t *reply, struct buf *out)
{
	json_int_t n = json_integer_value(json_object_get(reply, "records"));

	if (n == 0) {
		buf_puts(out, "nothing to prune: no whole segment is as old "
		    "as that\n");
		return;
	}
	buf_putf(out, "pruned: %" JSON_INTEGER_FORMAT " records; the trail "
	    "begins with record %" JSON_INTEGER_FORMAT "\n", n,
	    json_integer_value(json_object_get(reply, "first")));
	if (json_is_true(json_object_get(reply, "crossed")))
		buf_puts(out, "less than asked for: an operation spans the end "
		    "of a segment\n");
}

static void
shred_text(const json_t *reply, struct buf *out)
{
	const json_t *list = json_object_get(reply, "epochs");
	size_t n = json_array_size(list);

	if (n == 0)
		buf_puts(out, "no commitment key to destroy\n");
	for (size_t i = 0; i < n; i++)
		buf_putf(out, "destroyed: the commitment key of epoch %"
		    JSON_INTEGER_FORMAT "\n",
		    json_integer_value(json_array_get(list, i)));
}

static int
ask(const struct cli_args *a, const struct ctl_request *r,
    void (*text)(const json_t *reply, struct buf *out))
{
	struct buf out = BUF_EMPTY;
	json_t *reply;
	int rc = cli_daemon_ask(a, r, NULL, &reply);

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		text(reply, &out);
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}

int
cmd_keep_prune(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_AUDIT_PRUNE };

	if (read_limit(a, &r) == -1)
		return CLI_USAGE;
	if (!r.has_at) {
		cli_out_error("'audit prune' needs --before or --keep");
		return CLI_USAGE;
	}
	return ask(a, &r, prune_text);
}

int
cmd_keep_shred(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_KEY_SHRED, .n_epochs = a->n,
		.epochs = a->operand };

	if (read_limit(a, &r) == -1)
		return CLI_USAGE;
	if (r.has_at == (a->n != 0)) {
		cli_out_error("'key shred' needs either epochs or --before");
		return CLI_USAGE;
	}
	return ask(a, &r, shred_text);
}
