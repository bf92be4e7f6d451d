/* check - the state of one verification and the rules for each record. */
#ifndef AUDIT_CHECK_H
#define AUDIT_CHECK_H

#include "checkclaim.h"
#include "checkfile.h"
#include "checkline.h"
#include "checkops.h"

#define CHECK_PAST 512

struct check_past {			/* a checkpoint that was accepted */
	uint64_t size;
	uint8_t root[32];
	struct wall last;		/* of the record before it */
};

/* Where the next verification may go on: before a checkpoint that was good,
 * with no operation open, no rotation under way and nothing found. */
struct check_mark {
	struct verify_report r;
	struct note_key key;
	bool stopped;
	uint64_t segment, segments, at;	/* its name, its rank, bytes into it */
	uint64_t size;			/* 0: there is none */
	uint8_t root[32];		/* with that checkpoint's record */
};

struct check {
	const struct verify_options *o;
	struct verify_report r;
	struct checkfile file;
	struct checkclaims claims;
	struct checkops *ops;		/* owned */
	struct note_key key, next_key;	/* of this position; after a rotation */
	struct note_key recovery;	/* named by genesis */
	bool has_recovery;
	bool rotated;			/* the last record was `rotate` ... */
	bool rekeyed;			/* ... or `rekey`, then this as well */
	bool stopped;			/* the last record was `stop` */
	bool sealed;			/* the last record was a good cp */
	bool lost;			/* nothing after this can be judged */
	uint64_t findings;
	struct check_past past[CHECK_PAST];	/* the newest, in a ring */
	uint64_t n_past;
	/* trail/pruned, owned; NULL: nothing was pruned. */
	char *pruned;
	bool prune_told, prune_last;	/* a record, the last record says so */
	struct check_mark mark;
};

void check_finding(struct check *c, enum verify_verdict v, uint64_t from,
    uint64_t to, const char *text);
/* About the record that is being judged; after lose(), nothing more is. */
void check_here(struct check *c, enum verify_verdict v, const char *text);
void check_lose(struct check *c, enum verify_verdict v, const char *text);

/* Before the first record, where the pass does not begin at genesis: claims
 * that lie below cannot be compared. */
void check_begin(struct check *c);

/* One complete line: chain, head, and what its type demands. */
void check_record(struct check *c, const char *line, size_t n);

/* Everything that ends a trail short of VALID. */
void check_end(struct check *c);

#endif
