/*
 * check - what the settings of one policy file must be to each other.
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include "raw.h"
#include "reader.h"

/* Stores: one kind each, unique names.  Fills in kind and path. */
void check_stores(struct reader *r, struct raw_policy *p);

/* Events: unique names, of a SQLite store. */
void check_events(struct reader *r, const struct raw_policy *p);

/* Datasets: unique names, a store, one form of keep, and only the settings
 * that mean something for their store, action and form.  Fills in
 * timing.keep. */
void check_datasets(struct reader *r, struct raw_policy *p);

#endif
