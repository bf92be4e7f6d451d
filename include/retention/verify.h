/*
 * verify - one pass over a trail, O(1) memory, input hostile throughout.
 * Verdicts are the exit codes of `retentionctl audit verify`.
 */
#ifndef RETENTION_VERIFY_H
#define RETENTION_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/commit.h"
#include "retention/merkle.h"
#include "retention/note.h"
#include "retention/record.h"

struct anchor_trust;

enum verify_verdict { VERIFY_VALID, VERIFY_TAMPERED, VERIFY_INCOMPLETE,
	VERIFY_UNVERIFIABLE };

const char *verify_verdict_name(enum verify_verdict v);	/* "VALID" */
/* The gravest of several findings is the verdict of all. */
bool verify_verdict_graver(enum verify_verdict a, enum verify_verdict than_b);

struct verify_finding {
	enum verify_verdict verdict;
	uint64_t from_seq, to_seq;	/* inclusive */
	char text[256];			/* a sentence; no control characters */
};

struct verify_open {			/* an intent without an outcome */
	uint8_t op[COMMIT_OP_BYTES];
	uint64_t seq, n;
	uint32_t ep;
	uint8_t croot[32];
	struct wall cutoff;		/* ms 0: not in the record */
	char dataset[256], store[256], object[256], action[16];
	uint8_t c[RECORD_C_IN_LINE][COMMIT_BYTES];  /* if n fits; sorted */
};

struct verify_options {
	const struct note_key *pin;	/* NULL: never VALID */
	/* The caller holds the key that signs now, and compares it with the
	 * report's: then no pin is no finding. */
	bool holds_key;
	bool accept_rekey;		/* one by the recovery key is no finding */
	struct wall now;
	int64_t max_age_ms;		/* 0: no limit */
	void *ctx;
	void (*finding)(void *ctx, const struct verify_finding *f);
	void (*progress)(void *ctx, uint64_t bytes, uint64_t of_bytes); /* NULL ok */
	/* Every accepted record, for `audit show`; NULL: none. */
	void (*record)(void *ctx, uint64_t seq, const char *line, size_t n);
	/* At the end, every open operation, in order; NULL: none. */
	void (*open)(void *ctx, const struct verify_open *op);
	/* Evidence kept elsewhere (anchor.h): files, each a copy of a note, a
	 * time stamp (its note beside it as .note, or any checkpoint here) or a
	 * cosigned note; and a folder of copies (NULL: none), of this trail and
	 * others, of which those of copies_origin count. */
	const char *const *copies;
	size_t n_copies;
	const char *copies_folder, *copies_origin;
	const struct anchor_trust *trust;	/* NULL: nobody */
	/* What is proven is kept here for the next time; NULL: not. */
	const char *state_file;
	/* For names of operations beyond what memory holds: a folder for an
	 * unlinked file; NULL: $TMPDIR, /var/tmp or /tmp. */
	const char *temp;
	/* What a trusted place (the ledger) says the root was at a size. */
	bool has_head;
	uint64_t head_size;
	uint8_t head_root[32];
};

struct verify_report {
	enum verify_verdict verdict;
	uint64_t records, checkpoints, intents, done, failed;
	uint64_t sealed;		/* records below the last good checkpoint */
	struct wall first, last;
	uint32_t epoch;
	uint8_t root[32];		/* over all complete records */
	struct note_key first_key;	/* genesis' own key: for pinning */
	bool have_key;
	uint64_t anchors;		/* evidence that confirms the trail */
	uint64_t anchors_unchecked;	/* in anchor/: nobody named to believe */
	bool closed;			/* ends with stop and its checkpoint */
	bool lost;			/* a break ended the judging early */
	bool rotating;			/* ends between rotate and final cp */
	bool rekeying;			/* rotating, by a rekey */
	struct note_key key, next_key;	/* that signs now; when rotating: next */
	struct note_key recovery;	/* offline; name "": genesis has none */
	struct wall key_since;		/* when `key` came into force */
	uint64_t rekeys;
	uint64_t pruned;		/* records below this were removed */
	uint64_t prunings;		/* records that say so */
	uint64_t resumed;		/* records below were verified earlier */
	uint64_t torn;			/* bytes after the last complete line */
	struct merkle tree;		/* over all complete records */
	uint8_t leaf[32];		/* hash of the last one; zeros: none */
};

/*
 * `dir` is a trail folder (with log/ and items/) or a state folder that holds
 * one, or a single .jsonl or .jsonl.gz file.  Beside the records, the newest note
 * (checkpoint), the evidence in anchor/ and the items of
 * operations are checked.  -1: I/O error, nothing can be said (exit 4).
 */
int verify_trail(const char *dir, const struct verify_options *o,
    struct verify_report *ret_report, struct err *e);

/* The key that a trail says it began with; nothing is verified.  -1: there is
 * no such trail, or it does not say. */
int verify_first_key(const char *dir, struct note_key *ret_key, struct err *e);

/* verify_trail() over bytes in memory (tests, fuzzing): no items, one segment. */
int verify_bytes(const void *bytes, size_t n, const struct verify_options *o,
    struct verify_report *ret_report, struct err *e);

#endif
