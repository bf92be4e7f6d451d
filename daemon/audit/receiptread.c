/*
 * receiptread - reads a receipt that anybody may have written.  Only the one
 * spelling that receipt_text() gives is taken: so no byte is without meaning,
 * and none can be changed unnoticed.
 */
#include <string.h>

#include <jansson.h>

#include "retention/buf.h"
#include "retention/hex.h"
#include "retention/pool.h"
#include "retention/receipt.h"

static int
read_uint(const json_t *object, const char *key, uint64_t *ret)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return -1;
	*ret = (uint64_t)json_integer_value(v);
	return 0;
}

static int
read_hash(const json_t *v, uint8_t ret[32])
{
	if (!json_is_string(v) || hex_from_base64(json_string_value(v),
	    json_string_length(v), ret, 32) != 32)
		return -1;
	return 0;
}

static const char *
text_of(const json_t *object, const char *key, struct pool *p)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? pool_dup(p, text) : NULL;
}

static int
read_parts(const json_t *list, struct pool *p, struct receipt *r)
{
	size_t n = json_array_size(list);
	const char **part = n != 0 && n <= RECEIPT_MOST_PARTS ?
	    pool_array(p, n, sizeof(*part)) : NULL;

	if (part == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		part[i] = text != NULL ? pool_dup(p, text) : NULL;
		if (part[i] == NULL)
			return -1;
	}
	r->part = part;
	r->n_parts = n;
	return 0;
}

static int
read_path(const json_t *list, struct receipt *r)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > MERKLEPATH_MOST)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (read_hash(json_array_get(list, i), r->path.hash[i]) == -1)
			return -1;
	r->path.n = n;
	return 0;
}

static int
read_item(const json_t *item, struct pool *p, struct receipt *r)
{
	const char *op = json_string_value(json_object_get(item, "op"));

	r->store = text_of(item, "store", p);
	r->object = text_of(item, "object", p);
	if (r->store == NULL || r->object == NULL ||
	    read_parts(json_object_get(item, "key"), p, r) == -1 ||
	    op == NULL || hex_bytes(op, sizeof(r->op), r->op) == -1 ||
	    read_hash(json_object_get(item, "salt"), r->salt) == -1 ||
	    read_uint(item, "n", &r->path.size) == -1 ||
	    read_uint(item, "index", &r->path.index) == -1)
		return -1;
	return read_path(json_object_get(item, "path"), r);
}

static int
read_keys(const json_t *list, struct pool *p, struct receipt *r)
{
	size_t n = json_array_size(list);
	struct receipt_key *k = n != 0 && n <= RECEIPT_MOST_KEYS ?
	    pool_array(p, n, sizeof(*k)) : NULL;

	if (k == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(list, i);
		uint64_t ep;

		k[i].vkey = text_of(one, "vkey", p);
		k[i].note = text_of(one, "note", p);
		if (read_uint(one, "ep", &ep) == -1 || ep > UINT32_MAX ||
		    k[i].vkey == NULL)
			return -1;
		k[i].ep = (uint32_t)ep;
	}
	r->keys = k;
	r->n_keys = n;
	return 0;
}

static int
read_record(const json_t *object, struct pool *p, struct receipt_record *ret)
{
	ret->line = text_of(object, "line", p);
	ret->proof = text_of(object, "proof", p);
	return ret->line != NULL && ret->proof != NULL ? 0 : -1;
}

static int
read_all(const json_t *object, struct pool *p, struct receipt *r)
{
	if (read_item(json_object_get(object, "item"), p, r) == -1 ||
	    read_keys(json_object_get(object, "keys"), p, r) == -1 ||
	    read_record(json_object_get(object, "intent"), p,
	    &r->intent) == -1)
		return -1;
	return read_record(json_object_get(object, "outcome"), p, &r->outcome);
}

static bool
same_again(const struct receipt *r, const char *text, size_t n)
{
	struct buf b = BUF_EMPTY;
	bool same;

	receipt_text(r, &b);
	same = !buf_failed(&b) && b.n == n && memcmp(b.data, text, n) == 0;
	buf_release(&b);
	return same;
}

int
receiptread_parse(const char *text, size_t n, struct pool *p,
    struct receipt *ret, struct err *e)
{
	struct receipt r = { .n_parts = 0 };
	json_t *object = n <= RECEIPT_MOST_BYTES ? json_loadb(text, n,
	    JSON_REJECT_DUPLICATES, NULL) : NULL;
	int rc = 0;

	if (!json_is_object(object))
		rc = err_set(e, ERR_INPUT, "not a receipt: expected a JSON "
		    "object of at most %zu MiB", RECEIPT_MOST_BYTES >> 20);
	else if (read_all(object, p, &r) == -1)
		rc = err_set(e, ERR_INPUT, "not a receipt: a member is "
		    "missing or malformed");
	else if (!same_again(&r, text, n))
		rc = err_set(e, ERR_INPUT, "the receipt is not written in its "
		    "one form: it was changed");
	json_decref(object);
	if (rc == 0)
		*ret = r;
	return rc;
}
