/* record_keep - `prune` and `shred`, in the order of the format's table. */
#include "retention/record_keep.h"

#include <inttypes.h>

#include "retention/jsonw.h"
#include "retention/sha256.h"

static void
put_who(struct jsonw *w, struct record_who who)
{
	jsonw_object(w, "who");
	jsonw_int(w, "uid", who.uid);
	if (who.user != NULL)
		jsonw_text(w, "user", who.user);
	jsonw_end_object(w);
}

/* The full subtrees, largest first. */
static void
put_frontier(struct jsonw *w, const struct merkle *m)
{
	jsonw_array(w, "frontier");
	for (int i = 63; i >= 0; i--)
		if ((m->n >> i & 1) != 0)
			jsonw_hex(w, NULL, m->stack[i], 32);
	jsonw_end_array(w);
}

void
record_keep_prune(struct buf *out, const struct cut *cut,
    struct record_who who)
{
	struct jsonw w = JSONW(out);
	char segment[32], vkey[NOTE_VKEY_BYTES], t0[CLOCK_TEXT_BYTES];
	uint8_t sum[32];

	(void)snprintf(segment, sizeof(segment), "%018" PRIu64, cut->seq);
	note_key_text(&cut->key, vkey);
	clock_text_ms(cut->last, t0);
	sha256_once(buf_text(&cut->chain), cut->chain.n, sum);
	w.comma = true;
	jsonw_int(&w, "first", (int64_t)cut->seq);
	jsonw_text(&w, "segment", segment);
	put_frontier(&w, &cut->tree);
	jsonw_hex(&w, "leaf", cut->leaf, sizeof(cut->leaf));
	jsonw_int(&w, "epoch", cut->ep);
	jsonw_text(&w, "vkey", vkey);
	jsonw_hex(&w, "keys_sha256", sum, sizeof(sum));
	jsonw_text(&w, "t0", t0);
	put_who(&w, who);
}

void
record_keep_shred(struct buf *out, uint32_t epoch, const char *why,
    struct record_who who)
{
	struct jsonw w = JSONW(out);

	w.comma = true;
	jsonw_int(&w, "epoch", epoch);
	jsonw_text(&w, "why", why);
	put_who(&w, who);
}
