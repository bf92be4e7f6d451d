/* keyprivate - the inside of a key, for key.c and key_recovery.c. */
#ifndef SEAL_KEYPRIVATE_H
#define SEAL_KEYPRIVATE_H

#include "retention/key.h"

#include "keypair.h"

struct key {
	struct keypair now, next;	/* next.private NULL: none */
	char *state;			/* owned; NULL: a recovery key */
};

#endif
