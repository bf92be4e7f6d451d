/*
 * erasing - requests of persons that are under way, and persons who came back
 * out of a backup.  The ledger has it all; this is what of it is open.
 */
#ifndef PARENT_ERASING_H
#define PARENT_ERASING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/ledger_erasure.h"
#include "retention/record.h"
#include "retention/rule.h"

struct correcting;
struct parent;
struct place;

#define ERASING_MOST_PERSONS 200	/* of one request */

struct erasing_part {
	struct ledger_part p;
	unsigned fails;			/* since the start */
};

struct erasing {
	struct erasing *next;
	struct ledger_erasure row;
	size_t n_persons;
	struct ledger_wanted *person;	/* owned */
	struct rule_person *wanted;	/* owned; n_persons */
	size_t n_parts;
	struct erasing_part *part;	/* owned */
	struct correcting *fix;		/* owned; NULL: of an erasure, or not
					 * known any more */
};

/* What the ledger knows to be open. */
int erasing_load(struct parent *p, struct err *e);
void erasing_free_all(struct parent *p);

/* Durable in ledger and trail, and wanted of its stores; n->erasure->id is to
 * be made by erasing_id().  Nothing may be open about it when it is over. */
int erasing_id(char ret[LEDGER_ERASURE_ID + 1], struct err *e);
int erasing_begin(struct parent *p, const struct ledger_erasure_new *n,
    const char *why, struct err *e);

struct erasing *erasing_find(struct parent *p, const char *id); /* or NULL */
struct erasing_part *erasing_part(struct erasing *r, const char *dataset);

/* Is there something to do at this place, and may it be done? */
struct erasing *erasing_at(const struct place *pl);
/* Has every part an outcome, or failed at least once? */
bool erasing_is_told(const struct erasing *r);

/* More of that dataset has gone. */
void erasing_count(struct parent *p, const char *id, const char *dataset,
    uint64_t erased);
/* The part has its outcome (state, counts): recorded, durable.  r is freed
 * when it was the last. */
void erasing_settle(struct parent *p, struct erasing *r,
    struct erasing_part *part);
/* It could not be done this time. */
void erasing_fail(struct parent *p, struct erasing *r,
    struct erasing_part *part, const struct err *why);

#endif
