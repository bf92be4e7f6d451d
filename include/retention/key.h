/*
 * key - the signing key and the keys of an epoch, in the state folder.
 *
 * keys/current           32-byte Ed25519 seed, 0600
 * keys/commit/<ep>.key   K_ep, 32 bytes, 0600
 * keys/pseudonym.key     key of the pseudonym method, 32 bytes, 0600
 * All private bytes live in locked memory and are cleansed on release.
 */
#ifndef RETENTION_KEY_H
#define RETENTION_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/note.h"

struct key;

/* Make missing keys below state/keys (folder 0700).  Existing ones stay;
 * *ret_made tells whether a signing key was made.  Beside a trail nothing is
 * made: what is missing there was lost, and a new key would hide that. */
int key_init(const char *state, bool *ret_made, struct err *e);

/* Load the signing key; `origin` becomes the key's name. */
int key_load(const char *state, const char *origin, struct key **ret,
    struct err *e);
void key_free(struct key *k);

const struct note_key *key_public(const struct key *k);
int key_sign(const struct key *k, const void *bytes, size_t n, uint8_t ret[64],
    struct err *e);

/* K_ep of an epoch, made when missing; key_epoch_old() refuses to: a new one
 * would match no commitment that was made before. */
int key_epoch_old(const char *state, uint32_t ep, uint8_t ret_k[32],
    struct err *e);
int key_epoch(const char *state, uint32_t ep, uint8_t ret_k[32], struct err *e);

/* keys/subject.key, of the index of subjects; made when missing. */
int key_subject(const char *state, uint8_t ret_k[32], struct err *e);
/* The same for readers: never made.  -1 with ENOENT: nobody is under hold. */
int key_subject_old(const char *state, uint8_t ret_k[32], struct err *e);

/* HMAC(pseudonym key, "retentiond/pseudonym/v1" ‖ 00 ‖ notice id). */
int key_pseudonym(const char *state, const char *notice, uint8_t ret_k[32],
    struct err *e);

#endif
