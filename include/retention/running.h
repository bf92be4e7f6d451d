/*
 * running - state/running.json: the rules that the daemon runs by, as it took
 * them, for those who ask what another set of policies would change.
 * {"digest":hex,"notices":[{"id":text,"stores":[...],"datasets":[...]}]}
 */
#ifndef RETENTION_RUNNING_H
#define RETENTION_RUNNING_H

#include <stddef.h>
#include <stdint.h>

#include "retention/err.h"
#include "retention/rule.h"

struct buf;
struct pool;

#define RUNNING_FILE "running.json"
#define RUNNING_MOST_BYTES ((size_t)16 << 20)

/* Of the notices id, stores and datasets alone. */
struct running {
	uint8_t digest[32];
	size_t n_notices;
	const struct rule_notice *notices;
};

/* Text that is not UTF-8 makes buf_failed(out) true. */
void running_put(struct buf *out, const struct running *r);
/* Memory is the pool's.  ERR_INPUT. */
int running_get(const char *json, size_t n, struct pool *p,
    struct running *ret, struct err *e);

#endif
