/*
 * print - what an erased row is known by when a backup brings it back: a
 * keyed digest of all of it, of which nothing can be read.
 *
 *   K_print = HMAC-SHA-256(K_subject, 00 "print")
 *   print   = the first 16 bytes of HMAC-SHA-256(K_print, store, file, table,
 *             and of each column that is not NULL: name, type, value)
 *
 * Every part stands behind its length (8 bytes, big endian).  Columns come in
 * the order of the table.  NULL is left out, so a column that the table got
 * only later changes no print of a row in which it is empty.
 */
#ifndef RETENTION_PRINT_H
#define RETENTION_PRINT_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"

#define PRINT_BYTES 16
#define PRINT_FILE_BYTES 16
#define PRINT_MOST 64		/* kept of one person, dataset and file */

struct print;

/* Prints of rows of one table.  NULL: no memory.  file: as in a mark
 * (store.h); zeros: the only one of the store. */
struct print *print_new(const uint8_t key[32], const char *store,
    const uint8_t file[PRINT_FILE_BYTES], const char *table);
void print_free(struct print *p);	/* wipes; NULL is fine */

/* The row in hand, column by column; print_end() begins the next one. */
void print_int(struct print *p, const char *column, int64_t i);
void print_real(struct print *p, const char *column, double r);
void print_text(struct print *p, const char *column, const char *text,
    size_t n);
void print_blob(struct print *p, const char *column, const void *bytes,
    size_t n);
void print_end(struct print *p, uint8_t ret[PRINT_BYTES]);

/* Prints that were told, by which rows are known again. */
struct print_known {
	uint8_t print[PRINT_BYTES];
	uint32_t at;			/* the how manieth it was */
};
struct prints {
	size_t n, room;
	struct print_known *known;	/* owned; sorted by print_list_seal() */
};
#define PRINTS_NONE { .n = 0 }
#define PRINTS_MOST 1000000

/* n prints, one behind the other. */
int print_list_add(struct prints *p, const void *bytes, size_t n, struct err *e);
void print_list_seal(struct prints *p);
/* The first of those that equal it, or p->n; others follow. */
size_t print_list_find(const struct prints *p, const uint8_t print[PRINT_BYTES]);
void print_list_release(struct prints *p);

#endif
