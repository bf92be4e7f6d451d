/* keypair - an Ed25519 pair from its seed (RFC 8032), the private half in
 * locked memory that no dump shows. */
#ifndef SEAL_KEYPAIR_H
#define SEAL_KEYPAIR_H

#include <stdint.h>

#include "retention/note.h"

struct keypair {
	uint8_t *private;		/* owned, of keyfile_secret(); NULL: none */
	struct note_key public;
};

int keypair_make(const uint8_t seed[32], const char *name,
    struct keypair *ret, struct err *e);
void keypair_release(struct keypair *p);	/* wiped; twice is fine */
int keypair_sign(const struct keypair *p, const void *bytes, size_t n,
    uint8_t ret[64], struct err *e);

#endif
