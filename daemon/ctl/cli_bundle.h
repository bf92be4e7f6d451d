/*
 * cli_bundle - files handed over together: a new folder, or a new tar file
 * (POSIX ustar), with a list of their SHA-256 sums as sha256sum -c reads it.
 */
#ifndef RETENTION_CLI_BUNDLE_H
#define RETENTION_CLI_BUNDLE_H

#include <stddef.h>

#include "retention/clock.h"
#include "retention/err.h"

struct cli_bundle;
struct buf;

/* A path that ends in ".tar" is a tar file; nothing may be there yet. */
struct cli_bundle *cli_bundle_new(const char *path, struct wall now,
    struct err *e);

/* Names are relative, with '/' between folders; at most 99 bytes. */
int cli_bundle_bytes(struct cli_bundle *b, const char *name, const void *bytes,
    size_t n, struct err *e);
/* What the file holds when it is opened; what is added to it meanwhile is
 * left out.  Regular files only. */
int cli_bundle_file(struct cli_bundle *b, const char *name, int dirfd,
    const char *file, struct err *e);

/* Adds MANIFEST, makes all durable. */
int cli_bundle_finish(struct cli_bundle *b, struct err *e);
void cli_bundle_free(struct cli_bundle *b);	/* NULL is fine */

#endif
