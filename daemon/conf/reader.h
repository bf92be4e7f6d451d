/*
 * reader - one reading of configuration files: where memory comes from, where
 * errors go, which file is being read.
 */
#ifndef CONF_READER_H
#define CONF_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/conf.h"
#include "retention/err.h"

struct reader {
	struct pool *pool;		/* borrowed */
	struct conf_errors *errs;	/* borrowed */
	struct conf_errors warnings;	/* owned */
	const char *file;		/* absolute; borrowed */
	const char *folder;		/* of the file; borrowed */
	bool failed;			/* an error was told, or memory is out */
};

/* line 0: the file as a whole. */
void reader_error(struct reader *r, int line, const char *fmt, ...)
	ERR_PRINTF(3, 4);
void reader_warn(struct reader *r, int line, const char *fmt, ...)
	ERR_PRINTF(3, 4);

/* Memory of the pool, zeroed; NULL marks the reading as failed. */
void *reader_array(struct reader *r, size_t n, size_t each);
char *reader_dup(struct reader *r, const char *text);

/* From now on read `path`, which is absolute. */
void reader_begin(struct reader *r, const char *path);

/* path, relative to `folder`, absolute and without "." and "..". */
char *reader_path(struct reader *r, const char *folder, const char *path);

#endif
