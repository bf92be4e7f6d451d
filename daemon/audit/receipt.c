/* receipt - writing a receipt, in its one possible spelling. */
#include "retention/receipt.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"

#define MOST_KEY 65535
#define MOST_PART 65534			/* FFFF stands for NULL */

int
receipt_key(const char *const *part, size_t n_parts, struct buf *ret)
{
	size_t from = ret->n;

	if (n_parts == 0 || n_parts > RECEIPT_MOST_PARTS)
		return -1;
	for (size_t i = 0; i < n_parts; i++) {
		size_t n = strlen(part[i]);
		uint8_t frame[2] = { (uint8_t)(n >> 8), (uint8_t)n };

		if (n_parts > 1 && n > MOST_PART)
			return -1;
		if (n_parts > 1)
			buf_add(ret, frame, sizeof(frame));
		buf_add(ret, part[i], n);
	}
	return !buf_failed(ret) && ret->n - from <= MOST_KEY ? 0 : -1;
}

static void
put_item(struct jsonw *w, const struct receipt *r)
{
	jsonw_object(w, "item");
	jsonw_text(w, "store", r->store);
	jsonw_text(w, "object", r->object);
	jsonw_array(w, "key");
	for (size_t i = 0; i < r->n_parts; i++)
		jsonw_text(w, NULL, r->part[i]);
	jsonw_end_array(w);
	jsonw_hex(w, "op", r->op, sizeof(r->op));
	jsonw_base64(w, "salt", r->salt, sizeof(r->salt));
	jsonw_int(w, "n", (int64_t)r->path.size);
	jsonw_int(w, "index", (int64_t)r->path.index);
	jsonw_array(w, "path");
	for (size_t i = 0; i < r->path.n; i++)
		jsonw_base64(w, NULL, r->path.hash[i], 32);
	jsonw_end_array(w);
	jsonw_end_object(w);
}

static void
put_record(struct jsonw *w, const char *name, const struct receipt_record *r)
{
	jsonw_object(w, name);
	jsonw_text(w, "line", r->line);
	jsonw_text(w, "proof", r->proof);
	jsonw_end_object(w);
}

void
receipt_text(const struct receipt *r, struct buf *out)
{
	struct jsonw w = JSONW(out);

	jsonw_object(&w, NULL);
	jsonw_text(&w, "receipt", "retentiond-receipt-v1");
	put_item(&w, r);
	jsonw_array(&w, "keys");
	for (size_t i = 0; i < r->n_keys; i++) {
		jsonw_object(&w, NULL);
		jsonw_int(&w, "ep", r->keys[i].ep);
		jsonw_text(&w, "vkey", r->keys[i].vkey);
		if (r->keys[i].note != NULL)
			jsonw_text(&w, "note", r->keys[i].note);
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	put_record(&w, "intent", &r->intent);
	put_record(&w, "outcome", &r->outcome);
	jsonw_end_object(&w);
	buf_puts(out, "\n");
}
