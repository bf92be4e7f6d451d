/*
 * key - private keys of the daemon.  Made once, never overwritten, refused
 * when anybody else could have read them.  The signing key lives in
 * OpenSSL's locked heap; other private bytes pass through and are wiped.
 */
#include "retention/key.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "retention/fd.h"
#include "retention/sha256.h"

#define KEY_BYTES 32
#define SECURE_HEAP 32768
#define SECURE_LEAST 32

struct key {
	EVP_PKEY *private;		/* owned */
	struct note_key public;
};

static const char pseudonym_label[] = "retentiond/pseudonym/v1"; /* with NUL */

/* The folder, made when missing; fd to it or -1. */
static int
open_folder(int at, const char *path, struct err *e)
{
	struct stat st;
	int fd;

	if (mkdirat(at, path, 0700) == 0) {
		if (at != AT_FDCWD && fsync(at) == -1)
			return err_sys(e, "fsync");
	} else if (errno != EEXIST) {
		return err_sys(e, "%s", path);
	}
	fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		(void)err_sys(e, "%s", path);
		fd_close(&fd);
		return -1;
	}
	if (at != AT_FDCWD && (st.st_mode & 077) != 0) {
		fd_close(&fd);
		return err_set(e, ERR_CONFIG, "folder %s is open to others: "
		    "run chmod 700 on it", path);
	}
	return fd;
}

/* keys, or keys/commit, below the state folder. */
static int
open_keys(const char *state, const char *inner, struct err *e)
{
	int top = open_folder(AT_FDCWD, state, e);
	int keys = top != -1 ? open_folder(top, "keys", e) : -1;
	int fd = keys;

	if (keys != -1 && inner != NULL) {
		fd = open_folder(keys, inner, e);
		fd_close(&keys);
	}
	fd_close(&top);
	if (fd == -1)
		err_wrap(e, "keys of %s", state);
	return fd;
}

static int
random_bytes(uint8_t *ret, size_t n, struct err *e)
{
	ssize_t got;

	do
		got = getrandom(ret, n, 0);
	while (got == -1 && errno == EINTR);
	return got == (ssize_t)n ? 0 : err_sys(e, "getrandom");
}

static int
write_temp(int dirfd, const char *temp, struct err *e)
{
	uint8_t bytes[KEY_BYTES];
	int fd = openat(dirfd, temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc;

	if (fd == -1)
		return err_sys(e, "create");
	rc = random_bytes(bytes, sizeof(bytes), e);
	if (rc == 0)
		rc = fd_write_all(fd, bytes, sizeof(bytes), e);
	if (rc == 0 && fsync(fd) == -1)
		rc = err_sys(e, "fsync");
	OPENSSL_cleanse(bytes, sizeof(bytes));
	fd_close(&fd);
	return rc;
}

/* A new key appears whole or not at all, and never in place of another.
 * 1: made, 0: there was one. */
static int
make_key(int dirfd, const char *name, struct err *e)
{
	char temp[64];
	struct stat st;
	int rc = 1;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	(void)snprintf(temp, sizeof(temp), ".%s.new", name);
	(void)unlinkat(dirfd, temp, 0);		/* left by a crash */
	if (write_temp(dirfd, temp, e) == -1)
		return err_wrap(e, "key %s", name);
	if (linkat(dirfd, temp, dirfd, name, 0) == -1)
		rc = errno == EEXIST ? 0 : err_sys(e, "key %s", name);
	(void)unlinkat(dirfd, temp, 0);
	if (rc == 1 && fsync(dirfd) == -1)
		rc = err_sys(e, "key %s: fsync of the folder", name);
	return rc;
}

static int
check_file(const struct stat *st, const char *name, struct err *e)
{
	if (!S_ISREG(st->st_mode) || st->st_size != KEY_BYTES)
		return err_set(e, ERR_CONFIG, "key %s: not a file of %d bytes; "
		    "restore it from its backup", name, KEY_BYTES);
	if ((st->st_mode & 077) != 0)
		return err_set(e, ERR_CONFIG, "key %s: open to others; if "
		    "nobody read it run chmod 600 on it", name);
	if (st->st_uid != geteuid())
		return err_set(e, ERR_CONFIG, "key %s: belongs to another "
		    "user; run chown on it", name);
	return 0;
}

static int
read_key(int dirfd, const char *name, uint8_t ret[KEY_BYTES], struct err *e)
{
	struct stat st;
	int fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int rc;

	if (fd == -1 && errno == ENOENT)
		return err_set(e, ERR_CONFIG, "key %s: missing; restore it "
		    "from its backup (retentionctl key init makes a first "
		    "one)", name);
	if (fd == -1 || fstat(fd, &st) == -1) {
		rc = err_sys(e, "key %s", name);
		fd_close(&fd);
		return rc;
	}
	rc = check_file(&st, name, e);
	if (rc == 0 && read(fd, ret, KEY_BYTES) != KEY_BYTES)
		rc = err_sys(e, "key %s: read", name);
	fd_close(&fd);
	return rc;
}

/* Whether there is a trail that the keys belong to. */
static bool
has_trail(int keys)
{
	struct stat st;

	return fstatat(keys, "../trail/log", &st, 0) == 0;
}

static int
refuse_lost(int keys, const char *name, struct err *e)
{
	struct stat st;

	if (!has_trail(keys) ||
	    fstatat(keys, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "key %s: missing, and there is a trail "
	    "that was made with it; restore it from its backup, or start on "
	    "a new state folder", name);
}

int
key_init(const char *state, bool *ret_made, struct err *e)
{
	int fd = open_keys(state, NULL, e);
	int commit = -1;
	int made = -1;

	if (fd == -1)
		return -1;
	if (refuse_lost(fd, "current", e) == 0 &&
	    refuse_lost(fd, "pseudonym.key", e) == 0)
		made = make_key(fd, "current", e);
	if (made != -1 && make_key(fd, "pseudonym.key", e) == -1)
		made = -1;
	if (made != -1 && (commit = open_folder(fd, "commit", e)) == -1)
		made = -1;
	fd_close(&commit);
	fd_close(&fd);
	if (made == -1)
		return -1;
	*ret_made = made == 1;
	return 0;
}

static int
make_pair(struct key *k, const uint8_t seed[KEY_BYTES], const char *origin,
    struct err *e)
{
	uint8_t pub[32];
	size_t n = sizeof(pub);

	k->private = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
	    KEY_BYTES);
	if (k->private == NULL ||
	    EVP_PKEY_get_raw_public_key(k->private, pub, &n) != 1)
		return err_set(e, ERR_MEMORY, "signing key: OpenSSL failed");
	if (note_key_make(origin, pub, &k->public, e) == -1) {
		e->code = ERR_CONFIG;
		return err_wrap(e, "origin");
	}
	return 0;
}

int
key_load(const char *state, const char *origin, struct key **ret,
    struct err *e)
{
	struct key *k = calloc(1, sizeof(*k));
	uint8_t seed[KEY_BYTES];
	int fd = -1;
	int rc = -1;

	if (k == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a key");
	if (!CRYPTO_secure_malloc_initialized())
		(void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_LEAST);
	(void)mlock(seed, sizeof(seed));	/* as far as it is allowed */
	fd = open_keys(state, NULL, e);
	if (fd == -1)
		goto out;
	if (read_key(fd, "current", seed, e) == -1)
		goto out;
	if (make_pair(k, seed, origin, e) == -1)
		goto out;
	*ret = k;
	k = NULL;
	rc = 0;
out:
	OPENSSL_cleanse(seed, sizeof(seed));
	(void)munlock(seed, sizeof(seed));
	fd_close(&fd);
	key_free(k);
	return rc;
}

void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->private);	/* wiped by OpenSSL */
	free(k);
}

const struct note_key *
key_public(const struct key *k)
{
	return &k->public;
}

int
key_sign(const struct key *k, const void *bytes, size_t n, uint8_t ret[64],
    struct err *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[64];
	size_t n_sig = sizeof(sig);
	int good = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->private) == 1 &&
	    EVP_DigestSign(ctx, sig, &n_sig, bytes, n) == 1 && n_sig == 64;

	EVP_MD_CTX_free(ctx);
	if (!good)
		return err_set(e, ERR_TRAIL, "signing failed");
	memcpy(ret, sig, sizeof(sig));
	return 0;
}

static int
read_epoch(const char *state, uint32_t ep, bool make, uint8_t ret_k[KEY_BYTES],
    struct err *e)
{
	int fd = open_keys(state, "commit", e);
	char name[32];
	int rc;

	if (fd == -1)
		return -1;
	(void)snprintf(name, sizeof(name), "%" PRIu32 ".key", ep);
	rc = make && make_key(fd, name, e) == -1 ? -1 :
	    read_key(fd, name, ret_k, e);
	fd_close(&fd);
	return rc;
}

int
key_epoch(const char *state, uint32_t ep, uint8_t ret_k[32], struct err *e)
{
	return read_epoch(state, ep, true, ret_k, e);
}

int
key_epoch_old(const char *state, uint32_t ep, uint8_t ret_k[32], struct err *e)
{
	return read_epoch(state, ep, false, ret_k, e);
}

static int
read_subject(const char *state, bool make, uint8_t ret_k[KEY_BYTES],
    struct err *e)
{
	int fd = open_keys(state, NULL, e);
	int rc;

	if (fd == -1)
		return -1;
	rc = make && make_key(fd, "subject.key", e) == -1 ? -1 :
	    read_key(fd, "subject.key", ret_k, e);
	fd_close(&fd);
	return rc;
}

int
key_subject(const char *state, uint8_t ret_k[32], struct err *e)
{
	return read_subject(state, true, ret_k, e);
}

int
key_subject_old(const char *state, uint8_t ret_k[32], struct err *e)
{
	return read_subject(state, false, ret_k, e);
}

int
key_pseudonym(const char *state, const char *notice, uint8_t ret_k[32],
    struct err *e)
{
	uint8_t text[sizeof(pseudonym_label) + 256];
	uint8_t key[KEY_BYTES];
	size_t n = strlen(notice);
	int fd, rc;

	if (n > sizeof(text) - sizeof(pseudonym_label))
		return err_set(e, ERR_INPUT, "notice id longer than 256 bytes");
	fd = open_keys(state, NULL, e);
	if (fd == -1)
		return -1;
	rc = read_key(fd, "pseudonym.key", key, e);
	if (rc == 0) {
		memcpy(text, pseudonym_label, sizeof(pseudonym_label));
		memcpy(text + sizeof(pseudonym_label), notice, n);
		sha256_hmac(key, sizeof(key), text,
		    sizeof(pseudonym_label) + n, ret_k);
	}
	OPENSSL_cleanse(key, sizeof(key));
	fd_close(&fd);
	return rc;
}
