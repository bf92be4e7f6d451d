/*
 * erase - a pass over one dataset of one file: select, commit, intend, erase,
 * look again, report, group by group.
 */
#ifndef STORE_SQLITE_ERASE_H
#define STORE_SQLITE_ERASE_H

#include <stdbool.h>

#include "retention/store.h"

#include "../assure.h"

struct items;
struct query;

/* Adds to *ret.  ret->stopped: the sink said stop. */
int erase_pass(const struct query *q, const struct store_sink *sink,
    struct store_result *ret, struct err *e);

/* Tells pick of every row that is due. */
int erase_survey(const struct query *q, const struct store_pick *pick,
    struct err *e);

/* Overwrites what is dead in the file, if its store says so: ASSURE_IN_PLACE
 * when it was done, to the last page; else why not. */
enum assure erase_scrub(const struct query *q, const struct store_sink *sink);

/* The words about an action in outcomes. */
void erase_words(const struct query *q, enum assure scrubbed,
    struct store_outcome *o);

#endif
