/*
 * rinse - what is dead in all files of a store is overwritten, asked for by
 * an operator.
 */
#ifndef STORE_SQLITE_RINSE_H
#define STORE_SQLITE_RINSE_H

#include "retention/store.h"

int rinse_store(const struct rule_store *store, const struct store_sink *sink,
    struct store_swept *ret, struct err *e);

#endif
