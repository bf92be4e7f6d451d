/*
 * record_key - payloads of the records that hand the trail from one key to
 * the next.
 */
#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/record.h"

static void
put(struct jsonw *w, const struct record_key *r)
{
	w->comma = true;		/* after the head */
	jsonw_int(w, "next", r->next);
	jsonw_text(w, "vkey", r->vkey);
	jsonw_text(w, "why", r->why);
	if (r->who.user == NULL)
		return;
	jsonw_object(w, "who");
	jsonw_int(w, "uid", r->who.uid);
	jsonw_text(w, "user", r->who.user);
	jsonw_end_object(w);
}

void
record_key_rotate(struct buf *out, const struct record_key *r)
{
	struct jsonw w = JSONW(out);

	put(&w, r);
}

void
record_key_rekey(struct buf *out, const struct record_key *r,
    const char *note, size_t n)
{
	struct jsonw w = JSONW(out);

	put(&w, r);
	jsonw_base64(&w, "recovery", note, n);
}
