/* checkclaim - what other places say about the trail's root at some size. */
#ifndef AUDIT_CHECKCLAIM_H
#define AUDIT_CHECKCLAIM_H

#include "retention/note.h"

struct checkclaim {
	uint64_t size;
	uint8_t root[32];
	char *note;			/* owned; NULL: trusted, not signed */
	size_t n_note;
	char origin[NOTE_NAME_BYTES];
	char what[64];			/* "the ledger", "checkpoint" */
};

struct checkclaims {
	struct checkclaim *list;	/* owned; ascending sizes */
	size_t n, next;			/* next: not yet compared */
	size_t malformed;
};

/* trail/checkpoint and trail/anchor/<any>.note; dirfd -1: none. */
int checkclaim_load(int dirfd, struct checkclaims *ret, struct err *e);
int checkclaim_add_head(struct checkclaims *c, uint64_t size,
    const uint8_t root[32], struct err *e);
void checkclaim_sort(struct checkclaims *c);
void checkclaim_release(struct checkclaims *c);

/* NULL, or why the claim is not one by this key about this root. */
const char *checkclaim_judge(const struct checkclaim *c, const char *origin,
    const struct note_key *keys, size_t n_keys, const uint8_t root[32]);

#endif
