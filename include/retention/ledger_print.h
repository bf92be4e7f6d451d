/*
 * ledger_print - prints (print.h) of rows that requests of persons erased.
 * They go with the suppression of their person.
 */
#ifndef RETENTION_LEDGER_PRINT_H
#define RETENTION_LEDGER_PRINT_H

#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/print.h"

struct ledger;

struct ledger_print {
	const char *store, *dataset, *kind;	/* full names */
	uint8_t file[PRINT_FILE_BYTES];
	uint8_t hash[32];
	uint8_t print[PRINT_BYTES];
	struct wall at;			/* when that row had gone */
};

/* All of them or none, durable; at most PRINT_MOST of each person, dataset and
 * file.  Of persons that are not suppressed none is kept; one that is there
 * already gets the later time. */
int ledger_print_add(struct ledger *l, const struct ledger_print *list,
    size_t n, struct err *e);

/* What is pointed to lives as long as the call. */
struct ledger_print_sink {
	void *ctx;
	void (*each)(void *ctx, const struct ledger_print *p);
};

/* Of one file, by dataset. */
int ledger_print_each(struct ledger *l, const char *store,
    const uint8_t file[PRINT_FILE_BYTES], const struct ledger_print_sink *s,
    struct err *e);

/* What of a dataset goes by a request that is narrowed to prints: dataset and
 * print alone. */
int ledger_print_of_erasure(struct ledger *l, const char *id,
    const char *dataset, const struct ledger_print_sink *s, struct err *e);

#endif
