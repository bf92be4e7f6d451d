/*
 * cli_resume - asks a worker which items of operations are in its store, by
 * the question that a recovery asks (RESUME), without leave to act.
 */
#ifndef RETENTION_CLI_RESUME_H
#define RETENTION_CLI_RESUME_H

#include <stddef.h>
#include <stdint.h>

#include "retention/clock.h"
#include "retention/commit.h"
#include "retention/err.h"

struct cli_worker;
struct pool;
struct rule_dataset;

#define CLI_RESUME_MOST 64

struct cli_resume_op {
	struct commit_op op;
	const char *object;
	size_t n;
	const uint8_t (*c)[COMMIT_BYTES];	/* sorted, borrowed */
	/* The answer: items that are there and due; there and not due. */
	uint64_t due, other;
};

struct cli_resume_job {
	const struct rule_dataset *dataset;
	struct wall at;
	struct cli_resume_op *op;
	size_t n;			/* at most CLI_RESUME_MOST */
};

/* -1: the answer is none; the worker may still be usable. */
int cli_resume_ask(struct cli_worker *w, const struct cli_resume_job *job,
    struct pool *p, struct err *e);

#endif
