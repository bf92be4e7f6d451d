/*
 * key - the signing key and the keys of an epoch, in the state folder.
 *
 * keys/current           32-byte Ed25519 seed, 0600
 * keys/next              the same of the next epoch, during a rotation
 * keys/recovery.pub      vkey of the offline recovery key, if there is one
 * keys/commit/<ep>.key   K_ep, 32 bytes, 0600
 * keys/pseudonym.key     key of the pseudonym method, 32 bytes, 0600
 * All private bytes live in locked memory and are cleansed on release.
 */
#ifndef RETENTION_KEY_H
#define RETENTION_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/commit.h"
#include "retention/err.h"
#include "retention/note.h"

/* The key that signs now, and the next one while a rotation is under way. */
struct key;

/* Make missing keys below state/keys (folder 0700).  Existing ones stay;
 * *ret_made tells whether a signing key was made.  Beside a trail nothing is
 * made: what is missing there was lost, and a new key would hide that. */
int key_init(const char *state, bool *ret_made, struct err *e);

/* A lost keys/pseudonym.key is replaced, after a rekey; *ret_made tells. */
int key_make_pseudonym(const char *state, bool *ret_made, struct err *e);

/* Load the signing key; `origin` becomes the key's name.  A rotation that was
 * cut short may have left the next key only: then key_public() is nobody's,
 * and trail_open() finishes it. */
int key_load(const char *state, const char *origin, struct key **ret,
    struct err *e);
/* The same where the signing key may be lost, for a rekey. */
int key_load_lost(const char *state, const char *origin, struct key **ret,
    struct err *e);
void key_free(struct key *k);

/* Nobody's name and zeros when the key is lost. */
const struct note_key *key_public(const struct key *k);
bool key_lost(const struct key *k);
const struct note_key *key_next(const struct key *k);	/* NULL: none */
int key_sign(const struct key *k, const void *bytes, size_t n, uint8_t ret[64],
    struct err *e);
int key_sign_next(const struct key *k, const void *bytes, size_t n,
    uint8_t ret[64], struct err *e);

/* The steps of a rotation on disk, each durable.  Make the next key, and K_ep
 * of its epoch `ep`; give it up; put it in place of the present one, whose
 * bytes are overwritten first.  After a failure only a new start may go on. */
int key_make_next(struct key *k, uint32_t ep, struct err *e);
int key_drop_next(struct key *k, struct err *e);
int key_take_next(struct key *k, struct err *e);

/*
 * The offline recovery key, named `<origin>/recovery`, in `file` as PKCS #8
 * in PEM (RFC 8410).  Made together with keys/recovery.pub; refused when
 * either is there, or a trail, whose genesis could not name it any more.
 */
int key_recovery_make(const char *state, const char *origin, const char *file,
    struct err *e);
int key_recovery_load(const char *file, const char *origin, struct key **ret,
    struct err *e);
/* 1: there is one, 0: none, -1. */
int key_recovery_public(const char *state, struct note_key *ret,
    struct err *e);

/* K_ep of an epoch, made when missing; key_epoch_old() refuses to: a new one
 * would match no commitment that was made before. */
int key_epoch_old(const char *state, uint32_t ep, uint8_t ret_k[32],
    struct err *e);
int key_epoch(const char *state, uint32_t ep, uint8_t ret_k[32], struct err *e);

/* The keys of n operations from K_ep, which stays in here; `make` as above. */
int key_ops(const char *state, uint32_t ep, bool make, struct commit_op *ops,
    size_t n, struct err *e);

/* HMAC(pseudonym key, "retentiond/pseudonym/v1" ‖ 00 ‖ notice id). */
int key_pseudonym(const char *state, const char *notice, uint8_t ret_k[32],
    struct err *e);

#endif
