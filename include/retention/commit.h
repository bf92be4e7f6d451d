/*
 * commit - commitments to the items of one operation.
 *
 *   id    = u16be(len)‖store ‖ u16be(len)‖object ‖ u16be(len)‖key
 *   K_op  = HMAC-SHA-256(K_ep, "retentiond/op/v1" ‖ 00 ‖ op)        (daemon)
 *   salt  = HMAC-SHA-256(K_op, "retentiond/salt/v1" ‖ 00 ‖ id)      (worker)
 *   c     = SHA-256("retentiond/commit/v1" ‖ 00 ‖ salt ‖ id)
 *   croot = RFC 6962 root over the c, sorted ascending
 *
 * store is the store's full name, object the table (or "file"); key is the
 * canonical text of the row's key: integers in decimal, text as it is, blobs
 * as "x'" hex "'", reals in %.17g, composite keys with each part as u16be(len)
 * ‖ part, NULL parts as length FFFF.
 */
#ifndef RETENTION_COMMIT_H
#define RETENTION_COMMIT_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

#define COMMIT_OP_BYTES 16
#define COMMIT_BYTES 32
#define COMMIT_MAX_ITEMS 10000		/* of one operation */

struct commit_op {
	uint8_t op[COMMIT_OP_BYTES];	/* random; names the operation */
	uint8_t key[32];		/* K_op */
};

/* K_op from the epoch's key. */
void commit_op_key(const uint8_t k_ep[32], const uint8_t op[COMMIT_OP_BYTES],
    uint8_t ret_key[32]);

/* The commitment of one item; -1 when a part is longer than 65,535 bytes. */
struct commit_maker;
struct commit_maker *commit_maker_new(const struct commit_op *op,
    const char *store, const char *object);	/* NULL: no memory or too long */
int commit_maker_item(struct commit_maker *m, const void *key, size_t n_key,
    uint8_t ret_c[COMMIT_BYTES]);
void commit_maker_free(struct commit_maker *m);		/* wipes the key */

/* Sort n commitments in place and give their root. */
void commit_root(uint8_t (*c)[COMMIT_BYTES], size_t n, uint8_t ret_root[32]);

/* Is c among n sorted ones?  Its position, or -1. */
long commit_find(const uint8_t (*sorted)[COMMIT_BYTES], size_t n,
    const uint8_t c[COMMIT_BYTES]);

#endif
