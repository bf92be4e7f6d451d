/*
 * cli_explain - why one row goes or stays, for the operator who named it.
 */
#ifndef RETENTION_CLI_EXPLAIN_H
#define RETENTION_CLI_EXPLAIN_H

struct buf;
struct cli_plan_row;
struct jsonw;

/* row->explained is true. */
void cli_explain_text(const struct cli_plan_row *row, struct buf *out);
void cli_explain_json(const struct cli_plan_row *row, struct jsonw *w);

#endif
