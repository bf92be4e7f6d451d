/*
 * cli_near - what somebody who mistyped a word may have meant.  Pure.
 */
#ifndef RETENTION_CLI_NEAR_H
#define RETENTION_CLI_NEAR_H

#include <stddef.h>

struct cli_near {
	const char *word;	/* as typed; borrowed */
	const char *best;	/* NULL: nothing is near */
	size_t distance;
};

#define CLI_NEAR(word) ((struct cli_near){ (word), NULL, 0 })

/* Insertions, deletions, replacements and swaps of neighbours that turn a
 * into b; texts beyond 128 bytes count as far apart. */
size_t cli_near_distance(const char *a, const char *b);

/* Consider one more candidate (borrowed); only near ones are taken. */
void cli_near_try(struct cli_near *n, const char *candidate);

#endif
