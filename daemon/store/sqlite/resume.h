/*
 * resume - what became of operations that were intended before a crash.
 */
#ifndef STORE_SQLITE_RESUME_H
#define STORE_SQLITE_RESUME_H

#include "retention/store.h"

struct query;

struct resume_job {
	const struct store_pending *ops;
	size_t n_ops;
	bool act;
	const struct store_sink *sink;
};

struct resume;

int resume_new(const struct resume_job *job, struct resume **ret,
    struct err *e);				/* borrows *job */
int resume_file(struct resume *r, const struct query *q, struct err *e);
int resume_report(struct resume *r, struct err *e);
void resume_free(struct resume *r);		/* NULL is fine */

#endif
