/*
 * cli_keys - the keys of a trail as its records name them, one per epoch with
 * the note that vouches for it, and the epochs' own keys from the state
 * folder.  Of a pruned trail, what lies before its first record.
 */
#ifndef RETENTION_CLI_KEYS_H
#define RETENTION_CLI_KEYS_H

#include <jansson.h>
#include <stdint.h>

#include "retention/commit.h"
#include "retention/err.h"
#include "retention/receipt.h"

struct cli_keys;
struct pool;

struct cli_keys *cli_keys_new(const char *state, struct err *e);
void cli_keys_free(struct cli_keys *k);		/* NULL is fine */

/* Records that were cut away, and the subtrees that stand for them. */
uint64_t cli_keys_first(const struct cli_keys *k);
const uint8_t (*cli_keys_frontier(const struct cli_keys *k))[32];

/* Every record, in order. */
void cli_keys_record(struct cli_keys *k, const json_t *record);

/* K_op from the key of that epoch; -1: that key is gone. */
int cli_keys_op(struct cli_keys *k, uint32_t ep, struct commit_op *ret);

/* The chain of keys up to the epochs that the receipt's records need. */
int cli_keys_chain(const struct cli_keys *k, struct pool *p,
    struct receipt *ret, struct err *e);

#endif
