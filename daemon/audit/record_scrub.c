/*
 * record_scrub - the payload about dead bytes that were overwritten.
 */
#include "retention/record.h"

#include "retention/buf.h"
#include "retention/dead.h"
#include "retention/jsonw.h"

static void
put_dead(struct jsonw *w, const uint64_t *dead)
{
	static const char *const words[] = {
#define DEAD_WORD(name, word) [DEAD_##name] = #word,
		DEAD_KINDS(DEAD_WORD)
#undef DEAD_WORD
	};

	jsonw_object(w, "bytes");
	for (int i = 0; i < DEAD_N; i++)
		if (dead[i] != 0)
			jsonw_int(w, words[i], (int64_t)dead[i]);
	jsonw_end_object(w);
}

void
record_scrub(struct buf *out, const struct record_scrub *r)
{
	struct jsonw w = JSONW(out);

	w.comma = true;
	jsonw_text(&w, "store", r->store);
	if (r->dead != NULL) {
		jsonw_int(&w, "files", (int64_t)r->files);
		jsonw_int(&w, "left", (int64_t)r->left);
		jsonw_int(&w, "pages", (int64_t)r->pages);
		jsonw_int(&w, "strange", (int64_t)r->strange);
		put_dead(&w, r->dead);
		jsonw_bool(&w, "sealed", r->sealed);
	}
	if (r->assurance != NULL)
		jsonw_text(&w, "assurance", r->assurance);
	if (r->error != NULL)
		jsonw_text(&w, "error", r->error);
	jsonw_int(&w, "ms", r->ms);
	if (r->by_policy) {
		jsonw_text(&w, "by", "policy");
		return;
	}
	jsonw_object(&w, "who");
	jsonw_int(&w, "uid", r->who.uid);
	if (r->who.user != NULL)
		jsonw_text(&w, "user", r->who.user);
	jsonw_end_object(&w);
}
