/*
 * cli_find - what all stores hold about a person, by workers that may only
 * read.  The daemon is not asked, and nothing is written.
 *
 * One store that fails takes only its own datasets with it (I7).
 */
#ifndef RETENTION_CLI_FIND_H
#define RETENTION_CLI_FIND_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/find.h"

struct cli_args;
struct conf_set;
struct pool;

struct cli_find_row {
	const struct rule_notice *notice;
	const struct rule_store *store;
	const struct rule_dataset *d;
	bool sent;			/* its rows went to the sink */
	const struct rule_dataset *with; /* the dataset of the same table that
					 * they went with; NULL: none */
	struct find_found found;
	const char *error;		/* NULL: none */
};

struct cli_find_job {
	const struct conf_set *set;
	struct wall now;
	size_t n_persons;
	const struct find_person *persons;
	bool rows, fast, lines;
	/* With rows: before the pieces of a dataset; may be NULL. */
	int (*begin)(void *ctx, const struct cli_find_row *row, struct err *e);
	struct find_sink sink;		/* no PROGRESS comes through */
};

struct cli_find {
	size_t n;
	struct cli_find_row *rows;	/* in the order of the configuration */
	bool failed;			/* some row has an error */
};

/* -1: no dataset declares such an identifier, it cannot be one, no memory, or
 * the sink failed. */
int cli_find_make(const struct cli_find_job *job, struct pool *p,
    struct cli_find *ret, struct err *e);

/* The persons of a command line; 0, or -1 with the reason on stderr. */
int cli_find_persons(const struct cli_args *a, struct find_person *ret);

#endif
