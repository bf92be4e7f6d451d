/*
 * keypair - the only place where a private key is used.
 */
#include "keypair.h"

#include <string.h>

#include <openssl/evp.h>

int
keypair_make(const uint8_t seed[32], const char *name, struct keypair *ret,
    struct err *e)
{
	struct keypair p = { .private = NULL };
	uint8_t pub[32];
	size_t n = sizeof(pub);

	p.private = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
	    32);
	if (p.private == NULL ||
	    EVP_PKEY_get_raw_public_key(p.private, pub, &n) != 1) {
		keypair_release(&p);
		return err_set(e, ERR_MEMORY, "signing key: OpenSSL failed");
	}
	if (note_key_make(name, pub, &p.public, e) == -1) {
		keypair_release(&p);
		e->code = ERR_CONFIG;
		return err_wrap(e, "origin");
	}
	*ret = p;
	return 0;
}

void
keypair_release(struct keypair *p)
{
	EVP_PKEY_free(p->private);	/* wiped by OpenSSL */
	*p = (struct keypair){ .private = NULL };
}

int
keypair_sign(const struct keypair *p, const void *bytes, size_t n,
    uint8_t ret[64], struct err *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[64];
	size_t n_sig = sizeof(sig);
	int good = ctx != NULL && p->private != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, p->private) == 1 &&
	    EVP_DigestSign(ctx, sig, &n_sig, bytes, n) == 1 && n_sig == 64;

	EVP_MD_CTX_free(ctx);
	if (!good)
		return err_set(e, ERR_TRAIL, "signing failed");
	memcpy(ret, sig, sizeof(sig));
	return 0;
}
