/*
 * scrubkit - databases with a past: rows replaced and deleted by an
 * application that never asked for secure_delete, and a count of what is left
 * of markers in its files.
 */
#ifndef TESTS_SCRUBKIT_H
#define TESTS_SCRUBKIT_H

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "retention/err.h"

/* Every value of a person carries "mk", a kind, six digits of the id, "z".
 * Kinds: n name, e e-mail, o old e-mail, d document, w, f. */
#define SCRUB_MARK 10		/* bytes: mk + kind + 6 digits + z */

struct scrub_shape {
	const char *name;
	int page_size, auto_vacuum;
	const char *encoding, *journal;
	int rows;
};

static inline int
scrub_sql(sqlite3 *h, const char *sql)
{
	char *why = NULL;
	int rc = sqlite3_exec(h, sql, NULL, NULL, &why);

	if (rc != SQLITE_OK)
		printf("# SQL: %s (%.60s)\n", why ? why : "?", sql);
	sqlite3_free(why);
	return rc;
}

static const char scrub_schema[] =
    "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, mail TEXT UNIQUE,"
    " doc TEXT, seen INT);"
    "CREATE INDEX by_name ON person(name, seen);"
    "CREATE TABLE ward(code TEXT PRIMARY KEY, seen INT, note TEXT)"
    " WITHOUT ROWID;"
    "CREATE VIRTUAL TABLE notes USING fts5(body);"
    "CREATE VIRTUAL TABLE old USING fts4(body);"
    "CREATE TRIGGER gone AFTER DELETE ON person BEGIN "
    "DELETE FROM ward WHERE code = 'mkw' || printf('%06d', OLD.id) || 'z'"
    "; END;";

static const char scrub_past[] =
    "BEGIN;"
    "INSERT INTO person SELECT i, 'mkn' || printf('%%06d', i) || 'z Person',"
    " 'mko' || printf('%%06d', i) || 'z@example.org',"
    " 'mkd' || printf('%%06d', i) || 'z' || hex(zeroblob((i * 7919) %% "
    "(CASE i %% 5 WHEN 0 THEN 9000 ELSE 40 END))), CASE i %% 3 WHEN 0 THEN "
    "1 ELSE 1699999000 END FROM (WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL "
    "SELECT i + 1 FROM s WHERE i < %d) SELECT (i * 7) %% %d + 1 AS i FROM s "
    "WHERE 1) GROUP BY i;"
    "INSERT INTO ward SELECT 'mkw' || printf('%%06d', id) || 'z', seen, "
    "'n' || id FROM person ORDER BY (id * 31) %% 97;"
    "INSERT INTO notes(rowid, body) SELECT id, printf('%%04x', (id * 40503) %% 65536) || 'mkf' || printf('%%06d', id) ||"
    " 'z said words' FROM person;"
    "INSERT INTO old(docid, body) SELECT id, printf('%%04x', (id * 40503) %% 65536) || 'mkg' || printf('%%06d', id) || "
    "'z wrote words' FROM person;"
    "COMMIT;"
    "UPDATE person SET mail = 'mke' || printf('%%06d', id) || 'z@example.net' "
    "WHERE id %% 2 = 0;"
    "UPDATE person SET doc = 'mkd' || printf('%%06d', id) || 'z' WHERE id %% "
    "15 = 0;"
    "DELETE FROM person WHERE id %% 11 = 3;"
    "DELETE FROM notes WHERE rowid %% 3 = 0 OR rowid %% 11 = 3;"
    "DELETE FROM old WHERE docid %% 3 = 0 OR docid %% 11 = 3;";

static inline sqlite3 *
scrub_make(const char *path, const struct scrub_shape *s)
{
	sqlite3 *h;
	char sql[4096];

	must(sqlite3_open(path, &h) == SQLITE_OK);
	(void)snprintf(sql, sizeof(sql), "PRAGMA page_size=%d; PRAGMA "
	    "auto_vacuum=%d; PRAGMA encoding='%s'; PRAGMA secure_delete=OFF; "
	    "PRAGMA journal_mode=%s; PRAGMA synchronous=OFF", s->page_size,
	    s->auto_vacuum, s->encoding, s->journal);
	scrub_sql(h, sql);
	scrub_sql(h, scrub_schema);
	(void)snprintf(sql, sizeof(sql), scrub_past, s->rows, s->rows);
	scrub_sql(h, sql);
	return h;
}

static inline unsigned char *
scrub_slurp(const char *path, size_t *ret_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = { .st_size = 0 };
	unsigned char *d;

	*ret_n = 0;
	if (fd == -1)
		return NULL;
	must(fstat(fd, &st) == 0);
	d = malloc((size_t)st.st_size + 1);
	must(d != NULL && read(fd, d, (size_t)st.st_size) == st.st_size);
	close(fd);
	*ret_n = (size_t)st.st_size;
	return d;
}

/* Is a marker at p: which id?  -1: none.  step: bytes of a character. */
static inline long
scrub_mark_at(const unsigned char *p, size_t step)
{
	long id = 0;

	if (p[0] != 'm' || p[step] != 'k' || p[9 * step] != 'z')
		return -1;
	for (size_t i = 3; i < 9; i++) {
		if (p[i * step] < '0' || p[i * step] > '9')
			return -1;
		id = id * 10 + (p[i * step] - '0');
	}
	return id;
}

/* Markers of people whose row is gone (live[id] == 0), and of old e-mails. */
static inline long
scrub_count(const char *path, const unsigned char *live, long most)
{
	size_t n;
	unsigned char *d = scrub_slurp(path, &n);
	long found = 0;

	for (size_t step = 1; d && step <= 2; step++)
		for (size_t i = 0; i + SCRUB_MARK * step <= n; i++) {
			long id = scrub_mark_at(d + i, step);

			if (id < 0 || id > most)
				continue;
			found += !live[id] || (d[i + 2 * step] == 'o' &&
			    id % 2 == 0);
		}
	free(d);
	return found;
}

static inline long
scrub_left(sqlite3 *h, const char *path, long most)
{
	static const char *const side[] = { "", "-wal", "-journal" };
	unsigned char *live = calloc((size_t)most + 1, 1);
	sqlite3_stmt *q;
	long sum = 0;

	must(live && sqlite3_prepare_v2(h, "SELECT id FROM person", -1, &q,
	    NULL) == SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		live[sqlite3_column_int64(q, 0)] = 1;
	sqlite3_finalize(q);
	for (size_t i = 0; i < 3; i++) {
		char name[256];

		(void)snprintf(name, sizeof(name), "%s%s", path, side[i]);
		sum += scrub_count(name, live, most);
	}
	free(live);
	return sum;
}

/* A number that stands for all rows of all tables, and a sound file. */
static inline int
scrub_sound(sqlite3 *h)
{
	sqlite3_stmt *q;
	int good;

	must(sqlite3_prepare_v2(h, "PRAGMA integrity_check", -1, &q, NULL) ==
	    SQLITE_OK);
	good = sqlite3_step(q) == SQLITE_ROW && strcmp((const char *)
	    sqlite3_column_text(q, 0), "ok") == 0;
	if (!good)
		printf("# %s\n", (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	return good;
}

#endif
