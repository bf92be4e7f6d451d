/*
 * cli_gather - what workers send about a person, table by table, as JSON, CSV,
 * HTML and text.  All of it is personal data, and wiped when released.
 */
#ifndef RETENTION_CLI_GATHER_H
#define RETENTION_CLI_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "retention/buf.h"
#include "retention/find.h"

struct cli_find_row;
struct jsonw;

enum cli_gather_kind { CLI_GATHER_TABLE, CLI_GATHER_LINES, CLI_GATHER_FILE };

struct cli_gather_part {
	struct cli_gather_part *next;	/* in the order of arrival */
	const struct cli_find_row *row;	/* borrowed */
	enum cli_gather_kind kind;
	char *name;			/* owned: a table's name, a file's path
					 * as its row has it; NULL: lines */
	unsigned depth;			/* of the table: 0 the dataset's own */
	uint64_t n;			/* rows or lines */
	size_t n_columns;
	char **column;			/* owned */
	struct buf json;		/* rows as an array without its end; of
					 * a file or lines the bytes */
	struct buf csv, html, text;	/* of a table */
};

struct cli_gather;

/* `contents`: keep what files hold, too.  NULL: no memory. */
struct cli_gather *cli_gather_new(bool contents);
void cli_gather_free(struct cli_gather *g);		/* NULL is fine */

/* As cli_find_job wants them; ctx is the gatherer. */
int cli_gather_begin(void *ctx, const struct cli_find_row *row,
    struct err *e);
int cli_gather_piece(void *ctx, enum find_piece what, const void *bytes,
    size_t n, struct err *e);

/* After the last piece: the first part; ERR_MEMORY when something did not
 * fit. */
int cli_gather_end(struct cli_gather *g, struct cli_gather_part **ret,
    struct err *e);

#endif
