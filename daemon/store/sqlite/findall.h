/* findall - what all files of a store hold about a person. */
#ifndef STORE_SQLITE_FINDALL_H
#define STORE_SQLITE_FINDALL_H

#include "retention/find.h"

struct pool;

int findall_run(const struct rule_store *s, const struct find_ask *ask,
    const struct find_sink *sink, struct pool *p, struct find_found *ret,
    struct err *e);

#endif
