/*
 * merklepath - audit paths of RFC 6962 section 2.1.1: that one leaf is in the
 * tree of a root, shown by at most 64 hashes, from the leaf upwards.
 */
#ifndef RETENTION_MERKLEPATH_H
#define RETENTION_MERKLEPATH_H

#include <stddef.h>
#include <stdint.h>

#define MERKLEPATH_MOST 64

struct merklepath {
	uint64_t index, size;		/* the leaf's place; leaves in all */
	size_t n;
	uint8_t hash[MERKLEPATH_MOST][32];
};

/*
 * The leaves from position `first` on, as leaf hashes; of those before it, if
 * any, the roots of the full subtrees of a tree of `first` leaves, largest
 * first (as many as `first` has bits set).
 */
struct merklepath_leaves {
	uint64_t first;
	const uint8_t (*frontier)[32];
	const uint8_t (*leaf)[32];
	uint64_t n;
};

/* index is one of the leaves held, size at most first + n.  -1: it is not. */
int merklepath_make(const struct merklepath_leaves *l, uint64_t index,
    uint64_t size, struct merklepath *ret);

/* The root that the path leads to from this leaf hash; -1: a path of this
 * length does not belong to this place (RFC 9162 section 2.1.3.2). */
int merklepath_root(const struct merklepath *p, const uint8_t leaf[32],
    uint8_t ret_root[32]);

#endif
