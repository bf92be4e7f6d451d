/*
 * key_recovery - the key that lies in a safe.  It signs nothing but the
 * replacement of a lost signing key; the daemon knows its public half only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "retention/buf.h"
#include "retention/fd.h"
#include "retention/hex.h"
#include "retention/key.h"

#include "keyfile.h"
#include "keyprivate.h"

#define DER_BYTES 48
#define TEXT_BYTES 256
#define PUBLIC "recovery.pub"

/* PrivateKeyInfo of an Ed25519 key (RFC 8410, 7), up to its 32 bytes. */
static const uint8_t der_head[DER_BYTES - KEYFILE_BYTES] = { 0x30, 0x2e, 0x02,
	0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
	0x20 };
static const char begin[] = "-----BEGIN PRIVATE KEY-----\n";
static const char end[] = "\n-----END PRIVATE KEY-----\n";

static void
put_pem(const uint8_t *seed, char *ret_text)
{
	char base64[HEX_BASE64_BYTES(DER_BYTES)];
	uint8_t der[DER_BYTES];

	memcpy(der, der_head, sizeof(der_head));
	memcpy(der + sizeof(der_head), seed, KEYFILE_BYTES);
	hex_base64(der, sizeof(der), base64);
	(void)snprintf(ret_text, TEXT_BYTES, "%s%s%s", begin, base64, end);
	OPENSSL_cleanse(der, sizeof(der));
	OPENSSL_cleanse(base64, sizeof(base64));
}

static int
get_pem(const char *text, uint8_t *ret_seed)
{
	const size_t n_base64 = HEX_BASE64_BYTES(DER_BYTES) - 1;
	const char *at = text + sizeof(begin) - 1;
	uint8_t der[DER_BYTES];
	int rc = -1;

	if (strncmp(text, begin, sizeof(begin) - 1) == 0 &&
	    strnlen(at, n_base64) == n_base64 &&
	    strncmp(at + n_base64, end, sizeof(end) - 2) == 0 &&
	    hex_from_base64(at, n_base64, der, sizeof(der)) == DER_BYTES &&
	    memcmp(der, der_head, sizeof(der_head)) == 0) {
		memcpy(ret_seed, der + sizeof(der_head), KEYFILE_BYTES);
		rc = 0;
	}
	OPENSSL_cleanse(der, sizeof(der));
	return rc;
}

static int
pair_of(const uint8_t *seed, const char *origin, struct keypair *ret,
    struct err *e)
{
	char name[NOTE_NAME_BYTES];

	if (snprintf(name, sizeof(name), "%s/recovery", origin) >=
	    (int)sizeof(name))
		return err_set(e, ERR_CONFIG, "origin: too long for a name of "
		    "a recovery key");
	return keypair_make(seed, name, ret, e);
}

/* A seed in a file of its own: never over another, durable. */
static int
write_private(const char *file, const uint8_t *seed, struct err *e)
{
	char text[TEXT_BYTES];
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	int rc = 0;

	if (fd == -1 && errno == EEXIST)
		return err_set(e, ERR_REFUSED, "%s: is there already, and is "
		    "not overwritten", file);
	if (fd == -1)
		return err_sys(e, "%s", file);
	put_pem(seed, text);
	rc = fd_write_all(fd, text, strlen(text), e);
	OPENSSL_cleanse(text, sizeof(text));
	if (rc == 0 && (fchmod(fd, 0600) == -1 || fsync(fd) == -1))
		rc = err_sys(e, "fsync");
	fd_close(&fd);
	if (rc == -1)
		(void)unlink(file);
	return rc == 0 ? 0 : err_wrap(e, "%s", file);
}

static int
write_public(int keys, const struct note_key *k, struct err *e)
{
	char vkey[NOTE_VKEY_BYTES + 1];

	note_key_text(k, vkey);
	vkey[strlen(vkey) + 1] = '\0';
	vkey[strlen(vkey)] = '\n';
	return fd_replace_at(keys, PUBLIC, 0600, vkey, strlen(vkey), e);
}

static int
may_make(int keys, struct err *e)
{
	if (keyfile_there(keys, PUBLIC))
		return err_set(e, ERR_REFUSED, "there is a recovery key "
		    "already; it stays");
	if (keyfile_there(keys, "../trail/log"))
		return err_set(e, ERR_REFUSED, "there is a trail already: only "
		    "its first record could have named a recovery key");
	return 0;
}

int
key_recovery_make(const char *state, const char *origin, const char *file,
    struct err *e)
{
	struct keypair pair = { .private = NULL };
	uint8_t *seed = keyfile_secret(e);
	int keys = -1;
	int rc = -1;

	if (seed == NULL)
		return -1;
	keys = keyfile_folder(state, NULL, e);
	if (keys == -1 || may_make(keys, e) == -1)
		goto out;
	if (keyfile_random(seed, e) == -1 ||
	    pair_of(seed, origin, &pair, e) == -1 ||
	    write_private(file, seed, e) == -1)
		goto out;
	rc = write_public(keys, &pair.public, e);
	if (rc == -1)
		(void)unlink(file);
out:
	keypair_release(&pair);
	keyfile_wipe(seed);
	fd_close(&keys);
	return rc;
}

static int
read_private(const char *file, uint8_t *ret_seed, struct err *e)
{
	char text[TEXT_BYTES] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n;
	int rc = 0;

	if (fd == -1)
		return err_sys(e, "%s", file);
	n = read(fd, text, sizeof(text) - 1);
	if (n == -1)
		rc = err_sys(e, "%s", file);
	else if (get_pem(text, ret_seed) == -1)
		rc = err_set(e, ERR_INPUT, "%s: not a recovery key: expected "
		    "an Ed25519 PRIVATE KEY in PEM", file);
	OPENSSL_cleanse(text, sizeof(text));
	fd_close(&fd);
	return rc;
}

int
key_recovery_load(const char *file, const char *origin, struct key **ret,
    struct err *e)
{
	struct key *k = calloc(1, sizeof(*k));
	uint8_t *seed = keyfile_secret(e);
	int rc = -1;

	if (k == NULL)
		(void)err_set(e, ERR_MEMORY, "no memory for a key");
	else if (seed != NULL && read_private(file, seed, e) == 0)
		rc = pair_of(seed, origin, &k->now, e);
	keyfile_wipe(seed);
	if (rc == -1)
		key_free(k);
	else
		*ret = k;
	return rc;
}

int
key_recovery_public(const char *state, struct note_key *ret, struct err *e)
{
	int keys = keyfile_folder(state, NULL, e);
	struct buf b = BUF_EMPTY;
	int fd, rc;

	if (keys == -1)
		return -1;
	fd = openat(keys, PUBLIC, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	rc = fd != -1 ? fd_read_all(fd, NOTE_VKEY_BYTES, &b, e) :
	    errno == ENOENT ? 1 : err_sys(e, PUBLIC);
	fd_close(&fd);
	fd_close(&keys);
	if (rc == 0) {
		while (b.n != 0 && b.data[b.n - 1] == '\n')
			b.data[--b.n] = '\0';
		rc = note_key_parse(buf_text(&b), ret, e);
	}
	buf_release(&b);
	return rc == 0 ? 1 : rc == 1 ? 0 : err_wrap(e, "key " PUBLIC);
}
