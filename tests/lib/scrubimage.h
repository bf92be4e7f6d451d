/*
 * scrubimage - a database file as bytes.
 */
#ifndef TESTS_SCRUBIMAGE_H
#define TESTS_SCRUBIMAGE_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "retention/err.h"

struct image {
	unsigned char *d;
	size_t n;
};

static inline void
spill(const char *path, const struct image *x)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd != -1 && write(fd, x->d, x->n) == (ssize_t)x->n);
	close(fd);
}

static inline struct image
copy(const struct image *x)
{
	struct image y = { malloc(x->n + 1), x->n };

	must(y.d != NULL);
	memcpy(y.d, x->d, x->n);
	return y;
}

#endif
