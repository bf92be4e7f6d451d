/* anchorcosig - cosignatures of witnesses on a checkpoint. */
#ifndef AUDIT_ANCHORCOSIG_H
#define AUDIT_ANCHORCOSIG_H

#include "retention/anchor.h"

/* Has it a signature line of a cosignature's length? */
bool anchorcosig_is(const char *note, size_t n);
int anchorcosig_key(const char *vkey, struct note_key *ret_key, struct err *e);
/* The same text as the note, and at least one line of that length. */
int anchorcosig_read(struct anchor_bytes cosigned, struct anchor_bytes note,
    struct err *e);
int anchorcosig_trusted(struct anchor_bytes cosigned,
    const struct anchor_trust *t, struct anchor_evidence *ret, struct err *e);

#endif
