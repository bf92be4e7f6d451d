/*
 * printproof - which rows that look like erased ones surely are those, out of
 * a backup: pure, of numbers alone.
 *
 * A row that shows by itself when it was written (a strong one: of a table
 * whose rows are deleted, with a moment of its own or a number that is given
 * once) and is what was erased at t was in a backup made before t.  So a row
 * that shows nothing, and is what was erased at u, is old if t <= u; if the
 * backup may be younger, somebody may have written it anew before.  Rows that
 * are anonymised can be filled in again by hand (weak): two persons of them
 * say as much as one strong row, as of the later of the two.
 */
#ifndef PARENT_PRINTPROOF_H
#define PARENT_PRINTPROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What goes by one request goes one dataset after the other. */
#define PRINTPROOF_SLACK_MS (INT64_C(60) * 1000)

struct printproof_row {
	uint32_t dataset, person;	/* numbers of the caller's */
	int64_t t;			/* when it had gone, ms */
	uint8_t flags;			/* STORE_MATCHED ... of store.h */
	bool goes;			/* out: it is the old one */
	uint8_t print[16];
};

enum printproof_flags { PRINTPROOF_MATCHED = 1, PRINTPROOF_STRONG = 2,
	PRINTPROOF_WEAK = 4, PRINTPROOF_TWICE = 8 };

struct printproof {
	bool proved;			/* the file came out of a backup */
	size_t persons;			/* of whom something goes */
	bool open;			/* something matched and does not go */
};

/* back: out, one for each of n_persons: something of theirs goes. */
struct printproof printproof_judge(struct printproof_row *row, size_t n,
    bool *back, size_t n_persons);

#endif
