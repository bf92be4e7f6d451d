/*
 * keypair - the only place where a private key is used.  OpenSSL's own key has
 * the seed in ordinary memory: it is made for one signature and wiped.
 */
#include "keypair.h"

#include <string.h>

#include <openssl/evp.h>

#include "keyfile.h"

static EVP_PKEY *
for_now(const uint8_t *seed)
{
	return seed != NULL ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519,
	    NULL, seed, KEYFILE_BYTES) : NULL;
}

int
keypair_make(const uint8_t seed[32], const char *name, struct keypair *ret,
    struct err *e)
{
	struct keypair p = { .private = keyfile_secret(e) };
	EVP_PKEY *private;
	uint8_t pub[32];
	size_t n = sizeof(pub);
	bool good;

	if (p.private == NULL)
		return -1;
	memcpy(p.private, seed, KEYFILE_BYTES);
	private = for_now(seed);
	good = private != NULL &&
	    EVP_PKEY_get_raw_public_key(private, pub, &n) == 1;
	EVP_PKEY_free(private);		/* wiped by OpenSSL */
	if (!good) {
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
	keyfile_wipe(p->private);
	*p = (struct keypair){ .private = NULL };
}

int
keypair_sign(const struct keypair *p, const void *bytes, size_t n,
    uint8_t ret[64], struct err *e)
{
	EVP_PKEY *private = for_now(p->private);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[64];
	size_t n_sig = sizeof(sig);
	int good = ctx != NULL && private != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, private) == 1 &&
	    EVP_DigestSign(ctx, sig, &n_sig, bytes, n) == 1 && n_sig == 64;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(private);
	if (!good)
		return err_set(e, ERR_TRAIL, "signing failed");
	memcpy(ret, sig, sizeof(sig));
	return 0;
}
