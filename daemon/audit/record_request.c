/*
 * record_request - payload about a person's request: when it came in, and
 * how it was answered.
 */
#include "retention/record_request.h"

#include "retention/buf.h"
#include "retention/jsonw.h"

/* Outcomes stop here, so that a record keeps within RECORD_MOST. */
#define LIST_MOST (RECORD_MOST - 4096)

static void
put_time(struct jsonw *w, const char *key, struct wall t)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text_s(t, text);
	jsonw_text(w, key, text);
}

static void
put_persons(struct jsonw *w, const struct record_request *r)
{
	jsonw_array(w, "persons");
	for (size_t i = 0; i < r->n_persons; i++) {
		jsonw_object(w, NULL);
		jsonw_text(w, "kind", r->person[i].kind);
		jsonw_hex(w, "subject", r->person[i].subject, 32);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_outcomes(struct jsonw *w, const struct record_request *r)
{
	size_t i;

	jsonw_array(w, "outcome");
	for (i = 0; i < r->n_outcomes && w->out->n < LIST_MOST; i++) {
		const struct record_request_outcome *o = &r->outcome[i];

		jsonw_object(w, NULL);
		jsonw_text(w, "dataset", o->dataset);
		jsonw_text(w, "store", o->store);
		jsonw_text(w, "state", o->state);
		jsonw_int(w, "rows", (int64_t)o->rows);
		jsonw_int(w, "children", (int64_t)o->children);
		jsonw_int(w, "files", (int64_t)o->files);
		jsonw_int(w, "lines", (int64_t)o->lines);
		if (o->left != 0)
			jsonw_int(w, "left", (int64_t)o->left);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	if (i != r->n_outcomes)
		jsonw_int(w, "cut", (int64_t)(r->n_outcomes - i));
}

void
record_request(struct buf *out, const struct record_request *r)
{
	struct jsonw w = JSONW(out);

	w.comma = true;
	jsonw_text(&w, "id", r->id);
	jsonw_text(&w, "kind", r->what);
	jsonw_text(&w, "state", r->state);
	put_persons(&w, r);
	put_time(&w, "received", r->received);
	put_time(&w, "due", r->due);
	if (r->n_outcomes != 0)
		put_outcomes(&w, r);
	if (r->reason != NULL)
		jsonw_hex(&w, "reason", r->reason, 32);
	jsonw_object(&w, "who");
	jsonw_int(&w, "uid", r->who.uid);
	jsonw_text(&w, "user", r->who.user);
	jsonw_end_object(&w);
}
