/*
 * commitopen - one commitment opened, so that a stranger can check it alone:
 * who knows the salt and the id can compute c, and nothing else of the epoch.
 * The formulas are those of commit.h.
 */
#ifndef RETENTION_COMMITOPEN_H
#define RETENTION_COMMITOPEN_H

#include <stddef.h>
#include <stdint.h>

#include "retention/commit.h"

struct commitopen_item {		/* borrowed */
	const char *store, *object;
	const void *key;		/* canonical */
	size_t n_key;
};

/* Both: -1 when a part is longer than 65,535 bytes, or there is no memory. */
int commitopen_salt(const struct commit_op *op,
    const struct commitopen_item *item, uint8_t ret_salt[32]);
int commitopen_c(const uint8_t salt[32], const struct commitopen_item *item,
    uint8_t ret_c[COMMIT_BYTES]);

#endif
