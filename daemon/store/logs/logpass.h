/*
 * logpass - erases what is due in the files of a log store, one file after the
 * other.
 */
#ifndef STORE_LOGS_LOGPASS_H
#define STORE_LOGS_LOGPASS_H

#include "retention/store.h"

struct logpass_job {		/* the arguments of store_erase() */
	const struct rule_store *s;
	const struct rule_dataset *d;
	struct wall at;
	const struct store_sink *sink;
};

/* A damaged file is passed over: it has nothing that is due.  What else is
 * wrong with one file is told at the end, when the others are done. */
int logpass_run(const struct logpass_job *job, struct store_result *ret,
    struct err *e);

/* Tells pick of every line (or file) that is due; job->sink is not used.  A
 * file that cannot be read is passed over. */
int logpass_survey(const struct logpass_job *job,
    const struct store_pick *pick, struct err *e);

#endif
