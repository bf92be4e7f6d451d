#include "retention/merklecons.h"

#include <stdbool.h>
#include <string.h>

#include "retention/err.h"
#include "retention/merkle.h"

static void
root_of(const uint8_t (*leaf)[32], uint64_t n, uint8_t ret[32])
{
	struct merkle m = MERKLE_EMPTY;

	for (uint64_t i = 0; i < n; i++)
		merkle_add(&m, leaf[i]);
	merkle_root(&m, ret);
}

/* The RFC's SUBPROOF, from the outside to the inside; then turned round. */
size_t
merklecons_make(const uint8_t (*leaf)[32], uint64_t n, uint64_t old,
    uint8_t ret[MERKLECONS_MOST][32])
{
	uint8_t inward[MERKLECONS_MOST][32];
	bool whole = true;	/* the old tree is known to the verifier */
	size_t count = 0;

	must(old != 0 && old <= n);
	while (old != n) {
		uint64_t k = UINT64_C(1) << (63 - __builtin_clzll(n - 1));

		if (old <= k) {
			root_of(leaf + k, n - k, inward[count++]);
			n = k;
		} else {
			root_of(leaf, k, inward[count++]);
			leaf += k;
			n -= k;
			old -= k;
			whole = false;
		}
	}
	if (!whole)
		root_of(leaf, n, inward[count++]);
	for (size_t i = 0; i < count; i++)
		memcpy(ret[i], inward[count - 1 - i], 32);
	return count;
}
