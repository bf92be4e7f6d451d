/*
 * cli_history - records of the trail as lines for people.
 *
 * An outcome names its operation only; the dataset is remembered from the
 * intent until then.
 */
#ifndef RETENTION_CLI_HISTORY_H
#define RETENTION_CLI_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct cli_history;

struct cli_history_filter {
	const char *dataset;		/* NULL: all */
	const char *type;		/* NULL: all */
};

struct cli_history *cli_history_new(const struct cli_history_filter *f);
void cli_history_free(struct cli_history *h);	/* NULL is fine */

/*
 * One stored record (no LF).  False: filtered out, or not a record.  Appends
 * "time  type  what" without LF to `out`.
 */
bool cli_history_line(struct cli_history *h, const char *record, size_t n,
    struct buf *out);

#endif
