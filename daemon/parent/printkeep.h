/*
 * printkeep - prints of erased rows (print.h): from the worker into the ledger
 * when rows have gone, and out of it what a narrowed request may take.
 */
#ifndef PARENT_PRINTKEEP_H
#define PARENT_PRINTKEEP_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/print.h"

struct job;
struct rule_dataset;

int printkeep_on_printed(struct job *j, const char *body, size_t n,
    struct err *e);

/* Before a job over that dataset: what it may take, when it is narrowed. */
int printkeep_tell(struct job *j, const struct rule_dataset *d,
    struct err *e);

/* These n, in place of what was told before. */
int printkeep_send(struct job *j, const uint8_t (*print)[PRINT_BYTES],
    size_t n, struct err *e);

#endif
