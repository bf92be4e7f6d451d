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
#include "retention/note.h"

enum verify_verdict { VERIFY_VALID, VERIFY_TAMPERED, VERIFY_INCOMPLETE,
	VERIFY_UNVERIFIABLE };

const char *verify_verdict_name(enum verify_verdict v);	/* "VALID" */

struct verify_finding {
	enum verify_verdict verdict;
	uint64_t from_seq, to_seq;	/* inclusive */
	char text[256];			/* a sentence; no control characters */
};

struct verify_options {
	const struct note_key *pin;	/* NULL: never VALID */
	struct wall now;
	int64_t max_age_ms;		/* 0: no limit */
	void *ctx;
	void (*finding)(void *ctx, const struct verify_finding *f);
	void (*progress)(void *ctx, uint64_t bytes, uint64_t of_bytes); /* NULL ok */
	/* Every accepted record, for `audit show`; NULL: none. */
	void (*record)(void *ctx, uint64_t seq, const char *line, size_t n);
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
};

/*
 * `dir` is a trail folder (with log/ and items/) or a state folder that holds
 * one, or a single .jsonl file.  -1: I/O error, nothing can be said (exit 4).
 */
int verify_trail(const char *dir, const struct verify_options *o,
    struct verify_report *ret_report, struct err *e);

/* The same over bytes in memory (tests, fuzzing): no items, one segment. */
int verify_bytes(const void *bytes, size_t n, const struct verify_options *o,
    struct verify_report *ret_report, struct err *e);

#endif
