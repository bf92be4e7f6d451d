/*
 * codec_get - JSON from a peer into a struct, field by field of its shape.
 *
 * What is read may hold keys: jansson frees through a function that wipes,
 * and the half-read struct is wiped as well.
 */
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "retention/hex.h"
#include "retention/pool.h"

#include "codec.h"

#define MOST_BYTES 64			/* of CODEC_BYTES */

struct reader {
	struct pool *pool;
	struct err *e;
	enum err_code code;
	unsigned nested;
};

static int get_object(struct reader *r, const json_t *j,
    const struct codec_shape *s, void *to);

static void
store(void *to, size_t at, const void *value, size_t n)
{
	memcpy((char *)to + at, value, n);
}

static int
wrong(const struct reader *r, const struct codec_field *f, const char *want)
{
	return err_set(r->e, r->code, "%s: expected %s", f->key, want);
}

static int
no_memory(const struct reader *r)
{
	return err_set(r->e, ERR_MEMORY, "no memory for a message");
}

static int
get_text(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	const char *text = NULL;

	if (json_is_string(j)) {
		text = pool_dupn(r->pool, json_string_value(j),
		    json_string_length(j));
		if (text == NULL)
			return no_memory(r);
	} else if (f->type == CODEC_TEXT || !json_is_null(j)) {
		return wrong(r, f, "a text");
	}
	store(to, f->at, &text, sizeof(text));
	return 0;
}

static int
get_bool(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	bool b = json_is_true(j);

	if (!json_is_boolean(j))
		return wrong(r, f, "true or false");
	store(to, f->at, &b, sizeof(b));
	return 0;
}

static int
get_int(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	int64_t v = json_integer_value(j);
	int small = (int)v;

	if (!json_is_integer(j) || v < f->least || v > f->most)
		return err_set(r->e, r->code,
		    "%s: expected a whole number from %lld to %lld", f->key,
		    (long long)f->least, (long long)f->most);
	if (f->type == CODEC_INT)
		store(to, f->at, &small, sizeof(small));
	else
		store(to, f->at, &v, sizeof(v));
	return 0;
}

static int
get_real(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	double d = json_number_value(j);

	if (!json_is_number(j))
		return wrong(r, f, "a number");
	store(to, f->at, &d, sizeof(d));
	return 0;
}

static int
get_bytes(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	size_t n = (size_t)f->most;
	uint8_t bytes[MOST_BYTES];

	must(n <= sizeof(bytes));
	if (!json_is_string(j) ||
	    hex_bytes(json_string_value(j), n, bytes) == -1)
		return err_set(r->e, r->code,
		    "%s: expected %zu hexadecimal digits", f->key, 2 * n);
	store(to, f->at, bytes, n);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

static int
get_maybe(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	bool has = !json_is_null(j);
	int rc = 0;

	if (has)
		rc = f->type == CODEC_MAYBE_BYTES ? get_bytes(r, j, f, to) :
		    get_int(r, j, f, to);
	if (rc == 0)
		store(to, f->aside, &has, sizeof(has));
	return rc;
}

static int
get_inner(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	if (get_object(r, j, f->of, (char *)to + f->at) == -1)
		return err_wrap(r->e, "%s", f->key);
	return 0;
}

/* Room for the elements of array j; NULL when it is empty as well. */
static int
array_room(struct reader *r, const json_t *j, const struct codec_field *f,
    size_t each, char **ret)
{
	size_t n = json_array_size(j);

	*ret = NULL;
	if (!json_is_array(j) || n > (size_t)f->most || n < (size_t)f->least)
		return err_set(r->e, r->code,
		    "%s: expected a list of %lld to %lld", f->key,
		    (long long)f->least, (long long)f->most);
	if (n == 0)
		return 0;
	*ret = pool_array(r->pool, n, each);
	return *ret != NULL ? 0 : no_memory(r);
}

static int
get_array(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	size_t n = json_array_size(j);
	char *all;

	if (array_room(r, j, f, f->of->bytes, &all) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (get_object(r, json_array_get(j, i), f->of,
		    all + i * f->of->bytes) == -1)
			return err_wrap(r->e, "%s[%zu]", f->key, i);
	store(to, f->at, &all, sizeof(all));
	store(to, f->aside, &n, sizeof(n));
	return 0;
}

static int
get_texts(struct reader *r, const json_t *j, const struct codec_field *f,
    void *to)
{
	struct codec_field one = { .key = f->key, .type = CODEC_TEXT };
	size_t n = json_array_size(j);
	char *all;

	if (array_room(r, j, f, sizeof(char *), &all) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (get_text(r, json_array_get(j, i), &one,
		    all + i * sizeof(char *)) == -1)
			return -1;
	store(to, f->at, &all, sizeof(all));
	store(to, f->aside, &n, sizeof(n));
	return 0;
}

typedef int getter(struct reader *r, const json_t *j,
    const struct codec_field *f, void *to);

static getter *const getters[CODEC_N_TYPES] = {
	[CODEC_TEXT] = get_text, [CODEC_MAYBE_TEXT] = get_text,
	[CODEC_SAID] = get_text, [CODEC_BOOL] = get_bool,
	[CODEC_INT] = get_int, [CODEC_INT64] = get_int,
	[CODEC_COUNT] = get_int, [CODEC_REAL] = get_real,
	[CODEC_MAYBE_INT64] = get_maybe, [CODEC_BYTES] = get_bytes,
	[CODEC_MAYBE_BYTES] = get_maybe, [CODEC_OBJECT] = get_inner,
	[CODEC_ARRAY] = get_array, [CODEC_TEXTS] = get_texts,
};

static int
get_object(struct reader *r, const json_t *j, const struct codec_shape *s,
    void *to)
{
	size_t found = 0;

	if (!json_is_object(j))
		return err_set(r->e, r->code, "expected %s, an object",
		    s->what);
	for (size_t i = 0; i < s->n_fields; i++) {
		const struct codec_field *f = &s->fields[i];
		const json_t *value = json_object_get(j, f->key);

		if (value == NULL && f->optional)
			continue;
		if (value == NULL)
			return err_set(r->e, r->code, "%s: %s is missing",
			    s->what, f->key);
		found++;
		if (f->of == s && ++r->nested >= CODEC_MOST_NESTED &&
		    json_array_size(value) != 0)
			return err_set(r->e, r->code,
			    "%s: nested more than %d deep", f->key,
			    CODEC_MOST_NESTED);
		if (getters[f->type](r, value, f, to) == -1)
			return -1;
		if (f->of == s)
			r->nested--;
	}
	if (found != json_object_size(j))
		return err_set(r->e, r->code, "%s: unknown key", s->what);
	return 0;
}

static void
wiping_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

int
codec_get(const struct codec_text *t, const struct codec_shape *s,
    struct pool *p, void *ret, struct err *e)
{
	struct reader r = { .pool = p, .e = e, .code = t->code };
	json_error_t why;
	json_t *j;
	void *half = malloc(s->bytes);
	int rc;

	if (half == NULL)
		return no_memory(&r);
	memcpy(half, ret, s->bytes);
	json_set_alloc_funcs(malloc, wiping_free);
	j = json_loadb(t->json, t->n, JSON_REJECT_DUPLICATES, &why);
	/* Not jansson's own text: it quotes the input. */
	rc = j != NULL ? get_object(&r, j, s, half) :
	    err_set(e, t->code, "%s: malformed JSON at byte %d", s->what,
	    why.position);
	if (rc == 0)
		memcpy(ret, half, s->bytes);
	json_decref(j);
	explicit_bzero(half, s->bytes);
	free(half);
	return rc;
}
