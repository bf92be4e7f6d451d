/*
 * conflict - which datasets compete for the same data.  Pure.
 *
 * When several datasets match one row, the longest retention wins: a dataset
 * acts on a row only if every rival that matches the row is due as well.
 * Whole-row rules (delete, destroy) compete with whole-row rules; column rules
 * (anonymise) with column rules that name a common column.  `indefinitely`
 * competes with everything on its table.  A column rule does not keep a row
 * from deletion: it says how long a detail stays in a row that stays.
 */
#ifndef RETENTION_CONFLICT_H
#define RETENTION_CONFLICT_H

#include <stdbool.h>

#include "retention/rule.h"

/* Does b, not being due, stand in the way of a?  a and b are of one store
 * and table (tables compare case-insensitively, as in SQL). */
bool conflict_rivals(const struct rule_dataset *a, const struct rule_dataset *b);

#endif
