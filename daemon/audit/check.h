/* check - the state of one verification and the rules for each record. */
#ifndef AUDIT_CHECK_H
#define AUDIT_CHECK_H

#include "checkclaim.h"
#include "checkfile.h"
#include "checkline.h"
#include "checkops.h"

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
};

void check_finding(struct check *c, enum verify_verdict v, uint64_t from,
    uint64_t to, const char *text);

/* One complete line: chain, head, and what its type demands. */
void check_record(struct check *c, const char *line, size_t n);

/* Everything that ends a trail short of VALID. */
void check_end(struct check *c);

#endif
