/*
 * key - private keys of the daemon.  The signing key is made once and then
 * only ever replaced by the next one of a rotation; keys of operations are
 * derived in here, so that K_ep does not leave this component.
 */
#include "retention/key.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/fd.h"
#include "retention/sha256.h"

#include "keyfile.h"
#include "keyprivate.h"

static const char pseudonym_label[] = "retentiond/pseudonym/v1"; /* with NUL */

static int
refuse_lost(int keys, const char *name, struct err *e)
{
	if (keyfile_there(keys, name))
		return 0;
	return err_set(e, ERR_CONFIG, "key %s: missing, and there is a trail "
	    "that was made with it; restore it from its backup, put another in "
	    "its place (retentionctl key rekey), or start on a new state "
	    "folder", name);
}

/* A rotation may have got as far as having only the next one. */
static int
check_beside_trail(int keys, struct err *e)
{
	if (!keyfile_there(keys, "next") && refuse_lost(keys, "current", e))
		return -1;
	return refuse_lost(keys, "pseudonym.key", e);
}

int
key_init(const char *state, bool *ret_made, struct err *e)
{
	int fd = keyfile_folder(state, NULL, e);
	bool trail;
	int commit;
	int made = 0;

	if (fd == -1)
		return -1;
	trail = keyfile_there(fd, "../trail/log");
	if (trail && check_beside_trail(fd, e) == -1)
		made = -1;
	else if (!trail)
		made = keyfile_make(fd, "current", e);
	if (made != -1 && keyfile_make(fd, "pseudonym.key", e) == -1)
		made = -1;
	fd_close(&fd);
	if (made == -1)
		return -1;
	commit = keyfile_folder(state, "commit", e);
	if (commit == -1)
		return -1;
	fd_close(&commit);
	*ret_made = made == 1;
	return 0;
}

int
key_make_pseudonym(const char *state, bool *ret_made, struct err *e)
{
	int fd = keyfile_folder(state, NULL, e);
	int made;

	if (fd == -1)
		return -1;
	made = keyfile_make(fd, "pseudonym.key", e);
	fd_close(&fd);
	if (made == -1)
		return -1;
	*ret_made = made == 1;
	return 0;
}

/* 0; 1 with *e set: missing or not whole; -1. */
static int
load_pair(int keys, const char *name, const char *origin, struct keypair *ret,
    struct err *e)
{
	uint8_t *seed = keyfile_secret(e);
	int rc;

	if (seed == NULL)
		return -1;
	rc = keyfile_read(keys, name, seed, e);
	if (rc == 0)
		rc = keypair_make(seed, origin, ret, e);
	keyfile_wipe(seed);
	return rc;
}

static int
load(struct key *k, const char *origin, bool may_be_lost, struct err *e)
{
	int fd = keyfile_folder(k->state, NULL, e);
	struct err unused = ERR_EMPTY;
	int next = 1, now;

	if (fd == -1)
		return -1;
	if (keyfile_there(fd, "next"))
		next = load_pair(fd, "next", origin, &k->next, &unused);
	now = load_pair(fd, "current", origin, &k->now, e);
	fd_close(&fd);
	if (now == 1 && (next == 0 || may_be_lost)) {
		static const uint8_t nobody[32];

		*e = (struct err)ERR_EMPTY;
		now = note_key_make(origin, nobody, &k->now.public, e);
	}
	return now == 0 ? 0 : -1;
}

static int
load_key(const char *state, const char *origin, bool may_be_lost,
    struct key **ret, struct err *e)
{
	struct key *k = calloc(1, sizeof(*k));

	if (k == NULL || (k->state = strdup(state)) == NULL) {
		key_free(k);
		return err_set(e, ERR_MEMORY, "no memory for a key");
	}
	if (load(k, origin, may_be_lost, e) == -1) {
		key_free(k);
		return -1;
	}
	*ret = k;
	return 0;
}

int
key_load(const char *state, const char *origin, struct key **ret,
    struct err *e)
{
	return load_key(state, origin, false, ret, e);
}

int
key_load_lost(const char *state, const char *origin, struct key **ret,
    struct err *e)
{
	return load_key(state, origin, true, ret, e);
}

void
key_free(struct key *k)
{
	if (k == NULL)
		return;
	keypair_release(&k->now);
	keypair_release(&k->next);
	free(k->state);
	free(k);
}

const struct note_key *
key_public(const struct key *k)
{
	return &k->now.public;
}

bool
key_lost(const struct key *k)
{
	return k->now.private == NULL;
}

const struct note_key *
key_next(const struct key *k)
{
	return k->next.private != NULL ? &k->next.public : NULL;
}

int
key_sign(const struct key *k, const void *bytes, size_t n, uint8_t ret[64],
    struct err *e)
{
	return keypair_sign(&k->now, bytes, n, ret, e);
}

int
key_sign_next(const struct key *k, const void *bytes, size_t n,
    uint8_t ret[64], struct err *e)
{
	return keypair_sign(&k->next, bytes, n, ret, e);
}

static int
read_epoch(const char *state, uint32_t ep, bool make, uint8_t ret_k[32],
    struct err *e)
{
	int fd = keyfile_folder(state, "commit", e);
	char name[32];
	int rc;

	if (fd == -1)
		return -1;
	(void)snprintf(name, sizeof(name), "%" PRIu32 ".key", ep);
	rc = make && keyfile_make(fd, name, e) == -1 ? -1 :
	    keyfile_read(fd, name, ret_k, e);
	fd_close(&fd);
	return rc == 0 ? 0 : -1;
}

int
key_make_next(struct key *k, uint32_t ep, struct err *e)
{
	uint8_t *unused = keyfile_secret(e);
	int fd = -1;
	int rc;

	must(k->next.private == NULL);
	rc = unused == NULL ? -1 : read_epoch(k->state, ep, true, unused, e);
	keyfile_wipe(unused);
	if (rc == -1 || (fd = keyfile_folder(k->state, NULL, e)) == -1)
		return -1;
	rc = keyfile_make(fd, "next", e);
	if (rc == 0)
		rc = err_set(e, ERR_CONFIG, "key next: there is one already");
	else if (rc == 1)
		rc = load_pair(fd, "next", k->now.public.name, &k->next, e);
	fd_close(&fd);
	return rc == 0 ? 0 : -1;
}

int
key_drop_next(struct key *k, struct err *e)
{
	int fd = keyfile_folder(k->state, NULL, e);
	bool there;
	int rc;

	if (fd == -1)
		return -1;
	there = keyfile_there(fd, "next");
	rc = there ? keyfile_destroy(fd, "next", e) : 0;
	(void)unlinkat(fd, ".next.new", 0);
	if (rc == 0 && there && fsync(fd) == -1)
		rc = err_sys(e, "keys: fsync");
	fd_close(&fd);
	keypair_release(&k->next);
	return rc;
}

int
key_take_next(struct key *k, struct err *e)
{
	int fd = keyfile_folder(k->state, NULL, e);
	int rc;

	if (fd == -1)
		return -1;
	rc = keyfile_destroy(fd, "current", e);
	if (rc == 0 && renameat(fd, "next", fd, "current") == -1)
		rc = err_sys(e, "key next: rename");
	(void)unlinkat(fd, ".current.new", 0);
	(void)unlinkat(fd, ".next.new", 0);	/* second names left by crashes */
	if (rc == 0 && fsync(fd) == -1)
		rc = err_sys(e, "keys: fsync");
	fd_close(&fd);
	if (rc == -1)
		return -1;
	keypair_release(&k->now);
	k->now = k->next;
	k->next = (struct keypair){ .private = NULL };
	return 0;
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

int
key_ops(const char *state, uint32_t ep, bool make, struct commit_op *ops,
    size_t n, struct err *e)
{
	uint8_t *k = keyfile_secret(e);
	int rc;

	if (k == NULL)
		return -1;
	rc = read_epoch(state, ep, make, k, e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		commit_op_key(k, ops[i].op, ops[i].key);
	keyfile_wipe(k);
	return rc == 0 ? 0 : err_wrap(e, "key of epoch %" PRIu32, ep);
}

int
key_pseudonym(const char *state, const char *notice, uint8_t ret_k[32],
    struct err *e)
{
	uint8_t text[sizeof(pseudonym_label) + 256];
	size_t n = strlen(notice);
	uint8_t *key;
	int fd, rc;

	if (n > sizeof(text) - sizeof(pseudonym_label))
		return err_set(e, ERR_INPUT, "notice id longer than 256 bytes");
	fd = keyfile_folder(state, NULL, e);
	if (fd == -1)
		return -1;
	key = keyfile_secret(e);
	rc = key == NULL ? -1 : keyfile_read(fd, "pseudonym.key", key, e);
	if (rc == 0) {
		memcpy(text, pseudonym_label, sizeof(pseudonym_label));
		memcpy(text + sizeof(pseudonym_label), notice, n);
		sha256_hmac(key, KEYFILE_BYTES, text,
		    sizeof(pseudonym_label) + n, ret_k);
	}
	keyfile_wipe(key);
	fd_close(&fd);
	return rc == 0 ? 0 : -1;
}
