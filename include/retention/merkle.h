/*
 * merkle - RFC 6962 section 2.1 tree hashes, streaming, in 64 stack slots.
 */
#ifndef RETENTION_MERKLE_H
#define RETENTION_MERKLE_H

#include <stddef.h>
#include <stdint.h>

struct merkle {
	uint64_t n;			/* leaves so far */
	uint8_t stack[64][32];		/* roots of the full subtrees of n */
};

#define MERKLE_EMPTY ((struct merkle){ .n = 0 })

void merkle_leaf(const void *data, size_t n, uint8_t ret[32]);	/* SHA-256(00 ‖ data) */
void merkle_node(const uint8_t left[32], const uint8_t right[32], uint8_t ret[32]);
void merkle_add(struct merkle *m, const uint8_t leaf[32]);	/* a leaf hash */
void merkle_root(const struct merkle *m, uint8_t ret[32]);	/* m goes on */

#endif
