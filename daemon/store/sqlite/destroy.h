/*
 * destroy - whole SQLite files as the items of a dataset without a table.
 */
#ifndef STORE_SQLITE_DESTROY_H
#define STORE_SQLITE_DESTROY_H

#include "retention/store.h"

#include "resume.h"

struct destroy_job {
	const struct rule_store *store;
	const struct rule_dataset *d;
	struct wall at;
	const struct store_sink *sink;
};

int destroy_plan(const struct rule_store *s, const struct rule_dataset *d,
    struct wall at, struct store_counts *ret, struct err *e);
int destroy_survey(const struct destroy_job *job,
    const struct store_pick *pick, struct err *e);
int destroy_pass(const struct destroy_job *job, struct store_result *ret,
    struct err *e);
int destroy_resume(const struct destroy_job *job, const struct resume_job *r,
    struct err *e);

#endif
