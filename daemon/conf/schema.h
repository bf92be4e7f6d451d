/*
 * schema - every setting of every file, as rows of one table: it drives
 * reading, defaults, range checks, error texts and the manual pages.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "raw.h"

enum schema_type {
	SCHEMA_TEXT,		/* const char *, not empty */
	SCHEMA_OPTION,		/* const char *, NULL when empty */
	SCHEMA_NAME,		/* const char *, [a-z0-9][a-z0-9._-]* */
	SCHEMA_ORIGIN,		/* const char *, no blanks, no '+' */
	SCHEMA_PATH,		/* const char *, made absolute */
	SCHEMA_PATH_OPTION,	/* the same, NULL when empty */
	SCHEMA_DATE,		/* const char *, YYYY-MM-DD */
	SCHEMA_ZONE,		/* const char *, NULL for UTC */
	SCHEMA_FORMAT,		/* const char *, time_format of log lines */
	SCHEMA_PERIOD,		/* struct period */
	SCHEMA_PERIOD_OPTION,	/* the same, n 0 when empty */
	SCHEMA_SPAN,		/* int64_t ms */
	SCHEMA_SPAN_OPTION,	/* int64_t ms, 0 when empty */
	SCHEMA_SIZE,		/* int64_t bytes */
	SCHEMA_COUNT,		/* int64_t */
	SCHEMA_SHARE,		/* double, 0..1 */
	SCHEMA_BOOL,		/* bool */
	SCHEMA_NEED,		/* bool: required or not */
	SCHEMA_WORD,		/* bool: true when it is the row's only word */
	SCHEMA_MODE, SCHEMA_ACTION, SCHEMA_CLOCK, SCHEMA_UNIT,
	SCHEMA_EMPTY, SCHEMA_SCRUB,	/* int, these six */
	SCHEMA_WINDOW,		/* struct rule_window */
	SCHEMA_N_SCALARS,
	SCHEMA_GROUP = SCHEMA_N_SCALARS,	/* of the row's context */
	SCHEMA_LIST,		/* of groups; array and count */
	SCHEMA_STRINGS,		/* one string or several; array and count */
	SCHEMA_COLUMNS,		/* name = "method"; array and count */
	SCHEMA_VALUES,		/* name = value; array and count */
	SCHEMA_SUBJECT,		/* kind = "column"; array and count */
	SCHEMA_N_TYPES
};

enum schema_context {
	SCHEMA_MAIN, SCHEMA_BRAKE, SCHEMA_CLOCKS, SCHEMA_TRAIL,
	SCHEMA_POLICY, SCHEMA_NOTICE, SCHEMA_STORE, SCHEMA_EVENT,
	SCHEMA_DATASET, SCHEMA_KEEP, SCHEMA_CHILD, SCHEMA_FILES, SCHEMA_MASK,
	SCHEMA_OWN_BRAKE, SCHEMA_N_CONTEXTS
};

struct schema_row {
	const char *name;
	enum schema_type type;
	size_t at;		/* of the field in the context's struct */
	size_t count_at;	/* of its size_t count: lists and free groups */
	enum schema_context inner;	/* groups and lists */
	bool required;
	const char *preset;	/* default, as it would be written; NULL: none */
	int64_t least, most;	/* spans in ms, sizes in bytes, counts */
	const char *format;	/* what is expected; NULL: the type's own */
	const char *sentence;	/* for the manual page */
};

struct schema {
	const char *title;	/* "datasets", "keep": how it is written */
	const char *about;	/* for the manual page */
	size_t bytes;		/* of the struct that a list holds */
	size_t origin_at;	/* of a struct raw_origin in it; 0: none */
	const struct schema_row *rows;
	size_t n_rows;
};

const struct schema *schema_of(enum schema_context c);

/* What a setting of this row has to be, for errors and the manual. */
const char *schema_expected(const struct schema_row *row);

/* The row of that name; NULL, and the nearest name (or NULL), if none. */
const struct schema_row *schema_find(const struct schema *s, const char *name,
    const char **ret_nearest);

#endif
