/*
 * logcount - what a pass over a log store would find.
 */
#ifndef STORE_LOGS_LOGCOUNT_H
#define STORE_LOGS_LOGCOUNT_H

#include "retention/store.h"

struct logcount_unread {
	uint64_t damaged;	/* files, and lines that are too long */
	size_t closed;		/* folders and files of a pattern */
};

/* As store_plan().  What is unread counts as undated items. */
int logcount_plan(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, struct store_counts *ret, struct logcount_unread *ret_unread,
    struct err *e);

/* As store_peek(). */
int logcount_peek(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, bool *ret_due, struct err *e);

/* As store_check(). */
void logcount_check(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, store_finding_fn *found, void *ctx);

#endif
