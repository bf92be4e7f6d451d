/*
 * cli_explain - the chain of decisions in the order in which they are made.
 * The key is not repeated, and no value is shown but times.
 */
#include "cli_explain.h"

#include <inttypes.h>

#include "retention/buf.h"
#include "retention/explain.h"
#include "retention/jsonw.h"

#include "cli_out.h"
#include "cli_plan.h"

static const char *const clocks[EXPLAIN_N_CLOCKS] = {
	[EXPLAIN_NO_CLOCK] = "none: the rule asks no time of the row",
	[EXPLAIN_DATED] = "dated",
	[EXPLAIN_ABSENT] = "empty: what it waits for has not happened",
	[EXPLAIN_UNDATED] = "undated: no time that can be read",
	[EXPLAIN_FUTURE] = "future: more than a day ahead",
};
static const char *const clock_words[EXPLAIN_N_CLOCKS] = {
	[EXPLAIN_NO_CLOCK] = "none", [EXPLAIN_DATED] = "dated",
	[EXPLAIN_ABSENT] = "empty", [EXPLAIN_UNDATED] = "undated",
	[EXPLAIN_FUTURE] = "future",
};
static const char *const gates[GATE_N_STATES] = {
	[GATE_OPEN] = "none", [GATE_RESTRICTED] = "restricted",
	[GATE_HELD] = "held",
};

static enum gate_state
gate_of(const struct explain *x)
{
	return x->whole > x->gate ? x->whole : x->gate;
}

/* What keeps the row; NULL: nothing of its own. */
static const char *
keeps(const struct explain *x, const struct rule_dataset *d)
{
	if (x->rows == 0)
		return "there is no such row";
	if (!x->matches)
		return "the dataset's where does not match it";
	if (d->timing.keep == RULE_INDEFINITELY)
		return "it is kept indefinitely";
	if (x->clock != EXPLAIN_DATED && x->clock != EXPLAIN_NO_CLOCK)
		return clocks[x->clock];
	if (!x->due)
		return x->has_due_at ? "it is not due yet" :
		    "its event has not been declared";
	if (!x->outlasted)
		return "another dataset keeps it longer";
	if (!x->needs)
		return "it is anonymised already";
	if (gate_of(x) != GATE_OPEN)
		return gate_of(x) == GATE_HELD ? "it is under a legal hold" :
		    "its processing is restricted";
	return x->goes ? NULL : "the rule's condition does not hold";
}

static const char *
verdict(const struct explain *x, const struct rule_dataset *d)
{
	const char *why = keeps(x, d);

	if (why != NULL)
		return why;
	if (d->mode == RULE_REPORT)
		return "it is due, and mode report only counts it";
	if (d->mode == RULE_REVIEW)
		return "it is due, and waits for a person's approval";
	return "it goes with the next pass that brake, window and clock allow";
}

static void
put(struct buf *out, const char *what, const char *text)
{
	buf_putf(out, "%-9s", what);
	cli_out_safe(out, text);
	buf_puts(out, "\n");
}

static void
put_due(struct buf *out, const char *what, const char *name, bool due,
    bool has, struct wall at)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(at, text);
	buf_putf(out, "%-9s", what);
	cli_out_safe(out, name);
	if (!has)
		buf_puts(out, due ? "due\n" : "never, as things are\n");
	else
		buf_putf(out, "%s %s\n", due ? "since" : "not before", text);
}

static void
put_rivals(struct buf *out, const struct explain *x)
{
	for (size_t i = 0; i < x->n_rivals; i++) {
		const struct explain_rival *r = &x->rivals[i];
		struct buf name = BUF_EMPTY;

		buf_putf(&name, "%s: %s", r->dataset, r->matches ?
		    (r->due ? "due as well, " : "keeps it, due ") :
		    "does not match it");
		if (r->matches)
			put_due(out, "rival", buf_text(&name), r->due,
			    r->has_due_at, r->due_at);
		else
			put(out, "rival", buf_text(&name));
		buf_release(&name);
	}
	if (x->n_rivals == 0)
		put(out, "rivals", "none");
	else
		put(out, "longest", x->outlasted ? "nobody keeps it longer" :
		    "kept by another dataset");
}

void
cli_explain_text(const struct cli_plan_row *row, struct buf *out)
{
	const struct explain *x = &row->x;
	char time[CLOCK_TEXT_BYTES + 16];
	char at[CLOCK_TEXT_BYTES];

	put(out, "dataset", row->d.full);
	put(out, "mode", rule_mode_name(row->d.mode));
	put(out, "action", rule_action_name(row->d.action));
	if (x->rows > 1)
		buf_putf(out, "%-9s%" PRIu64 " rows bear this key; this is "
		    "the first\n", "rows", x->rows);
	if (x->rows != 0) {
		clock_text_s(x->time, at);
		(void)snprintf(time, sizeof(time), "%s, %s", clocks[x->clock],
		    at);
		put(out, "where", x->matches ? "matches it" :
		    "does not match it");
		put(out, "clock", x->clock == EXPLAIN_DATED ? time :
		    clocks[x->clock]);
		put_due(out, "due", "", x->due, x->has_due_at, x->due_at);
		put_rivals(out, x);
		put(out, "hold", gates[gate_of(x)]);
		put(out, "to do", x->needs ? "yes" : "nothing is left to do");
	}
	put(out, "verdict", verdict(x, &row->d));
}

static void
json_time(struct jsonw *w, const char *key, bool has, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	jsonw_text(w, key, has ? text : NULL);
}

void
cli_explain_json(const struct cli_plan_row *row, struct jsonw *w)
{
	const struct explain *x = &row->x;

	jsonw_object(w, NULL);
	jsonw_text(w, "dataset", row->d.full);
	jsonw_text(w, "mode", rule_mode_name(row->d.mode));
	jsonw_text(w, "action", rule_action_name(row->d.action));
	jsonw_int(w, "rows", (int64_t)x->rows);
	jsonw_bool(w, "matches", x->matches);
	jsonw_text(w, "clock", clock_words[x->clock]);
	json_time(w, "time", x->has_time, x->time);
	jsonw_bool(w, "due", x->due);
	json_time(w, "due_at", x->has_due_at, x->due_at);
	jsonw_array(w, "rivals");
	for (size_t i = 0; i < x->n_rivals; i++) {
		jsonw_object(w, NULL);
		jsonw_text(w, "dataset", x->rivals[i].dataset);
		jsonw_bool(w, "matches", x->rivals[i].matches);
		jsonw_bool(w, "due", x->rivals[i].due);
		json_time(w, "due_at", x->rivals[i].has_due_at,
		    x->rivals[i].due_at);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	jsonw_bool(w, "outlasted", x->outlasted);
	jsonw_text(w, "hold", gates[gate_of(x)]);
	jsonw_bool(w, "needs", x->needs);
	jsonw_bool(w, "goes", x->goes);
	jsonw_text(w, "verdict", verdict(x, &row->d));
	if (row->note != NULL)
		jsonw_text(w, "note", row->note);
	jsonw_end_object(w);
	buf_puts(w->out, "\n");
}
