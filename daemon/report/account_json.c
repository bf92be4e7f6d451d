/* account_json - the retention report for programs. */
#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"

#include "account_private.h"

static void
put_count(struct jsonw *w, const char *key, uint64_t n)
{
	jsonw_int(w, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

static void
put_time(struct jsonw *w, const char *key, bool has, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	jsonw_text(w, key, has ? text : NULL);
}

static void
put_set(struct jsonw *w, const struct account_set *s)
{
	static const struct account_set none;
	bool any = s != NULL && s->operations != 0;

	s = s != NULL ? s : &none;
	put_count(w, "operations", s->operations);
	put_count(w, "erased", s->erased);
	put_count(w, "left", s->left);
	jsonw_object(w, "skipped");
	for (size_t i = 0; i < ACCOUNT_N_REASONS; i++)
		put_count(w, account_reason(i), s->skipped[i]);
	jsonw_end_object(w);
	put_count(w, "failed", s->failed);
	put_count(w, "recovered", s->recovered);
	put_time(w, "first", any, s->first);
	put_time(w, "last", any, s->last);
	put_count(w, "brakes", s->brakes);
	put_count(w, "plans", s->plans);
	put_count(w, "approved", s->approved);
	put_count(w, "rejected", s->rejected);
	put_count(w, "shortened", s->shortened);
	put_count(w, "lengthened", s->lengthened);
}

static void
put_now(struct jsonw *w, const struct account_promise *m, struct wall now)
{
	if (!m->counted) {
		jsonw_null(w, "now");
		jsonw_text(w, "error", m->error);
		return;
	}
	jsonw_object(w, "now");
	put_count(w, "total", m->total);
	put_count(w, "due", m->due);
	put_count(w, "held", m->held);
	put_count(w, "restricted", m->restricted);
	put_count(w, "undated", m->undated);
	put_count(w, "future", m->future);
	jsonw_bool(w, "braked", m->braked);
	put_time(w, "oldest_due", m->has_oldest, m->oldest_due);
	put_time(w, "next_due", m->has_next, m->next_due);
	jsonw_int(w, "overdue_seconds", account_overdue(m, now));
	jsonw_end_object(w);
}

static void
put_promise(struct jsonw *w, const struct account *a,
    const struct account_promise *m, struct wall now)
{
	jsonw_object(w, NULL);
	jsonw_text(w, "dataset", m->dataset);
	jsonw_bool(w, "in_policies", true);
	jsonw_text(w, "notice", m->notice);
	jsonw_text(w, "controller", m->controller);
	jsonw_text(w, "owner", m->owner);
	jsonw_text(w, "review_by", m->review_by);
	jsonw_text(w, "promise", m->promise);
	jsonw_text(w, "legal_basis", m->basis);
	jsonw_text(w, "rule", m->rule);
	jsonw_text(w, "action", m->action);
	jsonw_text(w, "mode", m->mode);
	jsonw_text(w, "store", m->store);
	put_set(w, account_find(a, m->dataset));
	put_now(w, m, now);
	jsonw_end_object(w);
}

static void
put_former(struct jsonw *w, const struct account *a,
    const struct account_ground *g)
{
	for (const struct account_set *s = a->sets; s != NULL; s = s->next) {
		size_t i = 0;

		while (i < g->n_promises &&
		    strcmp(g->promise[i].dataset, s->name) != 0)
			i++;
		if (i != g->n_promises)
			continue;
		jsonw_object(w, NULL);
		jsonw_text(w, "dataset", s->name);
		jsonw_bool(w, "in_policies", false);
		put_set(w, s);
		jsonw_end_object(w);
	}
}

static void
put_trail(struct jsonw *w, const struct account *a,
    const struct account_ground *g)
{
	const struct verify_report *r = g->report;
	char vkey[NOTE_VKEY_BYTES] = "";

	if (r->have_key)
		note_key_text(&r->first_key, vkey);
	jsonw_object(w, "trail");
	jsonw_text(w, "verdict", verify_verdict_name(r->verdict));
	jsonw_bool(w, "pinned", g->pin != NULL);
	jsonw_text(w, "finding", g->finding);
	jsonw_text(w, "key", vkey);
	put_count(w, "records", r->records);
	put_count(w, "sealed", r->sealed);
	put_count(w, "checkpoints", r->checkpoints);
	put_time(w, "first", r->records != 0, r->first);
	put_time(w, "last", r->records != 0, r->last);
	put_count(w, "pruned_below", r->pruned);
	put_count(w, "anchors", r->anchors);
	put_count(w, "anchors_unchecked", r->anchors_unchecked);
	jsonw_hex(w, "root", r->root, sizeof(r->root));
	put_count(w, "unfinished", account_unfinished(a));
	jsonw_text(w, "checkpoint", a->note);
	jsonw_end_object(w);
}

void
account_json(const struct account *a, const struct account_ground *g,
    struct buf *out)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	put_time(&w, "made_at", true, g->now);
	put_time(&w, "from", a->period.has_from, a->period.from);
	put_time(&w, "to", a->period.has_to, a->period.to);
	put_trail(&w, a, g);
	jsonw_text(&w, "policies_error", g->policies_error);
	jsonw_array(&w, "datasets");
	for (size_t i = 0; i < g->n_promises; i++)
		put_promise(&w, a, &g->promise[i], g->now);
	put_former(&w, a, g);
	jsonw_end_array(&w);
	jsonw_text(&w, "holds_unknown", g->holds_unknown);
	put_count(&w, "holds", g->holds);
	put_count(&w, "restrictions", g->restrictions);
	jsonw_object(&w, "events");
	for (size_t i = 0; i < ACCOUNT_N_EVENTS; i++)
		put_count(&w, account_event_type(i), a->event[i]);
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
	out->failed |= a->failed;
}
