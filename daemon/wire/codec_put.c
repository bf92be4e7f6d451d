/*
 * codec_put - a struct as JSON, field by field of its shape.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/jsonw.h"

#include "codec.h"

static void put_object(struct jsonw *w, const char *key,
    const struct codec_shape *s, const void *from);

static const void *
load(const void *from, size_t at)
{
	return (const char *)from + at;
}

#define LOAD(type, from, at) (*(const type *)load(from, at))

/* A pointer of any type; copied, since C sees them as different types. */
static const void *
load_pointer(const void *from, size_t at)
{
	const void *p;

	memcpy(&p, load(from, at), sizeof(p));
	return p;
}

static void
put_exact(struct jsonw *w, const char *key, const char *text)
{
	json_t *j = text != NULL ? json_string(text) : NULL;

	if (text != NULL && j == NULL)
		w->out->failed = true;		/* not UTF-8, or no memory */
	json_decref(j);
	jsonw_text(w, key, text);
}

static void
put_real(struct jsonw *w, const char *key, double r)
{
	char text[40];

	if (!isfinite(r)) {
		w->out->failed = true;
		return;
	}
	(void)snprintf(text, sizeof(text), "%.17g", r);
	jsonw_raw(w, key, text);
}

static void
put_array(struct jsonw *w, const struct codec_field *f, const void *from)
{
	size_t n = LOAD(size_t, from, f->aside);
	const char *all = load_pointer(from, f->at);

	jsonw_array(w, f->key);
	for (size_t i = 0; i < n; i++)
		put_object(w, NULL, f->of, all + i * f->of->bytes);
	jsonw_end_array(w);
}

static void
put_texts(struct jsonw *w, const struct codec_field *f, const void *from)
{
	size_t n = LOAD(size_t, from, f->aside);
	const char *const *all = load_pointer(from, f->at);

	jsonw_array(w, f->key);
	for (size_t i = 0; i < n; i++)
		put_exact(w, NULL, all[i]);
	jsonw_end_array(w);
}

static void
put_field(struct jsonw *w, const struct codec_field *f, const void *from)
{
	bool maybe = f->type == CODEC_MAYBE_INT64 ||
	    f->type == CODEC_MAYBE_BYTES;

	if (maybe && !LOAD(bool, from, f->aside)) {
		jsonw_null(w, f->key);
		return;
	}
	switch (f->type) {
	case CODEC_TEXT:
	case CODEC_MAYBE_TEXT:
		put_exact(w, f->key, load_pointer(from, f->at));
		break;
	case CODEC_SAID:
		jsonw_text(w, f->key, load_pointer(from, f->at));
		break;
	case CODEC_BOOL:
		jsonw_bool(w, f->key, LOAD(bool, from, f->at));
		break;
	case CODEC_INT:
		jsonw_int(w, f->key, LOAD(int, from, f->at));
		break;
	case CODEC_INT64:
	case CODEC_MAYBE_INT64:
	case CODEC_COUNT:
		jsonw_int(w, f->key, LOAD(int64_t, from, f->at));
		break;
	case CODEC_REAL:
		put_real(w, f->key, LOAD(double, from, f->at));
		break;
	case CODEC_BYTES:
	case CODEC_MAYBE_BYTES:
		jsonw_hex(w, f->key, load(from, f->at), (size_t)f->most);
		break;
	case CODEC_OBJECT:
		put_object(w, f->key, f->of, load(from, f->at));
		break;
	case CODEC_ARRAY:
		put_array(w, f, from);
		break;
	case CODEC_TEXTS:
		put_texts(w, f, from);
		break;
	case CODEC_N_TYPES:
		must(f->type != CODEC_N_TYPES);
	}
}

static void
put_object(struct jsonw *w, const char *key, const struct codec_shape *s,
    const void *from)
{
	jsonw_object(w, key);
	for (size_t i = 0; i < s->n_fields; i++)
		put_field(w, &s->fields[i], from);
	jsonw_end_object(w);
}

void
codec_put(struct buf *out, const struct codec_shape *s, const void *from)
{
	struct jsonw w = JSONW(out);

	put_object(&w, NULL, s, from);
}
