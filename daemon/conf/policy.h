/*
 * policy - one policy file's settings into a notice with its rules.
 */
#ifndef CONF_POLICY_H
#define CONF_POLICY_H

#include <libconfig.h>

#include "reader.h"

/* r->file's settings.  `brake` is the default of retentiond.conf, for what a
 * dataset's own brake leaves out.  Errors are in r. */
void policy_read(struct reader *r, const config_t *cfg,
    const struct rule_brake *brake, struct rule_notice *ret);

/* Rivals of every dataset, over all notices: same store path, same table. */
void policy_rivals(struct reader *r, struct rule_notice *notices, size_t n);

#endif
