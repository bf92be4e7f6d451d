/*
 * find - the rows of a file that are about a person, by index where there is
 * one that holds every spelling, else by reading all rows.
 *
 *   retention_person(value, i)   is it a spelling of identifier i?
 */
#ifndef STORE_SQLITE_FIND_H
#define STORE_SQLITE_FIND_H

#include <stddef.h>

#include "retention/find.h"
#include "retention/subjectrange.h"

struct db;
struct findrow;
struct pool;

struct find_job {
	struct db *db;			/* all borrowed */
	const struct find_ask *ask;
	const struct find_sink *sink;
	struct pool *pool;
	struct find_found *found;	/* added to */
	size_t n;
	const struct subjectform *form;
	uint64_t read;			/* values looked at */
	struct err err;			/* of a sink within a statement */
	const struct findrow *current;	/* whose TABLE was sent last */
};

/* The identifiers of the question.  find_release() after it in any case. */
int find_forms(const struct find_ask *ask, struct subjectform *ret,
    struct err *e);
void find_forms_release(struct subjectform *f, size_t n);

/* One file.  Within a read transaction. */
int find_file(struct find_job *j, struct err *e);

#endif
