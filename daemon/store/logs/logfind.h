/*
 * logfind - lines of a log store that carry an identifier of a person.
 *
 * The identifier's normal form is looked for in the line in lower case, as it
 * is and with "%40" for "@", where no letter, digit or '.', '_', '-', '+' goes
 * on before or after it.  Other spellings in a line are not recognised.
 */
#ifndef STORE_LOGS_LOGFIND_H
#define STORE_LOGS_LOGFIND_H

#include "retention/find.h"

int logfind_run(const struct rule_store *s, const struct find_ask *ask,
    const struct find_sink *sink, struct find_found *ret, struct err *e);

/* Does the line carry it?  For tests. */
bool logfind_carries(const char *line, size_t n, const char *wanted,
    size_t n_wanted);

#endif
