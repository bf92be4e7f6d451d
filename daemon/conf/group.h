/*
 * group - a group of settings into a struct, as the table says: unknown
 * settings, wrong types, missing and out-of-range values are told, all.
 */
#ifndef CONF_GROUP_H
#define CONF_GROUP_H

#include <libconfig.h>

#include "reader.h"
#include "schema.h"

/* `base` is the context's struct, zeroed.  NULL group: presets only. */
void group_read(struct reader *r, enum schema_context context,
    const config_setting_t *group, void *base);

#endif
