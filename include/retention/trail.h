/*
 * trail - appends records to the signed trail of one state folder.
 *
 * Appends are buffered; trail_sync() makes all of them durable in one write
 * and one fdatasync.  After any failure the trail is broken for the life of
 * the process (a failed fsync is never retried): every later call fails with
 * ERR_TRAIL, so nothing more can be erased.
 */
#ifndef RETENTION_TRAIL_H
#define RETENTION_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/err.h"
#include "retention/record.h"

struct buf;
struct key;
struct trail;

struct trail_open_op {			/* an intent without an outcome */
	uint8_t op[COMMIT_OP_BYTES];
	uint64_t n;
	uint32_t ep;
	struct wall cutoff;
	char dataset[256], store[256], object[256], action[16];
};

struct trail_head {
	uint64_t size;			/* records */
	uint8_t root[32];
};

struct trail_rotation {
	const char *why;		/* "schedule", "request", "unclean" */
	struct record_who who;		/* user NULL: nobody asked for it */
};

struct trail_rekey {			/* the signing key was lost */
	const struct key *recovery;	/* by key_recovery_load() */
	struct trail_rotation rotation;
};

struct trail_settings {
	const char *state;
	const char *origin;
	const char *build;
	int64_t segment_bytes;
	struct wall now;
	const struct trail_head *at_least;	/* the ledger's head; NULL: none */
	const struct note_key *pin;	/* of the first key; NULL: the own one */
	const struct trail_rekey *rekey;	/* NULL: the key must be there */
};

/*
 * Open (or, when there is none at all, start with a genesis record) the
 * trail.  Checks the whole of it with the verifier first, cuts a torn tail
 * into trail/quarantine and records it; refuses a tampered trail and one that
 * is behind `at_least`.  A rotation that was cut short is finished or taken
 * back; a key that the trail does not end with is refused.  The key is
 * borrowed for the trail's life, and changes with every rotation.
 */
int trail_open(const struct trail_settings *s, struct key *k,
    struct trail **ret, struct err *e);
void trail_close(struct trail *t);	/* no sync; NULL is fine */

bool trail_was_new(const struct trail *t);
bool trail_was_unclean(const struct trail *t);	/* no stop + cp at the end */
uint32_t trail_epoch(const struct trail *t);
struct wall trail_key_since(const struct trail *t);	/* the present key's age */
struct trail_head trail_head(const struct trail *t);	/* appended so far */
bool trail_broken(const struct trail *t);
/*
 * Broken, but only for want of space: everything durable is as it should be,
 * the last words are said, and another trail_open() may go on.
 */
bool trail_full(const struct trail *t);
/* Something beside the trail found no space: the same, as if it had been the
 * trail itself. */
void trail_no_space(struct trail *t);

/* Intents found open at trail_open(), in order; borrowed. */
const struct trail_open_op *trail_open_ops(const struct trail *t, size_t *ret_n);

/* Append one record: `payload` as made by record_*(), may be empty. */
int trail_append(struct trail *t, enum record_type type,
    const struct buf *payload, struct wall now, struct err *e);

/* Durable: the items file of an operation, before its intent is appended. */
int trail_items(struct trail *t, const uint8_t op[COMMIT_OP_BYTES],
    const uint8_t (*c)[COMMIT_BYTES], size_t n, struct err *e);
/* Read it back (recovery): malloc'd, n * COMMIT_BYTES. Falls back to the `c`
 * of the intent record when there is no file; that of an operation of this
 * life, whose caller knows the few of a record without file, has to be there.
 */
int trail_items_read(struct trail *t, const struct trail_open_op *op,
    uint8_t (**ret_c)[COMMIT_BYTES], struct err *e);

/* All appended records on disk. */
int trail_sync(struct trail *t, struct err *e);

/* Sync, sign, append a cp record, sync, replace trail/checkpoint. */
int trail_checkpoint(struct trail *t, struct wall now, struct err *e);

/*
 * Hand the trail to a new key: what was appended is sealed by both, the old
 * key is destroyed, the next record begins the next epoch.  Only between
 * operations: a key of an operation belongs to the epoch of its intent.  After
 * a failure the trail is broken, and opening it anew settles the rest.
 */
int trail_rotate(struct trail *t, const struct trail_rotation *r,
    struct wall now, struct err *e);

/* Records since the last checkpoint; 0: sealed. */
uint64_t trail_unsealed(const struct trail *t);

#endif
