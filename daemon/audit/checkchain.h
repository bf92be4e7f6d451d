/* checkchain - trail/keys.chain: the keys of the epochs that were pruned. */
#ifndef AUDIT_CHECKCHAIN_H
#define AUDIT_CHECKCHAIN_H

#include "check.h"

struct checkchain_end {			/* where the chain must lead */
	uint64_t size;			/* no key came later than this */
	uint32_t epoch;
	const struct note_key *key;
	uint8_t sha256[32];		/* of its lines up to that epoch */
};

/* The first key (and the recovery key) go into c.  *ret_bad is why the chain
 * does not hold, NULL: it does.  1; 0: there is no such file; -1: failed. */
int checkchain_read(struct check *c, const struct checkchain_end *end,
    const char **ret_bad, struct err *e);

#endif
