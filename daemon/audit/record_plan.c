/*
 * record_plan - payloads about saved plans.
 */
#include "retention/record.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"

static void
put_end(struct jsonw *w, const struct record_plan *r)
{
	jsonw_text(w, "state", r->state);
	if (strcmp(r->state, "finished") != 0)
		return;
	jsonw_int(w, "erased", (int64_t)r->erased);
	jsonw_object(w, "skipped");
	jsonw_int(w, "drift", (int64_t)r->drift);
	jsonw_int(w, "held", (int64_t)r->held);
	jsonw_end_object(w);
}

void
record_plan(struct buf *out, const struct record_plan *r)
{
	struct jsonw w = JSONW(out);
	char text[CLOCK_TEXT_BYTES];

	w.comma = true;
	jsonw_text(&w, "plan", r->id);
	jsonw_text(&w, "dataset", r->dataset);
	jsonw_int(&w, "n", (int64_t)r->n);
	jsonw_base64(&w, "croot", r->croot, 32);
	if (r->why != NULL)
		jsonw_text(&w, "why", r->why);
	if (r->expires.ms != 0) {
		clock_text_ms(r->expires, text);
		jsonw_text(&w, "expires", text);
	}
	if (r->state != NULL)
		put_end(&w, r);
	if (r->user != NULL) {
		jsonw_object(&w, "who");
		jsonw_int(&w, "uid", r->uid);
		jsonw_text(&w, "user", r->user);
		jsonw_end_object(&w);
	}
	if (r->reason != NULL)
		jsonw_hex(&w, "reason", r->reason, 32);
}
