/*
 * db - one open SQLite file of another application, with our own settings.
 *
 * Nothing of the file is changed by opening it; STORE_READ changes no byte of
 * the file or its folder at all.
 */
#ifndef STORE_SQLITE_DB_H
#define STORE_SQLITE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "retention/err.h"
#include "retention/store.h"

#include "../assure.h"

#include "soil.h"

struct guard;
struct imprint;
struct zone;

struct db {
	sqlite3 *h;
	char *path;			/* owned */
	char *file;			/* owned: its name within a glob store;
					 * NULL when the store is one file */
	const struct rule_store *store;	/* borrowed */
	struct guard *guard;		/* owned; what statements may do */
	uint8_t key[32];		/* of pseudonyms */
	bool has_key;
	const struct gates *gates;	/* of the query at hand; borrowed */
	size_t n_wanted;		/* likewise */
	const struct rule_person *wanted;
	size_t n_fixes;			/* likewise */
	const struct rule_fix *fixes;
	const struct imprint *imprint;	/* likewise, and these */
	const struct prints *prints;
	bool write;
	bool immutable;			/* read as if nobody could write */
	bool wal;
	bool claimed;			/* a checksum or a cipher has the
					 * reserved bytes of its pages */
	int shm_fd;			/* -1, or the -shm: closed after h */
	struct stat before;		/* the file when it was opened */
	enum assure assure;		/* likewise */
	struct soil soil;		/* of a connection that writes */
};

struct db_how {
	const struct rule_store *store;
	const char *path;
	const char *file;		/* NULL: not of a glob */
	enum store_access access;
	const uint8_t *pseudonym_key;	/* may be NULL */
};

int db_open(const struct db_how *how, struct db **ret, struct err *e);
void db_close(struct db *db);		/* NULL is fine */

/* A read that took the file for immutable: did it stay so?  -1 ERR_CHANGED. */
int db_still(const struct db *db, struct err *e);

/* Is it still the file that was opened (not renamed, removed, replaced)? */
int db_same_file(const struct db *db, struct err *e);

/* The class of a failed SQLite call; no text that could carry data. */
int db_fail(const struct db *db, int rc, struct err *e, const char *what);

/* Prepare exactly one statement; message texts come from SQL and schema. */
int db_prepare(struct db *db, const char *sql, sqlite3_stmt **ret,
    struct err *e);
/* As above for SQL of a policy: "misspelt" is no text but an error. */
int db_prepare_strict(struct db *db, const char *sql, sqlite3_stmt **ret,
    struct err *e);
int db_exec(struct db *db, const char *sql, struct err *e);
int db_int(struct db *db, const char *sql, int64_t *ret, struct err *e);

/* On any table; yes when it cannot be told. */
bool db_has_triggers(struct db *db);

/* A prepared statement, to its end and reset.  db_run(): SQLITE_DONE,
 * SQLITE_ROW when there was a row, or why not; db_number(): the number in its
 * first row, or -1. */
int db_run(sqlite3_stmt *s);
int64_t db_number(sqlite3_stmt *s);

/* Does another process have the WAL database open? */
bool db_has_company(struct db *db);

#endif
