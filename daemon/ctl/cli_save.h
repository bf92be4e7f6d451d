/* cli_save - a result goes to a file of its own, or to stdout. */
#ifndef RETENTION_CLI_SAVE_H
#define RETENTION_CLI_SAVE_H

#include "retention/err.h"

struct buf;

/* A new file, 0600, durable; what is there already is never replaced. */
int cli_save_file(const char *path, const struct buf *b, struct err *e);

#endif
