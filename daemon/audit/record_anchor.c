/*
 * record_anchor - the payload of `anchor`: evidence about a checkpoint.
 */
#include "retention/anchor.h"
#include "retention/buf.h"
#include "retention/jsonw.h"
#include "retention/record.h"

void
record_anchor(struct buf *out, const struct record_anchor *r)
{
	struct jsonw w = JSONW(out);
	char at[CLOCK_TEXT_BYTES];

	w.comma = true;
	clock_text_ms(r->at, at);
	jsonw_int(&w, "size", (int64_t)r->size);
	jsonw_base64(&w, "root", r->root, 32);
	jsonw_text(&w, "kind", r->kind);
	jsonw_hex(&w, "sha256", r->sha256, 32);
	jsonw_text(&w, "at", at);
	jsonw_text(&w, "by", r->by);
}
