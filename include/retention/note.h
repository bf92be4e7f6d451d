/*
 * note - C2SP signed-note and tlog-checkpoint: reading, writing, verifying.
 * Public keys only.  Formats: c2sp.org/signed-note, c2sp.org/tlog-checkpoint;
 * Ed25519 is RFC 8032.
 */
#ifndef RETENTION_NOTE_H
#define RETENTION_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

struct buf;

#define NOTE_NAME_BYTES 256
#define NOTE_VKEY_BYTES (NOTE_NAME_BYTES + 64)
#define NOTE_MOST_SIGNATURES 100
#define NOTE_MOST_BYTES 32768

struct note_key {
	char name[NOTE_NAME_BYTES];	/* no space, no '+', no control */
	uint8_t id[4];
	uint8_t pub[32];
};

/* name+hex8+base64, checked against its own id. */
int note_key_parse(const char *vkey, struct note_key *ret_key, struct err *e);
int note_key_make(const char *name, const uint8_t pub[32],
    struct note_key *ret_key, struct err *e);
void note_key_text(const struct note_key *k, char ret_vkey[NOTE_VKEY_BYTES]);

struct note_checkpoint {
	char origin[NOTE_NAME_BYTES];
	uint64_t size;
	uint8_t root[32];
};

/* The exact text of a checkpoint, ending in LF. */
int note_checkpoint_text(const struct note_checkpoint *cp, struct buf *out);
/* Strict: canonical base64, no leading zero, no extension lines. */
int note_checkpoint_parse(const char *text, size_t n,
    struct note_checkpoint *ret_cp, struct err *e);

/* What the recovery key signs to replace a lost key: the note's text is
 * `<origin> rekey`, the records before, their root, the new vkey; a line each.
 */
#define NOTE_REKEY_BYTES 2048		/* at most, signed by one key */
struct note_rekey {
	uint64_t size;
	uint8_t root[32];
	struct note_key next;		/* its name is the origin */
};
int note_rekey_text(const struct note_rekey *r, struct buf *out);

/* Append "\n" (the separator, when first) and one signature line. */
void note_add_signature(struct buf *note, bool first, const struct note_key *k,
    const uint8_t sig[64]);

/*
 * Verify a note against the known keys: at least one known signature, and
 * every signature by a known key good.  *ret_n_text is the length of the
 * signed text; *ret_which (may be NULL) a bit per key that signed.
 */
int note_verify(const char *note, size_t n, const struct note_key *keys,
    size_t n_keys, size_t *ret_n_text, uint32_t *ret_which, struct err *e);

#endif
