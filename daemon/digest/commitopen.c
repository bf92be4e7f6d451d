/* commitopen - commitments one by one, for receipts; commit makes many. */
#include "retention/commitopen.h"

#include <string.h>

#include "retention/buf.h"
#include "retention/sha256.h"

#define MOST_PART 65535

static const char label_salt[] = "retentiond/salt/v1";	/* with their NULs */
static const char label_commit[] = "retentiond/commit/v1";

static void
add_part(struct buf *b, const void *part, size_t n)
{
	const uint8_t frame[2] = { (uint8_t)(n >> 8), (uint8_t)n };

	if (n > MOST_PART)
		b->failed = true;
	buf_add(b, frame, sizeof(frame));
	buf_add(b, part, n);
}

static void
add_id(struct buf *b, const struct commitopen_item *item)
{
	add_part(b, item->store, strlen(item->store));
	add_part(b, item->object, strlen(item->object));
	add_part(b, item->key, item->n_key);
}

int
commitopen_salt(const struct commit_op *op, const struct commitopen_item *item,
    uint8_t ret_salt[32])
{
	struct buf b = BUF_EMPTY;
	int rc = -1;

	buf_add(&b, label_salt, sizeof(label_salt));
	add_id(&b, item);
	if (!buf_failed(&b)) {
		sha256_hmac(op->key, sizeof(op->key), b.data, b.n, ret_salt);
		rc = 0;
	}
	buf_release(&b);
	return rc;
}

int
commitopen_c(const uint8_t salt[32], const struct commitopen_item *item,
    uint8_t ret_c[COMMIT_BYTES])
{
	struct buf b = BUF_EMPTY;
	int rc = -1;

	buf_add(&b, label_commit, sizeof(label_commit));
	buf_add(&b, salt, 32);
	add_id(&b, item);
	if (!buf_failed(&b)) {
		sha256_once(b.data, b.n, ret_c);
		rc = 0;
	}
	buf_release(&b);
	return rc;
}
