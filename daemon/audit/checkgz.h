/* checkgz - inflates one compressed segment, by pieces. */
#ifndef AUDIT_CHECKGZ_H
#define AUDIT_CHECKGZ_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "retention/err.h"

struct checkgz;

struct checkgz *checkgz_new(void);		/* NULL: no memory */
void checkgz_free(struct checkgz *g);		/* NULL is fine */

/*
 * Up to `room` bytes of text out of fd, at least one unless it is the end (0).
 * -1: it could not be read.  -2: it is damaged, cut short, or goes on after
 * its end.  *bytes grows by what was read from fd.
 */
ssize_t checkgz_read(struct checkgz *g, int fd, char *ret, size_t room,
    uint64_t *bytes, struct err *e);

#endif
