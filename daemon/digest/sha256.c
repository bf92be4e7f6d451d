/*
 * sha256 - SHA-256 and HMAC over OpenSSL's block function.  A record or a
 * commitment is a few hundred bytes at most, where EVP's own bookkeeping costs
 * as much as the hash; the calls below are deprecated in favour of it, and
 * stay for as long as OpenSSL 3 does.  Every program here has one thread.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "retention/sha256.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "retention/err.h"

#define BLOCK_BYTES 64

struct sha256 {
	SHA256_CTX ctx;
};

struct sha256 *
sha256_shared(void)
{
	static struct sha256 h;		/* no memory is asked for */
	static bool begun;

	if (!begun)
		must(SHA256_Init(&h.ctx) == 1);
	begun = true;
	return &h;
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = malloc(sizeof(*h));

	if (h != NULL)
		must(SHA256_Init(&h->ctx) == 1);
	return h;
}

void
sha256_add(struct sha256 *h, const void *bytes, size_t n)
{
	must(SHA256_Update(&h->ctx, bytes, n) == 1);
}

void
sha256_end(struct sha256 *h, uint8_t ret[SHA256_BYTES])
{
	must(SHA256_Final(ret, &h->ctx) == 1);
	must(SHA256_Init(&h->ctx) == 1);	/* wipes its state */
}

void
sha256_copy(struct sha256 *to, const struct sha256 *from)
{
	to->ctx = from->ctx;
}

void
sha256_free(struct sha256 *h)
{
	if (h == NULL)
		return;
	explicit_bzero(h, sizeof(*h));
	free(h);
}

void
sha256_once(const void *bytes, size_t n, uint8_t ret[SHA256_BYTES])
{
	struct sha256 *h = sha256_shared();

	sha256_add(h, bytes, n);
	sha256_end(h, ret);
}

void
sha256_hmac_begin(struct sha256 *inner, struct sha256 *outer,
    const void *key, size_t n_key)
{
	uint8_t block[BLOCK_BYTES] = { 0 };

	if (n_key > sizeof(block))
		sha256_once(key, n_key, block);
	else if (n_key != 0)
		memcpy(block, key, n_key);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36;
	sha256_add(inner, block, sizeof(block));
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= 0x36 ^ 0x5c;
	sha256_add(outer, block, sizeof(block));
	explicit_bzero(block, sizeof(block));
}

void
sha256_hmac(const void *key, size_t n_key, const void *bytes, size_t n,
    uint8_t ret[SHA256_BYTES])
{
	struct sha256 inner, outer;

	must(SHA256_Init(&inner.ctx) == 1 && SHA256_Init(&outer.ctx) == 1);
	sha256_hmac_begin(&inner, &outer, key, n_key);
	sha256_add(&inner, bytes, n);
	sha256_end(&inner, ret);
	sha256_add(&outer, ret, SHA256_BYTES);
	sha256_end(&outer, ret);
	explicit_bzero(&inner, sizeof(inner));
	explicit_bzero(&outer, sizeof(outer));
}
