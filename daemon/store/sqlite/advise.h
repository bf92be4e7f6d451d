/*
 * advise - what `check` has to say about a dataset on its store.
 */
#ifndef STORE_SQLITE_ADVISE_H
#define STORE_SQLITE_ADVISE_H

#include "retention/store.h"

struct db;

struct advise_to {
	store_finding_fn *found;
	void *ctx;
};

void advise_say(const struct advise_to *to, enum store_severity severity,
    const char *code, const char *text);
int advise_dataset(struct db *db, const struct rule_dataset *d,
    struct wall at, const struct advise_to *to, struct err *e);
int advise_destroy(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, const struct advise_to *to, struct err *e);

#endif
