/*
 * sha256 - SHA-256 and HMAC over OpenSSL.  The method is fetched once, the
 * context of the one-shot functions is made once: half the cost of a short
 * hash is looking both up.  Every program here has one thread.
 */
#include "retention/sha256.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "retention/err.h"

#define BLOCK_BYTES 64

struct sha256 {
	EVP_MD_CTX *ctx;		/* owned */
};

/* Not data but a handle to the library's code; set once, never changed. */
static EVP_MD *
method(void)
{
	static EVP_MD *md;

	if (md == NULL)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	must(md != NULL);
	return md;
}

struct sha256 *
sha256_shared(void)
{
	static struct sha256 *h;

	if (h == NULL)
		h = sha256_new();
	must(h != NULL);
	return h;
}

static void
restart(struct sha256 *h)
{
	must(EVP_DigestInit_ex2(h->ctx, method(), NULL) == 1);
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->ctx = EVP_MD_CTX_new();
	if (h->ctx == NULL) {
		free(h);
		return NULL;
	}
	restart(h);
	return h;
}

void
sha256_add(struct sha256 *h, const void *bytes, size_t n)
{
	must(EVP_DigestUpdate(h->ctx, bytes, n) == 1);
}

void
sha256_end(struct sha256 *h, uint8_t ret[SHA256_BYTES])
{
	must(EVP_DigestFinal_ex(h->ctx, ret, NULL) == 1);
	restart(h);
}

void
sha256_copy(struct sha256 *to, const struct sha256 *from)
{
	must(EVP_MD_CTX_copy_ex(to->ctx, from->ctx) == 1);
}

void
sha256_free(struct sha256 *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);	/* wipes its state */
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
	struct sha256 *inner = sha256_new();
	struct sha256 *outer = sha256_new();

	must(inner != NULL && outer != NULL);
	sha256_hmac_begin(inner, outer, key, n_key);
	sha256_add(inner, bytes, n);
	sha256_end(inner, ret);
	sha256_add(outer, ret, SHA256_BYTES);
	sha256_end(outer, ret);
	sha256_free(inner);
	sha256_free(outer);
}
