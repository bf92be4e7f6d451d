/*
 * when - a rule's timing as SQL expressions over one table, at one instant.
 *
 * For UTC they are plain SQL that any sqlite3 shell can run; with another
 * zone they call retention_instant() (func.h).  They say the same as
 * judge_value(), row by row.
 */
#ifndef STORE_SQLITE_WHEN_H
#define STORE_SQLITE_WHEN_H

#include <stdbool.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/rule.h"

struct db;
struct pool;
struct table;
struct zone;

struct when {
	bool by_value;		/* period and until: the row's own time */
	const char *column;	/* `from` when it is a plain column, or NULL */
	const char *absent;	/* `until`: nothing has happened yet */
	const char *instant;	/* integer ms since 1970, or NULL: unreadable */
	const char *future;	/* over instant: implausible */
	const char *due;	/* true: due by this timing (NULL: not) */
	const char *coarse;	/* a superset of due that an index serves */
};

/* Strings are the pool's.  Refuses a `from` that is no safe expression. */
struct when_scene {
	struct db *db;
	const struct table *table;
	struct wall at;
	struct pool *pool;
};
/* When what a row's instant says falls due; of period and until alone. */
struct wall when_due_at(const struct rule_timing *t, const struct zone *z,
    int64_t instant_ms);

int when_make(const struct when_scene *scene, const struct rule_timing *timing,
    struct when *ret, struct err *e);

#endif
