/*
 * merklecons - consistency proofs of RFC 6962 section 2.1.2: that the tree of
 * a larger size begins with the leaves of the one of a smaller size.
 */
#ifndef RETENTION_MERKLECONS_H
#define RETENTION_MERKLECONS_H

#include <stddef.h>
#include <stdint.h>

#define MERKLECONS_MOST 65

/*
 * The proof from the first `old` of these `n` leaf hashes to all of them, in
 * the order of the RFC; how many hashes.  0 < old <= n; none when equal.
 */
size_t merklecons_make(const uint8_t (*leaf)[32], uint64_t n, uint64_t old,
    uint8_t ret[MERKLECONS_MOST][32]);

#endif
