/*
 * cli_out - what people see: text that cannot steer their terminal.
 *
 * Names come from policies and databases, sentences from the daemon: control
 * characters, broken UTF-8 and marks that turn the direction of writing are
 * shown as '?'.
 */
#ifndef RETENTION_CLI_OUT_H
#define RETENTION_CLI_OUT_H

#include <stddef.h>

#include "retention/clock.h"
#include "retention/err.h"

struct buf;

/* Append text made harmless; NULL appends nothing.  `lines` keeps LF. */
void cli_out_safe(struct buf *out, const char *text);
void cli_out_safe_lines(struct buf *out, const char *text);

/* Characters (code points) of a harmless text. */
size_t cli_out_width(const char *text);

/* "2026-11-22T10:00:00Z" */
void cli_out_time(struct buf *out, struct wall t);

/* Write to stdout and empty the buffer: 0; 1 (and a word on stderr) when
 * that failed or the buffer had. */
int cli_out_flush(struct buf *b);

/* One line on stderr, "retentionctl: ..." or as it is; made harmless. */
void cli_out_error(const char *fmt, ...) ERR_PRINTF(1, 2);
void cli_out_stderr(const char *text);

/* A line that the next one replaces; only when stderr is a terminal. */
void cli_out_progress(const char *fmt, ...) ERR_PRINTF(1, 2);
void cli_out_progress_end(void);

#endif
