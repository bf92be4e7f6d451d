/*
 * gate - holds and restrictions as the one who erases sees them (I4).
 *
 * Made by the parent from its ledger for one dataset at a time.  A subject is
 * known by a keyed hash of the normalised identifier (subject.h), never by
 * the identifier.  The greater state wins; anything but GATE_OPEN keeps.
 */
#ifndef RETENTION_GATE_H
#define RETENTION_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/rule.h"

enum gate_state { GATE_OPEN, GATE_RESTRICTED, GATE_HELD, GATE_N_STATES };

#define GATE_MOST_KINDS 16		/* kinds of identifiers in one set */
#define GATE_KIND_BYTES 64
#define GATE_HASH_BYTES 32

struct gate_subject {
	uint8_t hash[GATE_HASH_BYTES];
	uint8_t kind;			/* index into kind[] */
	uint8_t state;			/* enum gate_state */
};

struct gates {
	enum gate_state whole;		/* of the dataset: by dataset, store, all */
	uint8_t key[32];		/* of the subject index */
	size_t n_kinds;
	char kind[GATE_MOST_KINDS][GATE_KIND_BYTES];
	size_t n, room;
	struct gate_subject *subject;	/* owned; sorted by gates_seal() */
};

enum gate_scope { GATE_ALL, GATE_STORE, GATE_DATASET, GATE_SUBJECT,
	GATE_N_SCOPES };
const char *gates_scope_name(enum gate_scope s);	/* "dataset" */
int gates_scope_find(const char *name);			/* or -1 */

/* One hold or restriction, as far as it decides. */
struct gate_hold {
	enum gate_state state;
	enum gate_scope scope;
	const char *name;		/* full, of STORE and DATASET */
	const char *kind;		/* of SUBJECT */
	uint8_t hash[GATE_HASH_BYTES];	/* of SUBJECT */
	struct wall until;		/* ms 0: until it is released */
};

#define GATES_OPEN ((struct gates){ .whole = GATE_OPEN })

void gates_release(struct gates *g);	/* wiped; of empty is fine */

/* One more subject.  -1: no memory, too many kinds, a name too long. */
int gates_add(struct gates *g, const char *kind,
    const uint8_t hash[GATE_HASH_BYTES], enum gate_state state, struct err *e);
/* What hold h, at that instant, means for dataset d of the store of that full
 * name.  -1 as above. */
int gates_apply(struct gates *g, const struct gate_hold *h,
    const char *store, const struct rule_dataset *d, struct wall at,
    struct err *e);
void gates_seal(struct gates *g);	/* once, before gates_find() */

/* The index of a kind, or -1 when nobody is gated by it. */
int gates_kind(const struct gates *g, const char *kind);

/* What is known of this subject. */
enum gate_state gates_find(const struct gates *g, int kind,
    const uint8_t hash[GATE_HASH_BYTES]);

/*
 * What keeps the dataset as a whole.  A store that is destroyed goes with
 * everybody in it, so there one gated subject keeps all.  NULL: open.
 */
enum gate_state gates_whole(const struct gates *g,
    const struct rule_dataset *d);

#endif
