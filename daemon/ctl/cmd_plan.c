#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/conf.h"
#include "retention/hex.h"
#include "retention/jsonw.h"
#include "retention/pool.h"
#include "retention/sha256.h"
#include "retention/timetext.h"

#include "cli_args.h"
#include "cli_conf.h"
#include "cli_explain.h"
#include "cli_out.h"
#include "cli_plan.h"
#include "cli_plans.h"
#include "cli_table.h"

#define PLAN_ID_BYTES 16

static void
json_count(struct jsonw *w, const struct cli_plan_row *row, const char *key,
    uint64_t n)
{
	if (!row->counted)
		jsonw_null(w, key);
	else
		jsonw_int(w, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

static void
json_time(struct jsonw *w, const char *key, bool has, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	jsonw_text(w, key, has ? text : NULL);
}

/* Keys beyond the promised ones, where they say something. */
static void
json_more(struct jsonw *w, const struct cli_plan_row *row)
{
	const struct rule_timing *t = &row->d.timing;

	jsonw_text(w, "keep", rule_keep_name(t->keep));
	if (t->keep == RULE_INDEFINITELY)
		jsonw_text(w, "reason", t->reason);
	if (t->keep == RULE_UNTIL_EVENT) {
		jsonw_text(w, "event", t->event);
		jsonw_bool(w, "declared", t->fired);
	}
	if (cli_plan_keyed(&row->d))
		jsonw_bool(w, "pseudonymous", true);
	if (row->note != NULL)
		jsonw_text(w, "note", row->note);
	if (row->error != NULL)
		jsonw_text(w, "error", row->error);
}

static void
json_saved(struct jsonw *w, const json_t *saved)
{
	static const char *const keys[] = { "id", "why", "state", "since",
	    "expires" };

	if (saved == NULL) {
		jsonw_null(w, "saved");
		return;
	}
	jsonw_object(w, "saved");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		jsonw_text(w, keys[i], cli_plans_text(saved, keys[i]));
	jsonw_int(w, "n", (int64_t)cli_plans_items(saved));
	jsonw_end_object(w);
}

/* By the numbers; or the daemon said so, which also knows of stricter rules
 * that came after a declaration. */
static bool
is_braked(const struct cli_plan_row *row, const json_t *saved)
{
	return row->braked || (saved != NULL &&
	    row->d.mode == RULE_ENFORCE &&
	    strcmp(cli_plans_text(saved, "why"), "brake") == 0 &&
	    strcmp(cli_plans_text(saved, "state"), "open") == 0);
}

static void
json_row(struct jsonw *w, const struct cli_plan_row *row,
    const json_t *saved)
{
	const struct msg_counted *c = &row->c;

	jsonw_object(w, NULL);
	jsonw_text(w, "dataset", row->d.full);
	jsonw_text(w, "store", row->store->name);
	jsonw_text(w, "mode", rule_mode_name(row->d.mode));
	jsonw_text(w, "action", rule_action_name(row->d.action));
	json_count(w, row, "total", c->total);
	json_count(w, row, "due", c->due);
	json_count(w, row, "held", c->held);
	json_count(w, row, "restricted", c->restricted);
	json_count(w, row, "undated", c->undated);
	json_count(w, row, "future", c->future);
	json_count(w, row, "kept", c->kept);
	jsonw_bool(w, "braked", is_braked(row, saved));
	json_time(w, "oldest_due", row->counted && c->has_oldest, c->oldest_due);
	json_time(w, "next_due", row->counted && c->has_next, c->next_due);
	jsonw_text(w, "clause", row->counted ? c->clause : NULL);
	jsonw_text(w, "assurance", row->counted ? c->assurance : NULL);
	jsonw_text(w, "scrub", row->store->kind == RULE_SQLITE ?
	    rule_scrub_name(row->store->scrub) : NULL);
	json_saved(w, saved);
	json_more(w, row);
	jsonw_end_object(w);
}

/* The plan's name: what it says, when, under which policy.  Without memory the
 * rows fail. */
static void
plan_id(struct buf *rows, const char *at, const char *policy,
    char ret_hex[2 * PLAN_ID_BYTES + 1])
{
	struct buf all = BUF_EMPTY;
	uint8_t hash[SHA256_BYTES];

	buf_add(&all, buf_text(rows), rows->n);
	buf_puts(&all, at);
	buf_puts(&all, policy);
	sha256_once(buf_text(&all), all.n, hash);
	hex_text(hash, PLAN_ID_BYTES, ret_hex);
	rows->failed = rows->failed || buf_failed(&all);
	buf_release(&all);
}

struct sheet {
	const struct conf_set *set;
	const struct cli_plan *plan;
	char at[CLOCK_TEXT_BYTES];
	char policy[2 * SHA256_BYTES + 1];
	char id[2 * PLAN_ID_BYTES + 1];
	struct buf rows;		/* as a JSON array */
	json_t *saved;			/* owned; NULL: none are known */
};

static void
make_sheet(struct sheet *s)
{
	struct jsonw w = JSONW(&s->rows);

	clock_text_s(s->plan->at, s->at);
	hex_text(s->set->digest, SHA256_BYTES, s->policy);
	jsonw_array(&w, NULL);
	for (size_t i = 0; i < s->plan->n; i++)
		json_row(&w, &s->plan->rows[i], cli_plans_of(s->saved,
		    s->plan->rows[i].d.full));
	jsonw_end_array(&w);
	plan_id(&s->rows, s->at, s->policy, s->id);
}

static void
print_json(const struct sheet *s, struct buf *out)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	jsonw_text(&w, "at", s->at);
	jsonw_text(&w, "policy", s->policy);
	jsonw_text(&w, "plan", s->id);
	jsonw_raw(&w, "datasets", buf_text(&s->rows));
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}

static void
note(struct buf *b, const char *text)
{
	if (text == NULL)
		return;
	buf_puts(b, b->n != 0 ? "; " : "");
	buf_puts(b, text);
}

static void
put_notes(struct cli_table *t, const struct cli_plan_row *row,
    const json_t *saved)
{
	const struct rule_timing *timing = &row->d.timing;
	struct buf b = BUF_EMPTY;

	if (row->error != NULL)
		note(&b, "failed, see below");
	if (is_braked(row, saved))
		note(&b, "braked");
	if (row->d.mode == RULE_REPORT)
		note(&b, "report only");
	if (row->d.mode == RULE_REVIEW)
		note(&b, "review: waits for a person");
	if (saved != NULL) {
		note(&b, "plan ");
		cli_out_safe(&b, cli_plans_text(saved, "id"));
		buf_putf(&b, " over %" PRIu64 ": ", cli_plans_items(saved));
		cli_out_safe(&b, cli_plans_text(saved, "state"));
		buf_puts(&b, " until ");
		cli_out_safe(&b, cli_plans_text(saved, "expires"));
	}
	if (timing->keep == RULE_INDEFINITELY) {
		note(&b, "indefinitely: ");
		buf_puts(&b, timing->reason);
	}
	if (timing->keep == RULE_UNTIL_EVENT && !timing->fired) {
		note(&b, "waits for event ");
		buf_puts(&b, timing->event);
	}
	if (cli_plan_keyed(&row->d))
		note(&b, "pseudonymous, not anonymous");
	if (row->counted && row->c.advice != NULL)
		note(&b, row->c.assurance);
	if (row->store->kind == RULE_SQLITE &&
	    row->store->scrub != RULE_SCRUB_ERASED) {
		note(&b, "scrub ");
		buf_puts(&b, rule_scrub_name(row->store->scrub));
	}
	note(&b, row->note);
	cli_table_text(t, buf_text(&b));
	buf_release(&b);
}

static void
put_number(struct cli_table *t, const struct cli_plan_row *row, uint64_t n)
{
	if (row->counted)
		cli_table_count(t, n);
	else
		cli_table_text(t, NULL);
}

static void
put_row(struct cli_table *t, const struct cli_plan_row *row,
    const json_t *saved)
{
	char next[CLOCK_TEXT_BYTES] = "";

	if (row->counted && row->c.has_next)
		clock_text_s(row->c.next_due, next);
	cli_table_text(t, row->d.full);
	cli_table_text(t, rule_mode_name(row->d.mode));
	cli_table_text(t, row->d.timing.keep == RULE_INDEFINITELY ? NULL :
	    rule_action_name(row->d.action));
	put_number(t, row, row->c.total);
	put_number(t, row, row->c.due);
	put_number(t, row, row->c.kept);
	put_number(t, row, row->c.undated);
	put_number(t, row, row->c.future);
	cli_table_text(t, next);
	put_notes(t, row, saved);
}

static void
print_text(const struct sheet *s, struct buf *out)
{
	static const char *const heads[] = { "dataset", "mode", "action",
	    ">total", ">due", ">kept", ">undated", ">future", "next due",
	    "notes" };
	struct cli_table *t = cli_table_new(heads, 10);

	if (t == NULL) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < s->plan->n; i++)
		put_row(t, &s->plan->rows[i], cli_plans_of(s->saved,
		    s->plan->rows[i].d.full));
	if (s->plan->n == 0)
		buf_puts(out, "no dataset is configured\n");
	cli_table_print(t, out);
	buf_putf(out, "\nlisting %s at %s under policy %.16s...\n", s->id,
	    s->at, s->policy);
	cli_table_free(t);
}

static int
report_errors(const struct cli_plan *plan)
{
	int rc = CLI_DONE;

	for (size_t i = 0; i < plan->n; i++) {
		const struct cli_plan_row *row = &plan->rows[i];

		if (row->error == NULL)
			continue;
		cli_out_error("%s: %s", row->d.full, row->error);
		rc = CLI_FAILED;
	}
	return rc;
}

static int
print_plan(const struct cli_args *a, const struct conf_set *set,
    const struct cli_plan *plan)
{
	struct sheet s = { .set = set, .plan = plan, .rows = BUF_EMPTY };
	struct buf out = BUF_EMPTY;
	struct err e = ERR_EMPTY;
	int rc;

	if (cli_plans_read(&set->main, &s.saved, &e) == -1) {
		cli_out_error("%s", e.text);
		return CLI_FAILED;
	}
	make_sheet(&s);
	if (a->value[CLI_JSON] != NULL)
		print_json(&s, &out);
	else
		print_text(&s, &out);
	/* The plan's name is made of them. */
	out.failed = out.failed || buf_failed(&s.rows);
	rc = cli_out_flush(&out);
	if (report_errors(plan) != CLI_DONE)
		rc = CLI_FAILED;
	buf_release(&s.rows);
	json_decref(s.saved);
	buf_release(&out);
	return rc;
}

/* One row of one dataset, in place of the counts of all. */
static int
print_row(const struct cli_args *a, const struct cli_plan_row *row)
{
	struct buf out = BUF_EMPTY;
	struct jsonw w = JSONW(&out);
	int rc;

	if (!row->explained) {
		cli_out_error("%s: %s", row->d.full, row->error);
		return CLI_FAILED;
	}
	if (a->value[CLI_JSON] != NULL)
		cli_explain_json(row, &w);
	else
		cli_explain_text(row, &out);
	rc = cli_out_flush(&out);
	buf_release(&out);
	if (row->note != NULL)
		cli_out_error("%s: %s", row->d.full, row->note);
	return rc == CLI_DONE && row->x.rows == 0 ? CLI_FAILED : rc;
}

int
cmd_plan_run(const struct cli_args *a)
{
	struct cli_plan_job job = { .at = a->now, .n_names = a->n,
		.names = a->operand, .n_key = a->n_explain,
		.key = a->explain };
	struct conf_set *set = NULL;
	struct pool *p = NULL;
	struct cli_plan plan;
	struct err e = ERR_EMPTY;
	int rc = CLI_FAILED;

	if (a->value[CLI_SAVE] != NULL)
		return cmd_plan_save(a);
	if (a->value[CLI_AT] != NULL &&
	    timetext_argument(a->value[CLI_AT], &job.at, &e) == -1) {
		cli_out_error("--at: %s", e.text);
		return CLI_USAGE;
	}
	if (a->n_explain != 0 && a->n != 1) {
		cli_out_error("--explain needs exactly one DATASET");
		return CLI_USAGE;
	}
	if (cli_conf_all(a, &set) == -1)
		return CLI_FAILED;
	job.set = set;
	p = pool_new();
	if (p == NULL)
		cli_out_error("no memory");
	else if (cli_plan_make(&job, p, &plan, &e) == -1)
		cli_out_error("%s", e.text);
	else if (a->n_explain != 0)
		rc = print_row(a, &plan.rows[0]);
	else
		rc = print_plan(a, set, &plan);
	pool_free(p);
	conf_free(set);
	return rc;
}
