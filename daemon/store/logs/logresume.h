/*
 * logresume - finds, after a crash, which lines of pending operations are
 * still there, and finishes them.
 */
#ifndef STORE_LOGS_LOGRESUME_H
#define STORE_LOGS_LOGRESUME_H

#include "retention/store.h"

struct logresume_job {		/* the arguments of store_resume() */
	const struct rule_store *s;
	const struct rule_dataset *d;
	struct wall at;
	const struct store_pending *ops;
	size_t n_ops;
	bool act;
	const struct store_sink *sink;
	bool look;		/* the store may only be read: not even what
				 * a crash left is finished */
};

int logresume_run(const struct logresume_job *job, struct err *e);

#endif
