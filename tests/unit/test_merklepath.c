/* merklepath: every leaf of every small tree is proven, also behind a cut;
 * no path proves another leaf, place or size. */
#include <stdbool.h>
#include <string.h>

#include "retention/merkle.h"
#include "retention/merklepath.h"

#include "tap.h"

#define MOST 70

static uint8_t leaf[MOST][32];

static void
root_of(uint64_t n, uint8_t ret[32])
{
	struct merkle m = MERKLE_EMPTY;

	for (uint64_t i = 0; i < n; i++)
		merkle_add(&m, leaf[i]);
	merkle_root(&m, ret);
}

/* The frontier of a tree of n leaves, largest subtree first. */
static void
frontier_of(uint64_t n, uint8_t ret[64][32])
{
	struct merkle m = MERKLE_EMPTY;
	size_t k = 0;

	for (uint64_t i = 0; i < n; i++)
		merkle_add(&m, leaf[i]);
	for (int bit = 63; bit >= 0; bit--)
		if ((n >> bit & 1) != 0)
			memcpy(ret[k++], m.stack[bit], 32);
}

static bool
proves(const struct merklepath *p, uint64_t index, const uint8_t root[32])
{
	uint8_t got[32];

	return merklepath_root(p, leaf[index], got) == 0 &&
	    memcmp(got, root, 32) == 0;
}

static int
try_size(uint64_t size)
{
	struct merklepath_leaves l = { .leaf = (const uint8_t (*)[32])leaf,
		.n = MOST };
	uint8_t root[32];
	int bad = 0;

	root_of(size, root);
	for (uint64_t i = 0; i < size; i++) {
		struct merklepath p, q;

		if (merklepath_make(&l, i, size, &p) == -1 ||
		    !proves(&p, i, root))
			bad++;
		bad += size > 1 && proves(&p, (i + 1) % size, root);
		q = p;
		q.index = (i + 1) % size;
		bad += size > 1 && proves(&q, i, root);
		q = p;
		q.n += q.n < MERKLEPATH_MOST;
		memset(q.hash[p.n], 0, 32);
		bad += proves(&q, i, root);
		q = p;
		q.n = p.n == 0 ? 0 : p.n - 1;
		bad += p.n != 0 && proves(&q, i, root);
		q = p;
		q.hash[0][7] ^= 1;
		bad += p.n != 0 && proves(&q, i, root);
		q = p;
		q.size = i;
		bad += proves(&q, i, root);
	}
	return bad;
}

static int
try_cut(uint64_t first, uint64_t size)
{
	uint8_t frontier[64][32], root[32];
	struct merklepath_leaves l = { .first = first,
		.frontier = (const uint8_t (*)[32])frontier,
		.leaf = (const uint8_t (*)[32])&leaf[first],
		.n = MOST - first };
	struct merklepath p;
	int bad = 0;

	frontier_of(first, frontier);
	root_of(size, root);
	for (uint64_t i = first; i < size; i++)
		if (merklepath_make(&l, i, size, &p) == -1 ||
		    !proves(&p, i, root))
			bad++;
	bad += first != 0 && merklepath_make(&l, first - 1, size, &p) == 0;
	return bad;
}

int
main(void)
{
	struct merklepath_leaves l = { .leaf = (const uint8_t (*)[32])leaf,
		.n = MOST };
	struct merklepath p;
	int bad = 0;

	for (size_t i = 0; i < MOST; i++)
		merkle_leaf(&i, sizeof(i), leaf[i]);
	for (uint64_t size = 1; size <= MOST; size++)
		bad += try_size(size);
	ok(bad == 0, "every leaf of trees up to %d leaves, and no other", MOST);
	bad = 0;
	for (uint64_t size = 1; size <= MOST; size++)
		for (uint64_t first = 0; first < size; first++)
			bad += try_cut(first, size);
	ok(bad == 0, "and behind every cut");
	ok(merklepath_make(&l, 3, 3, &p) == -1, "no leaf beyond the size");
	ok(merklepath_make(&l, 0, MOST + 1, &p) == -1, "no size beyond all");
	p = (struct merklepath){ .index = 0, .size = 1 };
	ok(proves(&p, 0, leaf[0]), "a tree of one leaf needs no hash");
	p.n = MERKLEPATH_MOST + 1;
	ok(!proves(&p, 0, leaf[0]), "a path longer than any");
	return tap_done();
}
