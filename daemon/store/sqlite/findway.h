/*
 * findway - by which statements the rows with a spelling in one column are
 * found.
 */
#ifndef STORE_SQLITE_FINDWAY_H
#define STORE_SQLITE_FINDWAY_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/err.h"

struct db;
struct subjectform;
struct table;

/* How an index has the column's values. */
enum findway_form { FINDWAY_BINARY, FINDWAY_NOCASE, FINDWAY_LOWER,
	FINDWAY_LOWER_TRIM, FINDWAY_N_FORMS };

struct findway {
	enum findway_form form;
	bool numbers;		/* the column turns texts into numbers */
	bool texts;		/* ... or numbers into texts */
};

/* 1: an index serves (*ret), 0: none does, -1.  The UTF-16 of a database is
 * ordered otherwise than our bounds, so none does there. */
int findway_find(struct db *db, const struct table *t, const char *column,
    struct findway *ret, struct err *e);

/*
 * Each set of conditions in turn: `each` prepares its statement with the SQL
 * of the condition, binds by findway_bind() and reads it; they are disjoint,
 * and hold all spellings.
 */
struct findway_bounds {
	const void *lo, *hi;		/* texts, or doubles */
	int n_lo, n_hi;			/* -1: doubles */
};
struct findway_visit {
	int (*begin)(void *ctx, const char *condition, struct err *e);
	/* With the bounds of ?1 and ?2; NULL: it has none. */
	int (*step)(void *ctx, const struct findway_bounds *b, struct err *e);
	void *ctx;
};
int findway_visit(const struct findway *w, const char *column,
    const struct subjectform *f, const struct findway_visit *v, struct err *e);

#endif
