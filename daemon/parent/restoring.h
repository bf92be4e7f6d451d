/*
 * restoring - what follows when a store came out of a backup.
 */
#ifndef PARENT_RESTORING_H
#define PARENT_RESTORING_H

#include "retention/err.h"
#include "retention/ledger_erasure.h"
#include "retention/record.h"

struct parent;
struct place;

/*
 * The store came out of a backup, as somebody says (who): whoever was erased on
 * request is looked for again.  ret_id: of the last request made, "" when
 * nobody was.
 */
int restoring_begin(struct parent *p, struct place *pl, const char *why,
    const struct record_who *who, char ret_id[LEDGER_ERASURE_ID + 1],
    struct err *e);

/* One file of it did, as that shows (it was replaced, or went back).  file: as
 * in its mark; zeros: the only one. */
int restoring_file(struct parent *p, struct place *pl, const char *why,
    const uint8_t file[16], struct err *e);

/* One file of it did, as rows in it show that are known by their prints: those
 * go again, of these persons; nothing else is let through.  person: which of
 * them. */
struct restoring_print {
	uint32_t person;
	struct ledger_erasure_print p;
};
struct restoring_printed {
	const uint8_t *file;
	const char *why;
	size_t n_persons, n_prints;
	const struct ledger_wanted *persons;
	const struct restoring_print *prints;
};
int restoring_printed(struct parent *p, const struct place *pl,
    const struct restoring_printed *r, struct err *e);

/*
 * It may have: VACUUM, or times gone wrong, look the same.  In doubt the data
 * stays; it is recorded, and an operator is asked to say so.
 */
int restoring_suspect(struct parent *p, const struct place *pl, const char *why,
    struct err *e);

#endif
