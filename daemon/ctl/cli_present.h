/*
 * cli_present - are items that a trail records as erased in the stores?
 *
 * A trail alone cannot tell.  Who has the epochs' keys computes the commitment
 * of every row that is there, and finds those among the operations that are
 * done.  Operations are asked about in groups, so memory is bounded.
 */
#ifndef RETENTION_CLI_PRESENT_H
#define RETENTION_CLI_PRESENT_H

#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/conf.h"
#include "retention/err.h"
#include "retention/verify.h"

struct cli_present;

struct cli_present_want {		/* borrowed for its life */
	const struct conf_set *set;
	struct wall now;
	void *ctx;
	/* INCOMPLETE: a store could not be looked into.  TAMPERED: items are
	 * there. */
	void (*finding)(void *ctx, const struct verify_finding *f);
};

struct cli_present *cli_present_new(const struct cli_present_want *want,
    struct err *e);
void cli_present_free(struct cli_present *p);	/* NULL is fine */

/* Every record, in order. */
void cli_present_record(struct cli_present *p, const char *line, size_t n);

/* At the end: what is still to be asked. */
void cli_present_end(struct cli_present *p);

struct cli_present_found {
	uint64_t operations, items;	/* looked for */
	uint64_t there;			/* items, due as they were */
	uint64_t anew;			/* a row of that key, not due then */
	uint64_t closed;		/* operations: their key was destroyed */
	uint64_t gone;			/* of datasets that no policy names */
	uint64_t missed;		/* that could not be looked for */
};
struct cli_present_found cli_present_found(const struct cli_present *p);

#endif
