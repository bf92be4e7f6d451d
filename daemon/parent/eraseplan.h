/*
 * eraseplan - which datasets a person's request is about, in what order, and
 * their rules as it needs them.
 */
#ifndef PARENT_ERASEPLAN_H
#define PARENT_ERASEPLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "retention/conf.h"
#include "retention/err.h"
#include "retention/ledger_erasure.h"
#include "retention/rule.h"

struct pool;

struct eraseplan {
	size_t n_parts, n_kinds;
	struct ledger_part *parts;	/* of the pool */
	const char *const *kinds;
	bool lines;			/* those of log stores, too */
	struct period suppress_for;	/* the longest of their notices */
};

/*
 * Every dataset of the store (NULL: of all) that declares one of n_kinds
 * kinds, and with `lines` every one of a log store, as a part; those that are not for a request are there as "never".
 * ERR_REFUSED: a kind that no dataset declares, or rules that would lose a
 * person half way.
 */
int eraseplan_make(const struct conf_set *conf, const char *store,
    struct pool *pool, struct eraseplan *ret, struct err *e);

/* Why that dataset of that store does nothing for one person; NULL: it acts. */
const char *eraseplan_why_never(const struct rule_dataset *d,
    const struct rule_store *s, bool lines);

/*
 * A copy of the rule in which the persons take the place of the time.  What
 * goes by the same request keeps nothing; every other rival does.  Of a log
 * store it becomes one that masks the persons' identifiers in lines.
 */
const struct rule_dataset *eraseplan_fill(const struct conf_set *conf,
    const struct rule_dataset *d, const struct rule_person *wanted,
    size_t n_wanted, const char *request, struct pool *pool);

#endif
