/*
 * merklepath - made by the recursion of RFC 6962, checked by the loop of
 * RFC 9162, so that one is no copy of the other's mistakes.
 */
#include "retention/merklepath.h"

#include <stdbool.h>
#include <string.h>

#include "retention/merkle.h"

/* The largest power of two below n (n > 1). */
static uint64_t
split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* Does a subtree that was cut away begin at `from` with n leaves? */
static const uint8_t *
cut_away(const struct merklepath_leaves *l, uint64_t from, uint64_t n)
{
	uint64_t at = 0;
	size_t i = 0;

	for (int bit = 63; bit >= 0; bit--) {
		uint64_t block = UINT64_C(1) << bit;

		if ((l->first & block) == 0)
			continue;
		if (at == from && block == n)
			return l->frontier[i];
		at += block;
		i++;
	}
	return NULL;
}

/* The root over n > 0 leaves from `from` on; at most 64 levels deep. */
static int
subtree(const struct merklepath_leaves *l, uint64_t from, uint64_t n,
    uint8_t ret[32])
{
	const uint8_t *known = from < l->first ? cut_away(l, from, n) : NULL;
	uint8_t left[32], right[32];

	if (known != NULL) {
		memcpy(ret, known, 32);
		return 0;
	}
	if (n == 1) {
		if (from < l->first)
			return -1;
		memcpy(ret, l->leaf[from - l->first], 32);
		return 0;
	}
	if (subtree(l, from, split(n), left) == -1 ||
	    subtree(l, from + split(n), n - split(n), right) == -1)
		return -1;
	merkle_node(left, right, ret);
	return 0;
}

int
merklepath_make(const struct merklepath_leaves *l, uint64_t index,
    uint64_t size, struct merklepath *ret)
{
	struct merklepath p = { .index = index, .size = size };
	uint64_t from = 0, n = size;
	uint8_t down[MERKLEPATH_MOST][32];

	if (index < l->first || index >= size || size > l->first + l->n)
		return -1;
	while (n > 1) {
		uint64_t half = split(n);
		bool right = index - from >= half;

		if (subtree(l, right ? from : from + half,
		    right ? half : n - half, down[p.n++]) == -1)
			return -1;
		from += right ? half : 0;
		n = right ? n - half : half;
	}
	for (size_t i = 0; i < p.n; i++)
		memcpy(p.hash[i], down[p.n - 1 - i], 32);
	*ret = p;
	return 0;
}

int
merklepath_root(const struct merklepath *p, const uint8_t leaf[32],
    uint8_t ret_root[32])
{
	uint64_t at = p->index, last = p->size - 1;
	uint8_t sum[32];

	if (p->index >= p->size || p->n > MERKLEPATH_MOST)
		return -1;
	memcpy(sum, leaf, 32);
	for (size_t i = 0; i < p->n; i++) {
		if (last == 0)
			return -1;
		if ((at & 1) != 0 || at == last) {
			merkle_node(p->hash[i], sum, sum);
			while ((at & 1) == 0 && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			merkle_node(sum, p->hash[i], sum);
		}
		at >>= 1;
		last >>= 1;
	}
	if (last != 0)
		return -1;
	memcpy(ret_root, sum, 32);
	return 0;
}
