/*
 * merkle - tree hashes of RFC 6962 as a counter with carries: slot i holds
 * the root of a full subtree of 2^i leaves when bit i of the count is set.
 */
#include "retention/merkle.h"

#include <stdbool.h>
#include <string.h>

#include "retention/err.h"
#include "retention/sha256.h"

void
merkle_leaf(const void *data, size_t n, uint8_t ret[32])
{
	static const uint8_t prefix = 0x00;
	struct sha256 *h = sha256_shared();

	sha256_add(h, &prefix, 1);
	sha256_add(h, data, n);
	sha256_end(h, ret);
}

void
merkle_node(const uint8_t left[32], const uint8_t right[32], uint8_t ret[32])
{
	uint8_t both[65];

	both[0] = 0x01;
	memcpy(both + 1, left, 32);
	memcpy(both + 33, right, 32);
	sha256_once(both, sizeof(both), ret);
}

void
merkle_add(struct merkle *m, const uint8_t leaf[32])
{
	uint8_t sum[32];
	size_t i = 0;

	must(m->n != UINT64_MAX);
	memcpy(sum, leaf, 32);
	for (; (m->n >> i & 1) != 0; i++)
		merkle_node(m->stack[i], sum, sum);
	memcpy(m->stack[i], sum, 32);
	m->n++;
}

void
merkle_root(const struct merkle *m, uint8_t ret[32])
{
	bool any = false;
	uint8_t sum[32];

	if (m->n == 0) {
		sha256_once("", 0, ret);
		return;
	}
	for (size_t i = 0; i < 64; i++) {
		if ((m->n >> i & 1) == 0)
			continue;
		if (any)
			merkle_node(m->stack[i], sum, sum);
		else
			memcpy(sum, m->stack[i], 32);
		any = true;
	}
	memcpy(ret, sum, 32);
}
