/*
 * sha256 - SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) over OpenSSL's
 * block function.  One thread only.
 */
#ifndef RETENTION_SHA256_H
#define RETENTION_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

struct sha256;				/* a running hash */

struct sha256 *sha256_new(void);	/* NULL: no memory */
void sha256_add(struct sha256 *h, const void *bytes, size_t n);
void sha256_end(struct sha256 *h, uint8_t ret[SHA256_BYTES]);	/* and restart */
void sha256_copy(struct sha256 *to, const struct sha256 *from);
void sha256_free(struct sha256 *h);	/* wipes; NULL is fine */

/* The scratch hash of the one-shot functions, empty; end it before calling
 * any of them.  Borrowed. */
struct sha256 *sha256_shared(void);

void sha256_once(const void *bytes, size_t n, uint8_t ret[SHA256_BYTES]);

void sha256_hmac(const void *key, size_t n_key, const void *bytes, size_t n,
    uint8_t ret[SHA256_BYTES]);

/* The two halves of an HMAC, fresh hashes that take the key: feed the message
 * to inner, then inner's result to outer.  For many messages under one key. */
void sha256_hmac_begin(struct sha256 *inner, struct sha256 *outer,
    const void *key, size_t n_key);

#endif
