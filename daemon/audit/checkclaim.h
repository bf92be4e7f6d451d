/*
 * checkclaim - what other places say about the trail's root at some size: the
 * newest checkpoint, notes in anchor/, copies kept elsewhere, the ledger, an
 * earlier verification.
 */
#ifndef AUDIT_CHECKCLAIM_H
#define AUDIT_CHECKCLAIM_H

#include <stdbool.h>

#include "retention/note.h"

struct checkclaim {
	uint64_t size;
	uint8_t root[32];
	char *note;			/* owned; NULL: see `kind` */
	size_t n_note;
	const char *what;		/* static: "the ledger" */
	const struct checkclaim_kind *kind;	/* a file of anchor/, read
					 * when it is its turn; NULL: no file */
	bool outside;			/* was asked for by name */
};

struct checkclaims {
	int anchorfd;			/* owned; -1: there is no such folder */
	struct checkclaim *list;	/* owned; ascending sizes */
	size_t n, next;			/* next: not yet compared */
	size_t malformed;
};

#define CHECKCLAIMS_EMPTY ((struct checkclaims){ .anchorfd = -1 })

/* trail/checkpoint and trail/anchor/<size>.*; dirfd -1: none. */
int checkclaim_load(int dirfd, struct checkclaims *ret, struct err *e);
/* A copy of a note kept elsewhere; fails when it is not a note. */
int checkclaim_add_file(struct checkclaims *c, const char *path,
    struct err *e);
/* A trusted word; `what` is static. */
int checkclaim_add_root(struct checkclaims *c, const char *what,
    uint64_t size, const uint8_t root[32], struct err *e);
void checkclaim_sort(struct checkclaims *c);
void checkclaim_release(struct checkclaims *c);

/* The place where the claim is judged: the keys that may have signed there,
 * and the root of so many records (NULL: the trail has fewer). */
struct checkclaim_place {
	const struct note_key *keys;
	size_t n_keys;
	const uint8_t *root;
};

/* NULL, or why the claim is not one by such a key about this root; another
 * trail's note that was asked for by name is UNVERIFIABLE: *ret_other. */
const char *checkclaim_judge(const struct checkclaims *all,
    const struct checkclaim *c, const struct checkclaim_place *at,
    bool *ret_other);

#endif
