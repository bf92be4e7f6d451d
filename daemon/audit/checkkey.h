/* checkkey - which key signs where. */
#ifndef AUDIT_CHECKKEY_H
#define AUDIT_CHECKKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct check;
struct checkline;
struct note_key;

/* The first key and the recovery key, if one is named; -1: malformed. */
int checkkey_genesis(struct check *c, const struct checkline *l);

/* The next key and its epoch, of a rotation or a rekey; -1: malformed. */
int checkkey_next(struct check *c, const struct checkline *l);

/* Has the recovery key vouched for the records so far and this next key? */
bool checkkey_recovered(const struct check *c, const struct checkline *l);

/* The same of a note by itself; `root` NULL: whatever root it names. */
bool checkkey_vouched(const struct check *c, const char *base64,
    const uint8_t *root, uint64_t size, const struct note_key *next);

/*
 * Is the note of a checkpoint signed as it must be here: by the key of this
 * position; directly after a rotation by both, after a rekey by the next one?
 */
int checkkey_seal(const struct check *c, const char *note, size_t n,
    size_t *ret_n_text);

#endif
