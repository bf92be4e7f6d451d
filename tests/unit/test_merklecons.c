/* merklecons: for all sizes to 70, the proof leads from the old root to the
 * new one, and from no other (RFC 9162, section 2.1.4.2). */
#include <stdbool.h>
#include <string.h>

#include "retention/merkle.h"
#include "retention/merklecons.h"

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

struct way {
	uint64_t fn, sn;
	uint8_t fr[32], sr[32];
};

static void
to_right_edge(struct way *w)
{
	while ((w->fn & 1) == 0 && w->fn != 0)
		w->fn >>= 1, w->sn >>= 1;
}

static bool
step(struct way *w, const uint8_t c[32])
{
	if (w->sn == 0)
		return false;
	if ((w->fn & 1) != 0 || w->fn == w->sn) {
		merkle_node(c, w->fr, w->fr);
		merkle_node(c, w->sr, w->sr);
		to_right_edge(w);
	} else {
		merkle_node(w->sr, c, w->sr);
	}
	w->fn >>= 1, w->sn >>= 1;
	return true;
}

static bool
holds(uint64_t old, uint64_t n, const uint8_t old_root[32],
    uint8_t (*proof)[32], size_t count)
{
	struct way w = { old - 1, n - 1, { 0 }, { 0 } };
	uint8_t root[32];
	size_t i = 0;

	root_of(n, root);
	if (old == n)
		return count == 0 && memcmp(root, old_root, 32) == 0;
	while ((w.fn & 1) != 0)
		w.fn >>= 1, w.sn >>= 1;
	memcpy(w.fr, old_root, 32);
	if ((old & (old - 1)) != 0) {
		if (count == 0)
			return false;
		memcpy(w.fr, proof[i++], 32);
	}
	memcpy(w.sr, w.fr, 32);
	while (i < count)
		if (!step(&w, proof[i++]))
			return false;
	return w.sn == 0 && memcmp(w.fr, old_root, 32) == 0 &&
	    memcmp(w.sr, root, 32) == 0;
}

int
main(void)
{
	size_t bad = 0, wrong = 0;

	for (uint8_t i = 0; i < MOST; i++)
		merkle_leaf(&i, 1, leaf[i]);
	for (uint64_t n = 1; n <= MOST; n++)
		for (uint64_t old = 1; old <= n; old++) {
			uint8_t proof[MERKLECONS_MOST][32], root[32];
			size_t count = merklecons_make(
			    (const uint8_t (*)[32])leaf, n, old, proof);

			root_of(old, root);
			bad += !holds(old, n, root, proof, count);
			root[31] ^= 1;
			wrong += holds(old, n, root, proof, count);
			root[31] ^= 1;
			if (count == 0)
				continue;
			proof[count - 1][0] ^= 1;
			wrong += holds(old, n, root, proof, count);
			wrong += holds(old, n, root, proof, count - 1);
		}
	ok(bad == 0, "every proof up to %d leaves holds", MOST);
	ok(wrong == 0, "and none for another root, none changed or cut");
	return tap_done();
}
