/*
 * cli_seek - looks for one item in the operations of a trail, record by
 * record, and gathers what a receipt about it needs.
 *
 * Opens commitments with the epochs' keys, so it is for who may read them.
 */
#ifndef RETENTION_CLI_SEEK_H
#define RETENTION_CLI_SEEK_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/receipt.h"

struct cli_seek;
struct pool;

struct cli_seek_want {			/* borrowed for the seek's life */
	const char *state;		/* the state folder */
	const char *dataset;		/* its full name */
	const char *const *part;	/* the key */
	size_t n_parts;
};

/* NULL and a sentence: the key is too long, a trail was pruned in a way that
 * cannot be read, no memory. */
struct cli_seek *cli_seek_new(const struct cli_seek_want *want, struct err *e);
void cli_seek_free(struct cli_seek *s);		/* NULL is fine */

/* Of struct verify_options, with the seek as its context. */
void cli_seek_record(void *ctx, uint64_t seq, const char *line, size_t n);

struct cli_seek_found {
	size_t operations;		/* of the dataset */
	size_t matches;			/* that the item was in */
	size_t closed;			/* operations whose keys are gone */
	uint64_t pruned;		/* records cut away in front */
};
struct cli_seek_found cli_seek_found(const struct cli_seek *s);

/* The receipt for the last operation that took the item, or the last one that
 * meant to.  What *ret points to lives in the seek or in `p`.  ERR_REFUSED:
 * there is none, and why. */
int cli_seek_receipt(struct cli_seek *s, struct pool *p, struct receipt *ret,
    struct err *e);

#endif
