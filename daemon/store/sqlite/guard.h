/*
 * guard - what a statement may do while it is prepared (SQLite's authorizer).
 */
#ifndef STORE_SQLITE_GUARD_H
#define STORE_SQLITE_GUARD_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

enum guard_mode {
	GUARD_SCHEMA,		/* our own pragmas and looks at the schema */
	GUARD_EXPRESSION,	/* reads one table, functions of the list */
	GUARD_QUERY,		/* reads any table, functions of the list */
	GUARD_ACT,		/* writes the tables let in, and what the
				 * application's triggers do on their own */
};

struct guard {
	enum guard_mode mode;
	const char *only;	/* GUARD_EXPRESSION: the table; borrowed */
	size_t n_tables;
	char **tables;		/* owned: may be written in GUARD_ACT */
	size_t n_shadows;
	char **shadows;		/* owned: of virtual tables, likewise; only by
				 * their modules, as the file is DEFENSIVE */
	const char *watch;	/* a column; NULL: none */
	const char *watch_in;	/* of that table; NULL: of any */
	bool watched;		/* a statement reads it */
	char why[160];		/* what was refused last */
};

struct guard *guard_new(sqlite3 *h);	/* installs itself; NULL: no memory */
void guard_free(struct guard *g);
int guard_let(struct guard *g, const char *table);	/* -1: no memory */
int guard_shadow(struct guard *g, const char *table);	/* likewise */
bool guard_lets(const struct guard *g, const char *table);

#endif
