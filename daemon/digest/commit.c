/*
 * commit - commitments to items.  Everything that does not depend on the
 * item's own key is hashed once, when the maker is made; an item then costs
 * three copied hash states and no allocation of ours.
 */
#include "retention/commit.h"

#include <stdlib.h>
#include <string.h>

#include "retention/merkle.h"
#include "retention/sha256.h"

#define MOST_PART 65535

static const char label_op[] = "retentiond/op/v1";	/* with their NULs */
static const char label_salt[] = "retentiond/salt/v1";
static const char label_commit[] = "retentiond/commit/v1";

struct commit_maker {
	struct sha256 *salt;	/* HMAC inner: K_op, label, store, object */
	struct sha256 *outer;	/* HMAC outer: K_op */
	struct sha256 *label;	/* label of the commitment */
	struct sha256 *run;	/* scratch */
	uint8_t *front;		/* store and object as they stand in an id */
	size_t n_front;
};

void
commit_op_key(const uint8_t k_ep[32], const uint8_t op[COMMIT_OP_BYTES],
    uint8_t ret_key[32])
{
	uint8_t text[sizeof(label_op) + COMMIT_OP_BYTES];

	memcpy(text, label_op, sizeof(label_op));
	memcpy(text + sizeof(label_op), op, COMMIT_OP_BYTES);
	sha256_hmac(k_ep, 32, text, sizeof(text), ret_key);
}

static uint8_t *
put_length(uint8_t *at, size_t n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
	return at + 2;
}

static uint8_t *
put_part(uint8_t *at, const char *part, size_t n)
{
	at = put_length(at, n);
	memcpy(at, part, n);
	return at + n;
}

static int
make_front(struct commit_maker *m, const char *store, const char *object)
{
	size_t n_store = strlen(store);
	size_t n_object = strlen(object);

	if (n_store > MOST_PART || n_object > MOST_PART)
		return -1;
	m->n_front = 2 + n_store + 2 + n_object;
	m->front = malloc(m->n_front);
	if (m->front == NULL)
		return -1;
	(void)put_part(put_part(m->front, store, n_store), object, n_object);
	return 0;
}

struct commit_maker *
commit_maker_new(const struct commit_op *op, const char *store,
    const char *object)
{
	struct commit_maker *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->salt = sha256_new();
	m->outer = sha256_new();
	m->label = sha256_new();
	m->run = sha256_new();
	if (m->salt == NULL || m->outer == NULL || m->label == NULL ||
	    m->run == NULL || make_front(m, store, object) == -1) {
		commit_maker_free(m);
		return NULL;
	}
	sha256_hmac_begin(m->salt, m->outer, op->key, sizeof(op->key));
	sha256_add(m->salt, label_salt, sizeof(label_salt));
	sha256_add(m->salt, m->front, m->n_front);
	sha256_add(m->label, label_commit, sizeof(label_commit));
	return m;
}

int
commit_maker_item(struct commit_maker *m, const void *key, size_t n_key,
    uint8_t ret_c[COMMIT_BYTES])
{
	uint8_t length[2];
	uint8_t salt[32];

	if (n_key > MOST_PART)
		return -1;
	(void)put_length(length, n_key);
	sha256_copy(m->run, m->salt);
	sha256_add(m->run, length, sizeof(length));
	sha256_add(m->run, key, n_key);
	sha256_end(m->run, salt);
	sha256_copy(m->run, m->outer);
	sha256_add(m->run, salt, sizeof(salt));
	sha256_end(m->run, salt);

	sha256_copy(m->run, m->label);
	sha256_add(m->run, salt, sizeof(salt));
	sha256_add(m->run, m->front, m->n_front);
	sha256_add(m->run, length, sizeof(length));
	sha256_add(m->run, key, n_key);
	sha256_end(m->run, ret_c);
	explicit_bzero(salt, sizeof(salt));
	return 0;
}

void
commit_maker_free(struct commit_maker *m)
{
	if (m == NULL)
		return;
	sha256_free(m->salt);
	sha256_free(m->outer);
	sha256_free(m->label);
	sha256_free(m->run);
	free(m->front);
	free(m);
}

static int
ascending(const void *a, const void *b)
{
	return memcmp(a, b, COMMIT_BYTES);
}

/*
 * Commitments are evenly spread, so 4,096 buckets by their first 12 bits hold
 * a few each, and an insertion sort does the rest.
 */
#define BUCKETS 4096

static size_t
bucket_of(const uint8_t c[COMMIT_BYTES])
{
	return (size_t)c[0] << 4 | c[1] >> 4;
}

static void
insert(uint8_t (*c)[COMMIT_BYTES], size_t n)
{
	uint8_t one[COMMIT_BYTES];

	for (size_t i = 1; i < n; i++) {
		size_t at = i;

		while (at > 0 && memcmp(c[at - 1], c[i], COMMIT_BYTES) > 0)
			at--;
		if (at == i)
			continue;
		memcpy(one, c[i], COMMIT_BYTES);
		memmove(c + at + 1, c + at, (i - at) * COMMIT_BYTES);
		memcpy(c[at], one, COMMIT_BYTES);
	}
}

static int
spread(uint8_t (*c)[COMMIT_BYTES], size_t n)
{
	uint8_t (*copy)[COMMIT_BYTES] = malloc(n * COMMIT_BYTES);
	size_t *end = calloc(BUCKETS + 1, sizeof(*end));
	int rc = -1;

	if (copy != NULL && end != NULL) {
		for (size_t i = 0; i < n; i++)
			end[bucket_of(c[i]) + 1]++;
		for (size_t b = 1; b <= BUCKETS; b++)
			end[b] += end[b - 1];
		memcpy(copy, c, n * COMMIT_BYTES);
		for (size_t i = 0; i < n; i++)
			memcpy(c[end[bucket_of(copy[i])]++], copy[i],
			    COMMIT_BYTES);
		/* end[b] is now where bucket b ends */
		for (size_t b = 0; b < BUCKETS; b++) {
			size_t from = b == 0 ? 0 : end[b - 1];

			insert(c + from, end[b] - from);
		}
		rc = 0;
	}
	free(copy);
	free(end);
	return rc;
}

static void
sort(uint8_t (*c)[COMMIT_BYTES], size_t n)
{
	/* In bad hands the buckets could be uneven: few items only are worth
	 * the risk of a square. */
	if (n < 256 || n > COMMIT_MAX_ITEMS || spread(c, n) == -1)
		qsort(c, n, sizeof(*c), ascending);
}

void
commit_root(uint8_t (*c)[COMMIT_BYTES], size_t n, uint8_t ret_root[32])
{
	struct merkle m = MERKLE_EMPTY;
	uint8_t leaf[32];

	if (n > 1)
		sort(c, n);
	for (size_t i = 0; i < n; i++) {
		merkle_leaf(c[i], COMMIT_BYTES, leaf);
		merkle_add(&m, leaf);
	}
	merkle_root(&m, ret_root);
}

long
commit_find(const uint8_t (*sorted)[COMMIT_BYTES], size_t n,
    const uint8_t c[COMMIT_BYTES])
{
	const uint8_t (*at)[COMMIT_BYTES] = n == 0 ? NULL :
	    bsearch(c, sorted, n, sizeof(*sorted), ascending);

	return at == NULL ? -1 : (long)(at - sorted);
}
