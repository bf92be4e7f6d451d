/*
 * look - what a store's files look like, one after another, and which of them
 * a rule is for; nothing of it is about when anything is due.
 */
#ifndef STORE_SQLITE_LOOK_H
#define STORE_SQLITE_LOOK_H

#include "retention/store.h"

/* Is it one of the files that the rule is for?  path: as it was matched. */
bool look_wants(const struct rule_store *s, const struct rule_dataset *d,
    const char *path);

/* As store_marks(); ret->skip is set. */
int look_marks(const struct rule_store *s, enum store_access access,
    struct store_marks *ret, struct err *e);

/* As store_match() and store_event(). */
struct look_at {
	const struct rule_store *store;
	enum store_access access;
};
int look_match(const struct look_at *a, const struct rule_dataset *d,
    struct wall at, struct store_matched *ret, struct err *e);
int look_event(const struct look_at *a, const struct rule_event *ev,
    struct wall now, bool *ret_fired, struct wall *ret_at, struct err *e);

#endif
