/*
 * record - one line of the trail: what the daemon says, in fixed key order.
 *
 * A record's payload is written by one function per type; seal/trail adds the
 * head (v, seq, ep, t, raw, prev, type).  ASCII, integers only, at most
 * RECORD_MOST bytes.  No key values, column values or file names from data.
 */
#ifndef RETENTION_RECORD_H
#define RETENTION_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/err.h"

struct buf;

#define RECORD_MOST 65535
#define RECORD_C_IN_LINE 64	/* at most so many commitments in the record */

/* RECORD(NAME, text in "type") - one list for enum, names and verifier. */
#define RECORD_TYPES(X) \
	X(GENESIS, "genesis") X(START, "start") X(STOP, "stop") \
	X(POLICY, "policy") X(INTENT, "intent") X(DONE, "done") \
	X(FAIL, "fail") X(PLAN, "plan") X(APPROVE, "approve") \
	X(REJECT, "reject") X(HOLD, "hold") X(RELEASE, "release") \
	X(RESTRICT, "restrict") X(UNRESTRICT, "unrestrict") \
	X(EVENT, "event") X(REQUEST, "request") X(BRAKE, "brake") \
	X(CLOCK, "clock") X(CP, "cp") X(ROTATE, "rotate") X(REKEY, "rekey") \
	X(ANCHOR, "anchor") X(SHRED, "shred") X(RECOVER, "recover") \
	X(PRUNE, "prune") \
	X(DEFER, "defer") X(SCRUB, "scrub")

enum record_type {
#define RECORD_ENUM(name, text) RECORD_##name,
	RECORD_TYPES(RECORD_ENUM)
#undef RECORD_ENUM
	RECORD_N_TYPES
};

const char *record_type_name(enum record_type t);
int record_type_find(const char *name);		/* -1: unknown */

struct record_who {
	int64_t uid;
	const char *user;
};

/* Payloads.  Each function appends `,"key":value...` (without the head and
 * without the closing brace) to out.  Absent optional text is NULL. */

struct record_start {
	const char *build;
	const uint8_t *config;		/* 32 bytes */
	const char *boot;		/* boot id */
	const char *reason;
	bool unclean;			/* start only */
};
void record_start(struct buf *out, const struct record_start *r);
void record_stop(struct buf *out, const struct record_start *r);

struct record_policy_file { const char *notice; const uint8_t *sha256; };
struct record_policy {
	const uint8_t *digest;		/* 32 bytes */
	size_t n_files; const struct record_policy_file *files;
	size_t n_added, n_removed, n_lengthened, n_shortened, n_changed;
	const char *const *added, *const *removed, *const *lengthened,
	    *const *shortened, *const *changed;
	struct record_who who;
};
void record_policy(struct buf *out, const struct record_policy *r);

struct record_intent {
	const uint8_t *op;		/* 16 bytes */
	const char *dataset, *action, *store, *object;
	const char *basis;		/* "period 2 years", "event portal-closed" */
	const uint8_t *policy;		/* 32 bytes: digest of the set */
	struct wall cutoff;		/* the instant that the plan was made for */
	const char *agreement;		/* until_date's; NULL: none */
	uint64_t n;
	const uint8_t *croot;		/* 32 bytes */
	const uint8_t (*c)[COMMIT_BYTES]; /* n of them, sorted; written if
					     * n <= RECORD_C_IN_LINE */
	uint64_t gate;			/* holds and restrictions seen */
	const char *plan;		/* that approved it; NULL: none */
	const char *cause;		/* "request", "restored"; NULL: time */
	const char *request;		/* whose id; NULL: none */
};
void record_intent(struct buf *out, const struct record_intent *r);

struct record_outcome {
	const uint8_t *op;
	uint64_t n, erased, left;
	uint64_t skipped_drift, skipped_held, skipped_restricted;
	const char *method;		/* "sqlite-secure-delete" */
	const char *assurance;		/* "overwritten-in-place", ...; NULL */
	const char *verify;		/* "requery" */
	int64_t ms;
	bool recovered;
	bool pseudonymous;		/* keyed methods were used */
	const char *error;		/* class; fail only */
};
void record_done(struct buf *out, const struct record_outcome *r);
void record_fail(struct buf *out, const struct record_outcome *r);

void record_event(struct buf *out, const char *name, struct wall at,
    struct record_who who);
/* hold and restrict; release and unrestrict say the id alone. */
struct record_hold {
	const char *id, *scope;
	const char *name;		/* store or dataset; NULL: none */
	const char *kind;		/* of a subject; NULL: none */
	const uint8_t *subject;		/* 32 bytes: its commitment; NULL */
	const char *matter, *issuer;	/* NULL: none */
	const uint8_t *reason;		/* 32 bytes: digest; NULL: none */
	struct wall until;		/* ms 0: open */
	struct record_who who;
};
void record_hold(struct buf *out, const struct record_hold *r);

struct record_clock {
	const char *why;		/* "step back", "confirmed", ... */
	struct wall from, to;		/* ms 0: left out */
	struct record_who who;		/* user NULL: nobody asked for it */
};
void record_clock(struct buf *out, const struct record_clock *r);
/*
 * plan when it is made (why) and when it has ended (state); approve, reject.
 * As with an operation, croot is over commitments by a key of its id.
 */
struct record_plan {
	const char *id, *dataset;
	uint64_t n;
	const uint8_t *croot;		/* 32 bytes */
	const char *why;		/* "review", "brake", "saved"; NULL */
	struct wall expires;		/* ms 0: not said */
	const char *state;		/* "finished", "expired", ...; NULL */
	uint64_t erased, drift, held;	/* finished; drift: changed or gone */
	const char *user;		/* NULL: nobody; else with uid */
	int64_t uid;
	const uint8_t *reason;		/* 32 bytes: digest; NULL: none */
};
void record_plan(struct buf *out, const struct record_plan *r);

/*
 * What became of a request of a person, whole or of one dataset.  A person is
 * the keyed hash that holds use too.
 */
struct record_person { const char *kind; const uint8_t *subject; };
struct record_erasure {
	const char *id, *what;		/* "request", "restored" */
	const char *state;		/* "open", "done", "left", "never"; of
					 * a store "seen", "suspected" */
	const char *store, *dataset;	/* NULL: of the whole */
	size_t n_persons;
	const struct record_person *persons;
	bool counted;			/* the counts are said */
	uint64_t erased, left, held, restricted, kept;
	const char *why;		/* of "restored"; NULL */
	const char *user;		/* NULL: nobody asked; else with uid */
	int64_t uid;
};
void record_erasure(struct buf *out, const struct record_erasure *r);

/* What is dead in a store was overwritten because somebody asked for it, or the
 * policy for all of it. */
struct record_scrub {
	const char *store;
	uint64_t files, left, pages, strange;
	const uint64_t *dead;		/* DEAD_N of them; NULL: nothing done */
	bool sealed;
	const char *assurance, *error;	/* error: class; NULL: none */
	int64_t ms;
	bool by_policy;
	struct record_who who;		/* else */
};
void record_scrub(struct buf *out, const struct record_scrub *r);

void record_brake(struct buf *out, const char *dataset, uint64_t due,
    uint64_t total, const char *why);

/* What is due and stays, because of so many holds and restrictions. */
struct record_defer {
	const char *dataset;
	uint64_t held, restricted, gate;
};
void record_defer(struct buf *out, const struct record_defer *r);
void record_recover(struct buf *out, uint64_t torn_bytes, const char *why);

struct record_key {
	uint32_t next;			/* epoch */
	const char *vkey;		/* of the next epoch */
	const char *why;		/* "schedule", "request", "unclean", ... */
	struct record_who who;		/* user NULL: nobody asked for it */
};
void record_key_rotate(struct buf *out, const struct record_key *r);
/* `note` of n bytes: note_rekey_text(), signed by the recovery key. */
void record_key_rekey(struct buf *out, const struct record_key *r,
    const char *note, size_t n);

struct record_anchor {
	uint64_t size;			/* of the checkpoint */
	const uint8_t *root;		/* 32 bytes */
	const char *kind;		/* anchor_name() */
	const uint8_t *sha256;		/* of the evidence file, 32 bytes */
	struct wall at;			/* by the evidence; a copy: receipt */
	const char *by;			/* printable ASCII */
};
void record_anchor(struct buf *out, const struct record_anchor *r);

#endif
