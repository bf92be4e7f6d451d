/*
 * cli_table - columns for people, as wide as their widest cell.
 */
#ifndef RETENTION_CLI_TABLE_H
#define RETENTION_CLI_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct cli_table;

/* Heads (borrowed); one that starts with '>' is set to the right. */
struct cli_table *cli_table_new(const char *const *heads, size_t n);
void cli_table_free(struct cli_table *t);	/* NULL is fine */

/* Cells from left to right, row after row; the text is copied and made
 * harmless.  NULL or "" gives "-"; not in the last column. */
void cli_table_text(struct cli_table *t, const char *text);
void cli_table_count(struct cli_table *t, uint64_t n);

/* No blanks at line ends; nothing at all without a row.  Missing memory
 * shows as a failed `out`. */
void cli_table_print(const struct cli_table *t, struct buf *out);

/* The same to stdout, and `empty` (NULL: nothing) in place of no row; frees
 * the table, of which NULL is missing memory.  As cli_out_flush(). */
int cli_table_show(struct cli_table *t, const char *empty);

#endif
