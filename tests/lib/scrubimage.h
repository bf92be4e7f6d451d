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

#include "store/sqlite/db.h"
#include "store/sqlite/scrub.h"

#include "scrubkit.h"

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

/* What a scrub makes of it, and what it says. */
static inline int
scrub_image(const char *path, const struct image *x, struct image *ret,
    struct scrub_sum *sum, struct err *e)
{
	const struct rule_store store = { .name = "s", .full = "n/s",
		.kind = RULE_SQLITE, .path = path, .busy_ms = 100 };
	struct db *db;
	int rc;

	spill(path, x);
	*sum = (struct scrub_sum){ .rounds = 0 };
	rc = db_open(&(struct db_how){ .store = &store, .path = path,
	    .access = STORE_WRITE }, &db, e);
	if (rc == 0) {
		rc = scrub_run(db, NULL, sum, e);
		db_close(db);
	}
	ret->d = scrub_slurp(path, &ret->n);
	must(ret->d != NULL);
	return rc;
}

#endif
