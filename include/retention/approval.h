/*
 * approval - the detached signatures of policy files.
 *
 * FILE.sig beside a policy file is a C2SP signed note (note.h) whose text is
 *   retentiond policy
 *   <the file's name without its folder>
 *   <SHA-256 of its bytes, hex>
 * so that a signature is good for those bytes under that name alone.
 */
#ifndef RETENTION_APPROVAL_H
#define RETENTION_APPROVAL_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct buf;

#define APPROVAL_SUFFIX ".sig"
#define APPROVAL_MOST_KEYS 32

/* The text to be signed, with its last LF.  -1: a name that it cannot bear. */
int approval_text(const char *path, const uint8_t sha256[32], struct buf *out,
    struct err *e);

/* Are these verifier keys (note.h), at most APPROVAL_MOST_KEYS? */
int approval_keys(const char *const *vkeys, size_t n, struct err *e);

/* Has one of the keys signed the file of that path and hash?  ERR_REFUSED with
 * what is wrong; the text names the file.  No keys: nothing is asked. */
int approval_check(const char *path, const uint8_t sha256[32],
    const char *const *vkeys, size_t n, struct err *e);

#endif
