/*
 * record_erasure - payloads about requests of persons.
 */
#include "retention/record.h"

#include "retention/buf.h"
#include "retention/jsonw.h"

static void
put_text(struct jsonw *w, const char *key, const char *text)
{
	if (text != NULL)
		jsonw_text(w, key, text);
}

static void
put_counts(struct jsonw *w, const struct record_erasure *r)
{
	jsonw_int(w, "erased", (int64_t)r->erased);
	jsonw_int(w, "left", (int64_t)r->left);
	jsonw_int(w, "held", (int64_t)r->held);
	jsonw_int(w, "restricted", (int64_t)r->restricted);
	jsonw_int(w, "kept", (int64_t)r->kept);
}

void
record_erasure(struct buf *out, const struct record_erasure *r)
{
	struct jsonw w = JSONW(out);

	w.comma = true;
	jsonw_text(&w, "id", r->id);
	jsonw_text(&w, "kind", r->what);
	jsonw_text(&w, "state", r->state);
	put_text(&w, "store", r->store);
	put_text(&w, "dataset", r->dataset);
	if (r->n_persons != 0) {
		jsonw_array(&w, "subjects");
		for (size_t i = 0; i < r->n_persons; i++) {
			jsonw_object(&w, NULL);
			jsonw_text(&w, "kind", r->persons[i].kind);
			jsonw_hex(&w, "subject", r->persons[i].subject, 32);
			jsonw_end_object(&w);
		}
		jsonw_end_array(&w);
	}
	if (r->counted)
		put_counts(&w, r);
	put_text(&w, "why", r->why);
	if (r->user == NULL)
		return;
	jsonw_object(&w, "who");
	jsonw_int(&w, "uid", r->uid);
	jsonw_text(&w, "user", r->user);
	jsonw_end_object(&w);
}
