/*
 * receipt - proof for one item: that it was among those of an operation, what
 * became of the operation, when and under which rule; for who holds nothing
 * but the receipt and the public key that the trail began with.
 *
 * One line of JSON, in one possible spelling, keys in this order:
 *   "receipt"  "retentiond-receipt-v1"
 *   "item"     store, object, key (its parts as text; one for a plain key),
 *              op (hex), salt (base64), n, index, path (base64 hashes, from
 *              the leaf upwards): the opened commitment, to the croot of the
 *              intent (commit.h, merklepath.h)
 *   "keys"     ep and vkey of the first key, then per rotation ep, vkey and
 *              the final note that the old key and the new one signed
 *   "intent", "outcome"   line: the record as it is stored; proof: a C2SP
 *              tlog-proof of it (proof.h)
 * It names a row: it is personal data, given to who asks for it.
 */
#ifndef RETENTION_RECEIPT_H
#define RETENTION_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/err.h"
#include "retention/merklepath.h"
#include "retention/note.h"
#include "retention/verify.h"

struct buf;
struct pool;

#define RECEIPT_MOST_BYTES ((size_t)16 << 20)
#define RECEIPT_MOST_PARTS 64
#define RECEIPT_MOST_KEYS 65536

struct receipt_key {
	uint32_t ep;
	const char *vkey, *note;	/* note is NULL for the first one only */
};

struct receipt_record {
	const char *line, *proof;
};

struct receipt {			/* everything is borrowed */
	const char *store, *object;
	size_t n_parts;
	const char *const *part;
	uint8_t op[COMMIT_OP_BYTES], salt[32];
	struct merklepath path;		/* of c, over the sorted c */
	size_t n_keys;
	const struct receipt_key *keys;
	struct receipt_record intent, outcome;
};

/* The canonical key that the parts make (commit.h); -1: too long. */
int receipt_key(const char *const *part, size_t n_parts, struct buf *ret);

void receipt_text(const struct receipt *r, struct buf *out);

/* Strict: what it accepts, receipt_text() writes again byte for byte.  What
 * *ret points to lives in `p`. */
int receiptread_parse(const char *text, size_t n, struct pool *p,
    struct receipt *ret, struct err *e);

struct receiptcheck_claim {
	enum verify_verdict verdict;
	char why[256];			/* "" when VALID */
	bool done;			/* false: the operation failed */
	char dataset[256], action[16], basis[256], agreement[256];
	char method[64], assurance[64], policy[65];
	struct wall cutoff, intended, ended;
	uint64_t n, erased, left, skipped;
	uint64_t sealed;		/* records below the outcome's checkpoint */
};

/*
 * VALID: proven, and the operation took all of its items.  INCOMPLETE: all
 * holds, but the operation left some of its items and does not say which.
 * UNVERIFIABLE: another key is pinned (`pin` may be NULL).  TAMPERED: the
 * rest.  The claim's other members are set unless TAMPERED.
 */
void receiptcheck_judge(const struct receipt *r, const struct note_key *pin,
    struct receiptcheck_claim *ret);

#endif
