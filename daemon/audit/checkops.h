/* checkops - operations of a trail: unique, one outcome, the sums agree. */
#ifndef AUDIT_CHECKOPS_H
#define AUDIT_CHECKOPS_H

#include "checkline.h"

struct checkops;

struct checkops *checkops_new(void);		/* NULL: no memory */
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

/* The i-th open one in order of their records; NULL: no more. */
const struct verify_open *checkops_open(const struct checkops *o, size_t i);

#endif
