#include "cmd.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/ctl.h"
#include "retention/gate.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_daemon.h"
#include "cli_out.h"
#include "cli_register.h"
#include "cli_table.h"

static const struct {
	enum cli_option option;
	enum gate_scope scope;
} scopes[] = {
	{ CLI_ALL, GATE_ALL }, { CLI_STORE, GATE_STORE },
	{ CLI_DATASET, GATE_DATASET }, { CLI_SUBJECT, GATE_SUBJECT },
};

/* What both holds and restrictions have. */
static int
common(const struct cli_args *a, struct ctl_request *r)
{
	struct err e = ERR_EMPTY;

	r->matter = a->value[CLI_MATTER];
	r->issuer = a->value[CLI_ISSUER];
	r->reason = a->value[CLI_REASON];
	r->has_at = a->value[CLI_UNTIL] != NULL;
	if (!r->has_at)
		return 0;
	if (timetext_argument(a->value[CLI_UNTIL], &r->at, &e) == 0)
		return 0;
	cli_out_error("--until: %s", e.text);
	return -1;
}

static int
placed(const struct cli_args *a, const struct ctl_request *r)
{
	struct buf out = BUF_EMPTY;
	json_t *reply = NULL;
	int rc = cli_daemon_ask(a, r, NULL, &reply);

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		buf_puts(&out, "in force: ");
		cli_out_safe(&out,
		    json_string_value(json_object_get(reply, "id")));
		buf_puts(&out, "\n");
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}

static int
released(const struct cli_args *a, const struct ctl_request *r)
{
	struct buf out = BUF_EMPTY;
	json_t *reply = NULL;
	int rc = cli_daemon_ask(a, r, NULL, &reply);

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL) {
		buf_puts(&out, "released\n");
		rc = cli_out_flush(&out);
	}
	buf_release(&out);
	json_decref(reply);
	return rc;
}

/* "email=ann@example.org": the kind ends at the first sign of equality. */
static int
split_subject(const char *text, char *ret_kind, size_t n,
    const char **ret_value)
{
	const char *equal = strchr(text, '=');
	size_t len = equal != NULL ? (size_t)(equal - text) : 0;

	if (len == 0 || len >= n || equal[1] == '\0') {
		cli_out_error("--subject: expected KIND=VALUE");
		return -1;
	}
	memcpy(ret_kind, text, len);
	ret_kind[len] = '\0';
	*ret_value = equal + 1;
	return 0;
}

int
cmd_hold_add(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_HOLD_ADD };
	char kind[CLI_KIND_BYTES];
	size_t given = 0;

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		const char *value = a->value[scopes[i].option];

		if (value == NULL)
			continue;
		given++;
		r.scope = gates_scope_name(scopes[i].scope);
		if (scopes[i].scope == GATE_STORE ||
		    scopes[i].scope == GATE_DATASET)
			r.name = value;
		if (scopes[i].scope != GATE_SUBJECT)
			continue;
		if (split_subject(value, kind, sizeof(kind), &r.value) == -1)
			return CLI_USAGE;
		r.kind = kind;
	}
	if (given != 1 || a->value[CLI_MATTER] == NULL) {
		cli_out_error("'hold add' needs exactly one of --dataset, "
		    "--store, --subject and --all, and --matter");
		return CLI_USAGE;
	}
	return common(a, &r) == -1 ? CLI_USAGE : placed(a, &r);
}

int
cmd_hold_release(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_HOLD_RELEASE,
		.name = a->operand[0], .reason = a->value[CLI_REASON] };

	return released(a, &r);
}

static int
person(const struct cli_args *a, struct ctl_request *r)
{
	if (a->n_persons != 1) {
		cli_out_error("'%s' needs one identifier of the person, such "
		    "as --email ann@example.org", a->command->words);
		return -1;
	}
	r->kind = a->person[0].kind;
	r->value = a->person[0].value;
	return cli_register_args(a, r) == -1 ? -1 : common(a, r);
}

int
cmd_hold_restrict(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_RESTRICT };

	return person(a, &r) == -1 ? CLI_USAGE : placed(a, &r);
}

int
cmd_hold_unrestrict(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_UNRESTRICT };

	return person(a, &r) == -1 ? CLI_USAGE : released(a, &r);
}

static int
show_holds(const json_t *holds)
{
	static const char *const heads[] = { "id", "what", "scope", "name",
		"matter", "by", "placed", "until" };
	static const char *const keys[] = { "id", "what", "scope", "name",
		"matter", "by", "placed", "until" };
	size_t n = json_array_size(holds);
	struct cli_table *t = cli_table_new(heads, 8);

	for (size_t i = 0; t != NULL && i < n; i++) {
		const json_t *row = json_array_get(holds, i);

		for (size_t k = 0; k < 8; k++) {
			const char *text = json_string_value(
			    json_object_get(row, keys[k]));

			if (text == NULL && strcmp(keys[k], "name") == 0)
				text = json_string_value(json_object_get(row,
				    "kind"));
			cli_table_text(t, text != NULL ? text : "-");
		}
	}
	return cli_table_show(t, "no hold or restriction is in force\n");
}

int
cmd_hold_list(const struct cli_args *a)
{
	struct ctl_request r = { .what = CTL_HOLD_LIST };
	json_t *reply = NULL;
	int rc = cli_daemon_ask(a, &r, NULL, &reply);

	if (rc == CLI_DONE && a->value[CLI_JSON] == NULL)
		rc = show_holds(json_object_get(reply, "holds"));
	json_decref(reply);
	return rc;
}
