/*
 * anchor - evidence from elsewhere that a checkpoint existed at some time:
 * a copy of the note, an RFC 3161 time stamp over its exact bytes, or the
 * cosignature of a witness (C2SP cosignature/v1).  Public keys only; every
 * byte is taken to be hostile.
 */
#ifndef RETENTION_ANCHOR_H
#define RETENTION_ANCHOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/note.h"

#define ANCHOR_MOST_BYTES 65536
#define ANCHOR_BY_BYTES 128
/* Whole seconds in the evidence, and clocks that are not quite the same: a
 * record may be so much later than the anchor over it. */
#define ANCHOR_SKEW_MS INT64_C(60000)

enum anchor_kind { ANCHOR_COPY, ANCHOR_RFC3161, ANCHOR_COSIGNATURE,
	ANCHOR_N_KINDS };

const char *anchor_name(enum anchor_kind k);	/* "copy", as in the trail */
const char *anchor_suffix(enum anchor_kind k);	/* ".note", as in anchor/ */
int anchor_find(const char *name);		/* -1: unknown */
/* "<size>.<suffix>" without leading zeros, size at least 1; -1: another. */
int anchor_file(const char *name, uint64_t *ret_size, enum anchor_kind *ret);
/* By its content; never fails, the reading of it may. */
enum anchor_kind anchor_guess(const void *bytes, size_t n);

/* Whom to believe.  Absent: that kind of evidence cannot be verified. */
struct anchor_trust {
	const char *tsa_ca;		/* path of PEM certificates; NULL */
	const struct note_key *witness;	/* by anchor_witness() */
	size_t n_witnesses;		/* at most 32 */
};

/* A witness' verifier key: name+hex8+base64 of 04 and the Ed25519 key. */
int anchor_witness(const char *vkey, struct note_key *ret_key, struct err *e);

struct anchor_bytes {
	const void *data;		/* borrowed */
	size_t n;
};

struct anchor_evidence {
	enum anchor_kind kind;
	struct wall at;			/* ms 0: it does not say */
	char by[ANCHOR_BY_BYTES];	/* printable ASCII; "": does not say */
	uint8_t sha256[32];		/* of the evidence itself */
};

/*
 * Is this evidence for exactly this note?  What is read from it goes into
 * *ret.  ERR_INPUT: malformed, or for other bytes.  Nothing is said about
 * whether its maker can be trusted.
 */
int anchor_read(enum anchor_kind k, struct anchor_bytes evidence,
    struct anchor_bytes note, struct anchor_evidence *ret, struct err *e);

/*
 * Is it by someone whom we trust?  A time stamp: its signature and the chain
 * of certificates, as they were at the time it tells.  A cosignature: at
 * least one known witness, and every one of those right; ret->at and ret->by
 * are theirs.  A copy: yes, for its signature is the trail's own.
 * ERR_REFUSED: nobody we know; ERR_INPUT: wrong.
 */
int anchor_trusted(struct anchor_bytes evidence, const struct anchor_trust *t,
    struct anchor_evidence *ret, struct err *e);

#endif
