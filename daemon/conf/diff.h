/*
 * diff - what one dataset's rule became in another set.
 */
#ifndef CONF_DIFF_H
#define CONF_DIFF_H

#include <stdbool.h>

#include "retention/conf.h"

/* Is it of the same rows, by the same clock, with the same to be done?  A
 * change of words alone, say. */
bool diff_same_rows(const struct rule_notice *from_notice,
    const struct rule_dataset *from, const struct rule_notice *to_notice,
    const struct rule_dataset *to);

/* Does a dataset over the same rows keep them less long, or no more? */
bool diff_lost_rival(const struct rule_dataset *from,
    const struct rule_dataset *to);

/* False: nothing changed. */
bool diff_dataset(const struct rule_notice *from_notice,
    const struct rule_dataset *from, const struct rule_notice *to_notice,
    const struct rule_dataset *to, enum conf_change *ret);

#endif
