/*
 * probe - reads an event's time from a store by the policy's query.
 */
#ifndef STORE_SQLITE_PROBE_H
#define STORE_SQLITE_PROBE_H

#include "retention/store.h"

struct db;

int probe_event(struct db *db, const struct rule_event *ev, struct wall now,
    bool *ret_fired, struct wall *ret_at, struct err *e);

#endif
