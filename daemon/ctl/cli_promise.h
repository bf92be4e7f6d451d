/*
 * cli_promise - what the policies of today promise and how the stores stand,
 * as the retention report wants it.
 */
#ifndef RETENTION_CLI_PROMISE_H
#define RETENTION_CLI_PROMISE_H

#include "retention/account.h"
#include "retention/conf.h"

struct pool;

/* Opens every store read-only and counts.  What cannot be counted says why;
 * text is the pool's or the set's. */
void cli_promise_read(const struct conf_set *set, struct wall now,
    struct pool *p, struct account_ground *ret);

#endif
