/*
 * logcount - what a pass over a log store would find.
 */
#ifndef STORE_LOGS_LOGCOUNT_H
#define STORE_LOGS_LOGCOUNT_H

#include "retention/store.h"

/* As store_plan().  A damaged file is one undated item, as is a line that is
 * too long; *ret_damaged counts both. */
int logcount_plan(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, struct store_counts *ret, uint64_t *ret_damaged,
    struct err *e);

/* As store_peek(). */
int logcount_peek(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, bool *ret_due, struct err *e);

/* As store_check(). */
void logcount_check(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, store_finding_fn *found, void *ctx);

#endif
