/*
 * firing - which events have been declared, and what that means for a rule.
 */
#ifndef PARENT_FIRING_H
#define PARENT_FIRING_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/clock.h"
#include "retention/err.h"
#include "retention/rule.h"

struct parent;
struct pool;

/*
 * The rule as a worker is to see it: fired and fired_at filled in, for the
 * dataset and for its rivals.  Memory from `pool`; NULL without memory or
 * when the ledger cannot be read (then nothing is known, nothing is done).
 */
const struct rule_dataset *firing_fill(struct parent *p,
    const struct rule_notice *n, const struct rule_dataset *d,
    struct pool *pool, struct err *e);

/* Has the event of this rule happened (or been declared for a time ahead)? */
bool firing_is_known(struct parent *p, const struct rule_notice *n,
    const struct rule_dataset *d);

/* What a store's query said about event `ev`.  When that is news, the event
 * is recorded and the stores that wait for it are looked at. */
void firing_on_query(struct parent *p, const struct rule_notice *n,
    const struct rule_event *ev, bool fired, struct wall at);

/* Declare event `name` by hand: recorded, durable, acted upon. */
struct record_who;
int firing_declare(struct parent *p, const char *name, struct wall at,
    const struct record_who *who, struct err *e);

/* "period 2 years from submitted_at", for the intent. */
void firing_basis(const struct rule_dataset *d, char *ret_text, size_t n);

#endif
