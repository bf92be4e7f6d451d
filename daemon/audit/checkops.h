/* checkops - operations of a trail: unique, one outcome, the sums agree. */
#ifndef AUDIT_CHECKOPS_H
#define AUDIT_CHECKOPS_H

#include "checkline.h"

struct checkops;

/* `folder`: as checkuniq_new().  NULL: no memory. */
struct checkops *checkops_new(const char *folder);
void checkops_free(struct checkops *o);		/* NULL is fine */

struct checkops_result {
	enum verify_verdict verdict;
	const char *why;		/* NULL when VALID; static */
};

/* The intent comes back in *ret_op, borrowed until the next call. */
struct checkops_result checkops_intent(struct checkops *o,
    const struct checkline *l, const struct verify_open **ret_op);
struct checkops_result checkops_outcome(struct checkops *o,
    const struct checkline *l);

/* After the last record: every operation that was announced again after its
 * outcome. */
int checkops_end(struct checkops *o, void *ctx,
    void (*twice)(void *ctx, uint64_t before, uint64_t again), struct err *e);

size_t checkops_n_open(const struct checkops *o);
/* The i-th open one in order of their records; NULL: no more. */
const struct verify_open *checkops_open(const struct checkops *o, size_t i);

#endif
