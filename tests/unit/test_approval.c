/* Proves that a policy file counts as signed by a named key for exactly these
 * bytes under exactly this name. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/approval.h"
#include "retention/buf.h"
#include "retention/note.h"

#include "tap.h"

struct signer {
	EVP_PKEY *key;
	struct note_key pub;
	char vkey[NOTE_VKEY_BYTES];
};

static char folder[] = "/tmp/retention-approval.XXXXXX";

static struct signer
make(const char *name, uint8_t seed)
{
	struct signer s;
	uint8_t raw[32], pub[32];
	size_t n = sizeof(pub);
	struct err e;

	memset(raw, seed, sizeof(raw));
	s.key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, 32);
	if (s.key == NULL || EVP_PKEY_get_raw_public_key(s.key, pub, &n) != 1 ||
	    note_key_make(name, pub, &s.pub, &e) == -1)
		abort();
	note_key_text(&s.pub, s.vkey);
	return s;
}

static void
write_file(const char *name, const struct buf *b)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (f == NULL || fwrite(buf_text(b), 1, b->n, f) != b->n ||
	    fclose(f) != 0)
		abort();
}

/* NAME.sig over the hash of all `fill`, as of a file called `as`. */
static void
sign(const struct signer *s, const char *name, const char *as, int fill,
    bool spoil)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf note = BUF_EMPTY;
	uint8_t hash[32], sig[64];
	size_t n = sizeof(sig);
	char file[100];
	struct err e;

	memset(hash, fill, sizeof(hash));
	if (approval_text(as, hash, &note, &e) == -1 || ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, s->key) != 1 ||
	    EVP_DigestSign(ctx, sig, &n, (const uint8_t *)buf_text(&note),
	    note.n) != 1)
		abort();
	sig[63] ^= spoil;
	note_add_signature(&note, true, &s->pub, sig);
	(void)snprintf(file, sizeof(file), "%s.sig", name);
	write_file(file, &note);
	buf_release(&note);
	EVP_MD_CTX_free(ctx);
}

static int
check(const char *name, int fill, const char *const *keys, size_t n,
    struct err *e)
{
	uint8_t hash[32];
	char path[200];

	memset(hash, fill, sizeof(hash));
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	*e = ERR_EMPTY;
	return approval_check(path, hash, keys, n, e);
}

int
main(void)
{
	struct signer alice, bob;
	struct buf junk = BUF_EMPTY;
	const char *keys[2];
	struct err e;

	if (mkdtemp(folder) == NULL)
		abort();
	alice = make("alice@example.org", 1);
	bob = make("bob@example.org", 2);
	keys[0] = alice.vkey;
	keys[1] = bob.vkey;
	ok(check("a.conf", 7, keys, 0, &e) == 0, "no keys: nothing is asked");
	ok(check("a.conf", 7, keys, 2, &e) == -1 && e.code == ERR_REFUSED,
	    "no signature: %s", e.text);
	sign(&bob, "a.conf", "/x/a.conf", 7, false);
	ok(check("a.conf", 7, keys, 2, &e) == 0, "one of two has signed");
	ok(check("a.conf", 7, keys, 1, &e) == -1, "bob is not named: %s",
	    e.text);
	ok(check("a.conf", 8, keys, 2, &e) == -1, "another byte: %s", e.text);
	sign(&alice, "a.conf", "b.conf", 7, false);
	ok(check("a.conf", 7, keys, 2, &e) == -1, "another name: %s", e.text);
	sign(&alice, "a.conf", "a.conf", 7, true);
	ok(check("a.conf", 7, keys, 2, &e) == -1, "a broken signature: %s",
	    e.text);
	buf_puts(&junk, "retentiond policy\n");
	write_file("a.conf.sig", &junk);
	ok(check("a.conf", 7, keys, 2, &e) == -1, "half a note: %s", e.text);
	buf_release(&junk);
	keys[1] = "nonsense";
	ok(approval_keys(keys, 2, &e) == -1 && approval_keys(keys, 1, &e) == 0,
	    "a key that is none");
	ok(check("a.conf", 7, keys, 2, &e) == -1, "refuses everything: %s",
	    e.text);
	EVP_PKEY_free(alice.key);
	EVP_PKEY_free(bob.key);
	if (chdir(folder) == 0)
		(void)unlink("a.conf.sig");
	(void)rmdir(folder);
	return tap_done();
}
