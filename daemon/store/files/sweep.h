/*
 * sweep - one pass over a folder: groups of due files from choice to outcome,
 * and what became of groups that a crash cut short.
 */
#ifndef STORE_FILES_SWEEP_H
#define STORE_FILES_SWEEP_H

#include "retention/store.h"

struct sift;

struct sweep_job {
	const struct rule_store *store;
	int root;			/* borrowed */
	const struct sift *sift;
	const struct store_sink *sink;
};

int sweep_pass(const struct sweep_job *job, struct store_result *ret,
    struct err *e);

/* Tells pick of every file that is due; job->sink is not used. */
int sweep_survey(const struct sweep_job *job, const struct store_pick *pick,
    struct err *e);

int sweep_resume(const struct sweep_job *job, const struct store_pending *ops,
    size_t n_ops, bool act, struct err *e);

#endif
