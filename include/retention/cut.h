/*
 * cut - the trail up to a boundary of its segments: everything that a
 * verification needs to begin there once the records below are gone.
 */
#ifndef RETENTION_CUT_H
#define RETENTION_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "retention/buf.h"
#include "retention/clock.h"
#include "retention/err.h"
#include "retention/merkle.h"
#include "retention/note.h"

struct cut {
	uint64_t seq;			/* the first record that stays */
	struct merkle tree;		/* over all records below */
	uint8_t leaf[32];		/* hash of the last of them */
	struct wall last;		/* its time */
	uint32_t ep;			/* of record seq, and its key */
	struct note_key key;
	struct buf chain;		/* text of trail/keys.chain up to here */
	bool crossed;			/* a later boundary would do, but an
					 * operation was open across it */
};

struct cut_limits {
	struct wall before;		/* all records below are older */
	uint64_t most;			/* seq is at most this */
	const struct note_key *pin;	/* of the first record there ever was */
	const char *temp;		/* as in verify_options */
};

/*
 * The last boundary within the limits that no operation crosses; the records
 * up to it are verified on the way.  1 found, 0 none, -1 failed; ERR_TRAIL
 * when they are not what was written.  Release in each case.
 */
int cut_find(const char *trail, const struct cut_limits *l, struct cut *ret,
    struct err *e);
void cut_release(struct cut *c);

/* A record's time, exactly as records have it; more text may follow. */
int cut_time(const char *text, struct wall *ret);

#endif
