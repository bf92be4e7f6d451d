#include "cli_items.h"

#include <stdlib.h>
#include <string.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/merkle.h"
#include "retention/record.h"

static int
from_record(const json_t *list, struct buf *ret)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		uint8_t c[COMMIT_BYTES];

		if (!json_is_string(one) || hex_from_base64(
		    json_string_value(one), json_string_length(one), c,
		    sizeof(c)) != (ssize_t)sizeof(c))
			return -1;
		buf_add(ret, c, sizeof(c));
	}
	return 0;
}

static int
from_file(const char *state, const json_t *intent, struct buf *ret)
{
	const char *op = json_string_value(json_object_get(intent, "op"));
	struct err e;
	struct buf path = BUF_EMPTY;
	int rc = -1;

	if (op == NULL || strspn(op, "0123456789abcdef") != strlen(op))
		return -1;
	buf_putf(&path, "%s/trail/items/%s.bin", state, op);
	if (!buf_failed(&path))
		rc = fd_read_file(buf_text(&path), (size_t)COMMIT_MAX_ITEMS *
		    COMMIT_BYTES, ret, &e);
	buf_release(&path);
	return rc;
}

static int
make_path(const struct buf *list, long at, struct merklepath *ret)
{
	const size_t n = list->n / COMMIT_BYTES;
	uint8_t (*leaf)[32] = calloc(n, sizeof(*leaf));
	struct merklepath_leaves l = { .leaf = (const uint8_t (*)[32])leaf,
		.n = n };
	int rc = -1;

	for (size_t i = 0; leaf != NULL && i < n; i++)
		merkle_leaf(list->data + i * COMMIT_BYTES, COMMIT_BYTES,
		    leaf[i]);
	if (leaf != NULL)
		rc = merklepath_make(&l, (uint64_t)at, n, ret);
	free(leaf);
	return rc;
}

int
cli_items_read(const char *state, const json_t *intent, struct buf *ret)
{
	const json_t *list = json_object_get(intent, "c");
	int64_t n = json_integer_value(json_object_get(intent, "n"));

	if ((list != NULL ? from_record(list, ret) :
	    from_file(state, intent, ret)) == -1 || buf_failed(ret))
		return -1;
	return n > 0 && n <= COMMIT_MAX_ITEMS &&
	    ret->n == (size_t)n * COMMIT_BYTES ? 0 : -1;
}

int
cli_items_path(const char *state, const json_t *intent,
    const uint8_t c[COMMIT_BYTES], struct merklepath *ret)
{
	const json_t *list = json_object_get(intent, "c");
	struct buf b = BUF_EMPTY;
	long at = -1;
	int rc = list != NULL ? from_record(list, &b) :
	    from_file(state, intent, &b);

	if (rc == 0 && b.n >= COMMIT_BYTES && !buf_failed(&b))
		at = commit_find((const uint8_t (*)[COMMIT_BYTES])b.data,
		    b.n / COMMIT_BYTES, c);
	rc = at != -1 ? make_path(&b, at, ret) : -1;
	buf_release(&b);
	return rc;
}
