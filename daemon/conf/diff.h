/*
 * diff - what one dataset's rule became in another set.
 */
#ifndef CONF_DIFF_H
#define CONF_DIFF_H

#include <stdbool.h>

#include "retention/conf.h"

/* False: nothing changed. */
bool diff_dataset(const struct rule_notice *from_notice,
    const struct rule_dataset *from, const struct rule_notice *to_notice,
    const struct rule_dataset *to, enum conf_change *ret);

#endif
