/*
 * choose - the due rows of a dataset, group by group, each from where the one
 * before ended.
 */
#ifndef STORE_SQLITE_CHOOSE_H
#define STORE_SQLITE_CHOOSE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

struct items;
struct query;
struct store_pick;

#define CHOOSE_ORDER 17		/* the clock's column and 16 of a key */

struct choose {
	const struct query *q;		/* borrowed */
	struct items *items;		/* borrowed: the group in hand */
	bool by_clock;			/* ordered by the clock's index */
	const struct store_pick *pick;	/* borrowed; NULL: all may go */
	bool survey;			/* tell pick of all, take none */
	int n_sorts;
	int sort;			/* the index to erase by, or -1 */
	/* Selections: all that is due, after a place, up to a place. */
	sqlite3_stmt *due[2][2];	/* [after][up to] */
	size_t n_order;
	bool begun, ended;		/* after[], upto[] hold a place */
	sqlite3_value *after[CHOOSE_ORDER], *upto[CHOOSE_ORDER];	/* owned */
};

int choose_init(struct choose *c, const struct query *q, struct items *items,
    struct err *e);
void choose_release(struct choose *c);

/* Fill the items; none: there is nothing more.  c->ended false: the last. */
int choose_group(struct choose *c, struct err *e);

/* The statement that gives what is due in the stretch of the group in hand,
 * bound; *ret_rc is SQLITE_OK or why not.  Reset it after use. */
sqlite3_stmt *choose_again(struct choose *c, int *ret_rc);

/* On to the next group. */
void choose_next(struct choose *c);

#endif
