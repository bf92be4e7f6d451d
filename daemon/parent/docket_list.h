/*
 * docket_list - what of the register presses, and all of it as JSON.
 */
#ifndef PARENT_DOCKET_LIST_H
#define PARENT_DOCKET_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/clock.h"
#include "retention/err.h"

struct jsonw;
struct parent;

/* How many open ones are due soon (docketday.h), and how many overdue. */
struct docket_counts {
	size_t open, near, overdue;
	struct wall next;		/* of the earliest; ms 0: none open */
};
int docket_list_count(struct parent *p, struct wall now, struct docket_counts *ret,
    struct err *e);

/* A sentence for `status`, when any is near or overdue. */
bool docket_list_presses(struct parent *p, struct wall now, char ret[200]);

/* The member "requests" of the status. */
void docket_list_status(struct parent *p, struct wall now, struct jsonw *w);

/* The members of the reply to 'subject requests'. */
int docket_list_put(struct parent *p, bool closed_too, struct wall now,
    struct jsonw *w, struct err *e);

#endif
