/*
 * record_keep - payloads of the records about the trail's own retention.
 */
#ifndef RETENTION_RECORD_KEEP_H
#define RETENTION_RECORD_KEEP_H

#include "retention/cut.h"
#include "retention/record.h"

/* `prune`: the records below cut->seq are gone from here on.  keys_sha256 is
 * over the bytes of cut->chain, with which trail/keys.chain begins. */
void record_keep_prune(struct buf *out, const struct cut *cut,
    struct record_who who);

/* `shred`: K_ep of the epoch is destroyed. */
void record_keep_shred(struct buf *out, uint32_t epoch, const char *why,
    struct record_who who);

#endif
