/*
 * rulefile - state/running.json: the rules in force, so that what another set
 * changes can be told across a restart, and by retentionctl check.
 */
#ifndef PARENT_RULEFILE_H
#define PARENT_RULEFILE_H

#include "retention/conf.h"

struct parent;
struct pool;

/* Replace the file; a failure is logged only: a comparison is missed. */
void rulefile_write(struct parent *p, const struct conf_set *set);

/* The set of that digest, as far as it can be compared; false: there is none.
 * Memory is the pool's; not for conf_free(). */
bool rulefile_read(struct parent *p, const uint8_t digest[32],
    struct pool *pool, struct conf_set *ret);

#endif
