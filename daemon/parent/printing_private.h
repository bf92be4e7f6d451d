/*
 * printing_private - what the files of printing share: the files in doubt, and
 * what is known of the one at hand.
 */
#ifndef PARENT_PRINTING_PRIVATE_H
#define PARENT_PRINTING_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/ledger_erasure.h"
#include "retention/msg.h"
#include "retention/rule.h"

#include "printproof.h"

struct job;
struct pool;

struct doubt {
	struct msg_mark mark;
	const char *why;		/* NULL: nobody is asked */
};

struct printing {
	size_t n, room, at;
	struct doubt *doubt;		/* owned */
	/* Of the file at hand: */
	struct pool *pool;		/* NULL: not begun */
	size_t n_persons, room_persons;
	struct ledger_wanted *person;	/* sorted */
	bool *back;
	size_t n_rows, room_rows;
	struct printproof_row *row;	/* by dataset and person */
	size_t dataset, next;		/* of the notice; of the persons */
	size_t n_told, *told;		/* rows asked about just now */
	uint64_t timed, other;		/* known by no print */
	bool failed;			/* not all could be asked */
	bool no_memory;
	bool asking;
	const struct job *job;
};

/* Who is suppressed, and what is known of the rows that went. */
int printfile_begin(struct job *j, struct printing *x, struct err *e);
/* The next persons of the dataset at hand, at most ERASING_MOST_PERSONS: how
 * many; and the prints of their rows, x->told. */
size_t printfile_choose(struct printing *x, const struct rule_dataset *d,
    struct rule_person *ret);
/* All was asked: what follows is on record before the mark is kept. */
int printfile_end(struct job *j, struct err *e);

#endif
